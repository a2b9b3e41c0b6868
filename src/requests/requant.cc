#include "requests/requant.h"

#include <utility>

#include "architecture/inspection.h"
#include "base/error.h"
#include "requests/compare_pairing.h"
#include "requests/filter_check.h"

namespace modelkin {

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
    PutInOneOrder(a, b, pairing, context.threads, paired);
  }
  results.found = Requantise(paired.a ? *paired.a : a, paired.b ? *paired.b : b, paired.pairing,
                             context.threads, *context.progress);
  models.RequireUnchanged();
  if (results.found.outcome == RequantOutcome::kUnchecked) {
    throw Error(ErrorKind::kBadInput,
                "nothing was compared: no tensor of the quantised model has a partner in the "
                "original whose values are read (--key-map FILE pairs names that only you know)");
  }
  return results;
}

}  // namespace modelkin
