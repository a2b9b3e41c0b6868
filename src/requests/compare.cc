#include "requests/compare.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "requests/compare_pairing.h"
#include "requests/filter_check.h"
#include "requests/functional.h"
#include "requests/stages_ahead.h"

namespace modelkin {
namespace {

// Compares pairs of the models of `results`, whose options say how.
class PairComparer {
 public:
  PairComparer(CompareResults& results, const RequestContext& context)
      : results_(results),
        scan_{.threads = context.threads, .quantiles = results.options.quantiles},
        progress_(*context.progress) {}

  Comparison Compare(const Input& first, const Input& second, const PairingOptions& pairing) {
    const Checkpoint& a = first.checkpoint();
    const Checkpoint& b = second.checkpoint();
    const bool by_name = results_.options.by_name;
    RolePairing& paired =
        results_.pairings.emplace_back(PairModels(*first.model, *second.model, pairing, by_name));
    RequireFilterLeaves(paired.pairing, pairing, paired.a ? *paired.a : a,
                        paired.b ? *paired.b : b);
    if (!PairsByNameAlone(pairing, by_name)) {
      PutInOneOrder(*first.model, *second.model, pairing, scan_.threads, paired);
    }
    Comparison comparison = modelkin::Compare(paired.a ? *paired.a : a, paired.b ? *paired.b : b,
                                              std::move(paired.pairing), scan_, progress_);
    comparison.paired_by_role = paired.by_role;
    comparison.rotary_layout = paired.rotary_layout;
    comparison.input_a = first.id;
    comparison.input_b = second.id;
    return comparison;
  }

  Comparison Within(const Input& model, const PairingOptions& pairing) {
    const Checkpoint& checkpoint = model.checkpoint();
    Comparison within = modelkin::Compare(checkpoint, checkpoint, PairWithin(checkpoint, pairing),
                                          scan_, progress_);
    within.input_a = within.input_b = model.id;
    return within;
  }

 private:
  CompareResults& results_;
  ScanOptions scan_;
  Progress& progress_;
};

}  // namespace

void RequireSense(const CompareRequest& request) {
  const ModelPaths& models = request.models;
  const CompareOptions& options = request.options;
  if (models.b.empty() && !options.within) {
    throw Error(ErrorKind::kUsage, "one model alone is compared within itself (--within)");
  }
  if (models.b.empty() && !models.controls.empty()) {
    throw Error(ErrorKind::kUsage, "--control needs two models to be compared with");
  }
  if (!models.parents.empty()) {
    throw Error(ErrorKind::kUsage, "parents are for a trace, not for a comparison");
  }
  if (!options.functional) return;
  if (!options.functional->ids.empty()) {
    throw Error(ErrorKind::kUsage,
                "--functional compares what models do with texts: give --text or --texts, not ids");
  }
  if (models.b.empty() || options.functional->empty()) {
    throw Error(ErrorKind::kUsage, "--functional needs two models, and --text or --texts");
  }
}

CompareResults CompareModels(const CompareRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  RequireSense(request);
  return CompareInputs(Inputs::OpenOneOrMore(request.models, request.opening, context),
                       request.opening, request.options, context);
}

CompareResults CompareInputs(Inputs models, const OpenOptions& opening,
                             const CompareOptions& options, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  CompareResults results{
      .models = std::move(models), .options = options, .opening = opening, .run = {}};
  results.run = RecordOf("compare", context);
  if (!context.is_planned) context.progress->Plan(StagesOfComparison(results.models));
  results.inputs = results.models.Describe(options.digest, context);
  PairComparer comparer(results, context);
  const Inputs& inputs = results.models;
  if (inputs.has_b()) results.pair = comparer.Compare(inputs.a(), inputs.b(), options.pairing);
  const PairingOptions unmapped = WithoutRenames(options.pairing);
  for (const Input* const control : inputs.Of(InputRole::kControl)) {
    results.controls.push_back(comparer.Compare(inputs.a(), *control, unmapped));
    results.controls.push_back(comparer.Compare(inputs.b(), *control, unmapped));
  }
  if (options.within) {
    results.within.push_back(comparer.Within(inputs.a(), unmapped));
    if (!inputs.has_b()) {
      const Checkpoint& only = inputs.a().checkpoint();
      RequireFilterLeaves(PairWithin(only, unmapped), unmapped, only, only);
    }
    if (inputs.has_b()) results.within.push_back(comparer.Within(inputs.b(), unmapped));
  }
  if (options.functional) {
    results.functional = CompareByTexts(inputs, *options.functional, context);
  }
  return results;
}

std::optional<std::string> NothingCompared(const CompareResults& results) {
  if (!results.pair ||
      !std::ranges::all_of(results.pair->tensors,
                           [](const ComparedTensor& tensor) { return tensor.pair.one_sided(); })) {
    return std::nullopt;
  }
  return results.pair->counts.left_out > 0
             ? "nothing was compared: the filter leaves no tensor that A and B both have"
             : "nothing was compared: no tensor of A has a partner in B, by name or by role "
               "(--key-map FILE pairs names that only you know)";
}

}  // namespace modelkin
