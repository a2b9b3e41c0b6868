#include "compare_run.h"

#include <fmt/format.h>

#include "base/error.h"
#include "functional_run.h"
#include "lineage/rotary_layout.h"
#include "show_plan.h"

namespace modelkin {
namespace {

// The one or two models named by position or by --model1 and --model2.
std::vector<std::string> Models(const CompareRequest& flags) {
  std::vector<std::string> models = flags.models;
  if (!flags.model1.empty()) models.push_back(flags.model1);
  if (!flags.model2.empty()) models.push_back(flags.model2);
  const std::size_t fewest = flags.within ? 1 : 2;
  if (models.size() < fewest || models.size() > 2) {
    throw Error(ErrorKind::kUsage, fmt::format("compare wants two models{}, not {}",
                                               flags.within ? " or one" : "", models.size()));
  }
  if (models.size() == 1 && !flags.controls.empty()) {
    throw Error(ErrorKind::kUsage, "--control needs two models to be compared with");
  }
  const bool any_text = AnyText(flags.texts);
  if (flags.functional && (models.size() != 2 || !any_text)) {
    throw Error(ErrorKind::kUsage, "--functional needs two models, and --text or --texts");
  }
  if (!flags.functional && (any_text || flags.texts.bytes)) {
    throw Error(ErrorKind::kUsage, "--text, --texts and --bytes are for --functional");
  }
  return models;
}

DigestPolicy DigestPolicyOf(const CompareRequest& flags) {
  if (flags.digest) return DigestPolicy::kAlways;
  return flags.no_digest ? DigestPolicy::kNever : DigestPolicy::kAuto;
}

CompareRun Open(const CompareRequest& flags, const std::vector<std::string>& models,
                Progress& progress) {
  std::vector<std::string> paths = models;
  paths.insert(paths.end(), flags.controls.begin(), flags.controls.end());
  CompareRun run;
  run.results.run = BeginRun("compare", flags.shared);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    OpenedModel& model = run.models.emplace_back(OpenModel(paths[i], flags.shared.opening));
    InputRecord& input = run.results.inputs.emplace_back(DescribeInput(
        model.checkpoint, InputId(i), DigestPolicyOf(flags), run.results.run.threads, progress));
    input.warnings.insert(input.warnings.end(), model.warnings.begin(), model.warnings.end());
  }
  return run;
}

// Puts B's queries and keys in A's rotary order, where they have the other.
void PutInOneOrder(const Checkpoint& stored_a, const Checkpoint& stored_b,
                   const PairingOptions& options, unsigned threads, RolePairing& paired) {
  const Checkpoint& a = paired.a ? *paired.a : stored_a;
  const Checkpoint& b = paired.b ? *paired.b : stored_b;
  const RotaryOrder order = FindRotaryOrder(a, b, threads);
  if (order.is_same()) return;
  Checkpoint ordered = InRotaryOrder(b, a, order);
  paired.pairing = PairByName(a, ordered, options);
  paired.b = std::move(ordered);
  paired.rotary_layout = order.layout;
}

bool ByNameAlone(const PairingOptions& options, bool by_name) {
  return by_name || !options.renames.empty();
}

// Reads no tensor.
RolePairing& PairModels(std::size_t i, std::size_t j, const PairingOptions& options, bool by_name,
                        CompareRun& run) {
  const OpenedModel& a = run.models[i];
  const OpenedModel& b = run.models[j];
  if (ByNameAlone(options, by_name)) {
    return run.pairings.emplace_back(
        RolePairing{.pairing = PairByName(a.checkpoint, b.checkpoint, options), .a = {}, .b = {}});
  }
  const auto spec = [](const OpenedModel& model) { return model.spec ? &*model.spec : nullptr; };
  return run.pairings.emplace_back(
      PairByNameOrRole(a.checkpoint, spec(a), b.checkpoint, spec(b), options));
}

// The tensors that CompareAll would read.
void PlanAll(std::size_t models, const CompareRequest& flags, CompareRun& run) {
  const PairingOptions pairing = flags.filter.Parse();
  std::vector<PlannedModel> plan;
  plan.reserve(run.models.size());
  for (std::size_t i = 0; i < run.models.size(); ++i) {
    plan.push_back({.id = InputId(i), .checkpoint = &run.models[i].checkpoint, .tensors = {}});
  }
  const auto add = [&](std::size_t i, std::size_t j, const Pairing& paired) {
    for (const TensorPair& pair : paired.pairs) {
      if (!pair.comparable()) continue;
      plan[i].tensors.push_back(pair.a);
      plan[j].tensors.push_back(pair.b);
    }
  };
  if (models == 2) add(0, 1, PairModels(0, 1, pairing, flags.by_name, run).pairing);
  PairingOptions unmapped = pairing;
  unmapped.renames.clear();
  for (std::size_t control = models; control < run.models.size(); ++control) {
    for (const std::size_t i : {0, 1}) {
      add(i, control, PairModels(i, control, unmapped, flags.by_name, run).pairing);
    }
  }
  for (std::size_t i = 0; flags.within && i < models; ++i) {
    add(i, i, PairWithin(run.models[i].checkpoint, unmapped));
  }
  ShowPlan(plan, false);
}

void CompareAll(std::size_t models, const CompareRequest& flags, Progress& progress,
                CompareRun& run) {
  const PairingOptions pairing = flags.filter.Parse();
  const ScanOptions scan{.threads = run.results.run.threads, .quantiles = !flags.no_quantiles};
  const auto compare = [&](std::size_t i, std::size_t j, const PairingOptions& options) {
    const Checkpoint& a = run.models[i].checkpoint;
    const Checkpoint& b = run.models[j].checkpoint;
    RolePairing& paired = PairModels(i, j, options, flags.by_name, run);
    if (!ByNameAlone(options, flags.by_name)) PutInOneOrder(a, b, options, scan.threads, paired);
    Comparison comparison = Compare(paired.a ? *paired.a : a, paired.b ? *paired.b : b,
                                    std::move(paired.pairing), scan, progress);
    comparison.paired_by_role = paired.by_role;
    comparison.rotary_layout = paired.rotary_layout;
    comparison.input_a = run.results.inputs[i].id;
    comparison.input_b = run.results.inputs[j].id;
    return comparison;
  };
  if (models == 2) run.results.pair = compare(0, 1, pairing);
  PairingOptions unmapped = pairing;
  unmapped.renames.clear();  // the key map speaks of A and B
  for (std::size_t control = models; control < run.models.size(); ++control) {
    run.results.controls.push_back(compare(0, control, unmapped));
    run.results.controls.push_back(compare(1, control, unmapped));
  }
  for (std::size_t i = 0; flags.within && i < models; ++i) {
    const Checkpoint& model = run.models[i].checkpoint;
    Comparison within = Compare(model, model, PairWithin(model, unmapped), scan, progress);
    within.input_a = within.input_b = run.results.inputs[i].id;
    run.results.within.push_back(std::move(within));
  }
}

}  // namespace

CompareRun CompareModels(const CompareRequest& request, Progress& progress) {
  const std::vector<std::string> models = Models(request);
  CompareRun run = Open(request, models, progress);
  CompareAll(models.size(), request, progress, run);
  if (request.functional) {
    std::vector<std::string> paths = models;
    paths.insert(paths.end(), request.controls.begin(), request.controls.end());
    run.results.functional =
        CompareByTexts(paths, request.texts, run.results.run.threads, progress);
  }
  return run;
}

void PlanComparison(const CompareRequest& request, Progress& progress) {
  const std::vector<std::string> models = Models(request);
  CompareRun run = Open(request, models, progress);
  PlanAll(models.size(), request, run);
}

}  // namespace modelkin
