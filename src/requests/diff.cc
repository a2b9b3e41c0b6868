#include "requests/diff.h"

#include <utility>

namespace modelkin {

DiffResults DiffModels(const DiffRequest& request, const Session& session) {
  const HeedStop heed(*session.stop);
  return DiffInputs(Inputs::Open(request.models, request.opening, session), request.opening,
                    request.options, session);
}

DiffResults DiffInputs(Inputs models, const OpenOptions& opening, const DiffOptions& options,
                       const Session& session) {
  const HeedStop heed(*session.stop);
  DiffResults results{.models = std::move(models),
                      .options = options,
                      .opening = opening,
                      .inputs = {},
                      .diff = {},
                      .run = RecordOf("diff", session)};
  for (const Input* const input : {&results.models.a(), &results.models.b()}) {
    results.inputs.push_back(DescribeInput(*input->model, input->id, options.digest,
                                           session.threads, *session.progress));
  }
  const Checkpoint& a = results.models.a().checkpoint();
  const Checkpoint& b = results.models.b().checkpoint();
  results.diff =
      DiffBytes(a, b, PairByName(a, b, options.pairing), session.threads, *session.progress);
  return results;
}

}  // namespace modelkin
