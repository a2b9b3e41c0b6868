#include "requests/requant.h"

#include <utility>

#include "architecture/converted_order.h"
#include "architecture/inspection.h"
#include "base/error.h"
#include "requests/compare_pairing.h"
#include "requests/filter_check.h"

namespace modelkin {
namespace {

// Values of few digits may not tell that rows of queries and keys are in another order. Where they
// deviate, that of converters to GGUF is tried as well.
void TryConvertersOrder(RequantResults& results, const RequestContext& context) {
  const RolePairing& paired = results.pairings.back();
  const OpenedModel& quantised = *results.models.b().model;
  if (results.found.outcome != RequantOutcome::kDeviates ||
      paired.rotary_layout != RotaryLayout::kSame || quantised.config() == nullptr ||
      quantised.spec() == nullptr) {
    return;
  }
  const RotaryOrder order = ConvertedOrder(*quantised.config(), *quantised.spec());
  if (order.is_same()) return;
  const Checkpoint& a = paired.a ? *paired.a : results.models.a().checkpoint();
  RolePairing& other = results.pairings.emplace_back();
  other.b = InOrderOf(*results.models.a().model, quantised, paired, order);
  other.pairing = PairByName(a, *other.b, results.options.pairing);
  other.rotary_layout = order.layout;
  Requantisation found = Requantise(a, *other.b, other.pairing, context.threads, *context.progress);
  if (found.counts.blocks_deviating < results.found.counts.blocks_deviating) {
    results.found = std::move(found);
  }
}

}  // namespace

RequantResults RequantModels(const RequantRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  ModelPaths paths;
  paths.a = request.original;
  paths.b = request.quantised;
  RequantResults results{.models = Inputs::Open(paths, request.opening, context),
                         .pairings = {},
                         .options = request.options,
                         .inputs = {},
                         .mix = {},
                         .found = {},
                         .run = RecordOf("requant", context)};
  const Inputs& models = results.models;
  results.inputs = models.Describe(request.options.digest, context);
  const Checkpoint& a = models.a().checkpoint();
  const Checkpoint& b = models.b().checkpoint();
  results.mix = MixOf(b.tensors(), FileTypeOf(models.b().model->config()));
  const PairingOptions& pairing = request.options.pairing;
  RolePairing& paired = results.pairings.emplace_back(
      PairModels(*models.a().model, *models.b().model, pairing, request.options.by_name));
  RequireFilterLeaves(paired.pairing, pairing, paired.a ? *paired.a : a, paired.b ? *paired.b : b);
  if (!PairsByNameAlone(pairing, request.options.by_name)) {
    PutInOneOrder(*models.a().model, *models.b().model, pairing, context.threads, paired);
  }
  results.found = Requantise(paired.a ? *paired.a : a, paired.b ? *paired.b : b, paired.pairing,
                             context.threads, *context.progress);
  if (!PairsByNameAlone(pairing, request.options.by_name)) TryConvertersOrder(results, context);
  models.RequireUnchanged();
  if (results.found.outcome == RequantOutcome::kUnchecked) {
    throw Error(ErrorKind::kBadInput,
                "nothing was compared: no tensor of the quantised model has a partner in the "
                "original whose values are read (--key-map FILE pairs names that only you know)");
  }
  return results;
}

}  // namespace modelkin
