#include "requests/diff.h"

#include <utility>

#include "base/error.h"
#include "requests/filter_check.h"
#include "requests/stages_ahead.h"

namespace modelkin {

DiffResults DiffModels(const DiffRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  if (!request.models.controls.empty() || !request.models.parents.empty()) {
    throw Error(ErrorKind::kUsage, "a diff is of two models, without controls or parents");
  }
  OpenOptions opening = request.opening;
  // Bytes that an adapter changes are in no file.
  opening.as_stored = !request.options.by_value && opening.base.empty();
  return DiffInputs(Inputs::Open(request.models, opening, context), opening, request.options,
                    context);
}

DiffResults DiffInputs(Inputs models, const OpenOptions& opening, const DiffOptions& options,
                       const RequestContext& context) {
  const HeedStop heed(*context.stop);
  DiffResults results{.models = std::move(models),
                      .options = options,
                      .opening = opening,
                      .inputs = {},
                      .diff = {},
                      .run = RecordOf("diff", context)};
  if (!context.is_planned) context.progress->Plan(StagesOfDiff(results.models));
  for (const Input* const input : {&results.models.a(), &results.models.b()}) {
    results.inputs.push_back(DescribeInput(*input->model, input->id, options.digest,
                                           context.threads, *context.progress));
  }
  const Checkpoint& a = results.models.a().checkpoint();
  const Checkpoint& b = results.models.b().checkpoint();
  const Pairing pairing = PairByName(a, b, options.pairing);
  RequireFilterLeaves(pairing, options.pairing, a, b);
  results.diff = DiffBytes(a, b, pairing, context.threads, *context.progress, options.by_value);
  return results;
}

}  // namespace modelkin
