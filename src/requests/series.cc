#include "requests/series.h"

#include <deque>

#include "lineage/model_parts.h"

namespace modelkin {

DynamicsResults FollowSeries(const SeriesRequest& request, const Session& session) {
  const HeedStop heed(*session.stop);
  const Inputs models = Inputs::OpenSeries(request.checkpoints, request.opening, session);
  DynamicsResults results{.opening = request.opening,
                          .inputs = models.Describe(DigestPolicy::kAuto, session),
                          .dynamics = {},
                          .spectra = {},
                          .run = RecordOf("trace", session)};
  std::deque<ModelParts> parts;
  std::vector<const ModelParts*> series;
  for (const Input& input : models.all()) {
    series.push_back(&parts.emplace_back(PartsOf(input.checkpoint(), input.model->spec())));
  }
  Progress& progress = *session.progress;
  progress.Begin("following training", FollowTrainingBytes(series));
  results.dynamics = FollowTraining(series, session.threads, progress);
  for (const ModelParts* checkpoint : series) {
    results.spectra.push_back(SpectraOf(*checkpoint, session.threads, progress));
  }
  models.RequireUnchanged();
  return results;
}

}  // namespace modelkin
