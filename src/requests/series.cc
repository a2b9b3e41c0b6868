#include "requests/series.h"

#include <deque>

#include "lineage/model_parts.h"

namespace modelkin {

DynamicsResults FollowSeries(const SeriesRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Inputs models = Inputs::OpenSeries(request.checkpoints, request.opening, context);
  DynamicsResults results{.opening = request.opening,
                          .inputs = models.Describe(DigestPolicy::kAuto, context),
                          .dynamics = {},
                          .spectra = {},
                          .run = RecordOf("trace", context)};
  std::deque<ModelParts> parts;
  std::vector<const ModelParts*> series;
  for (const Input& input : models.all()) {
    series.push_back(&parts.emplace_back(PartsOf(input.checkpoint(), input.model->spec())));
  }
  Progress& progress = *context.progress;
  progress.Begin("following training", FollowTrainingBytes(series));
  results.dynamics = FollowTraining(series, context.threads, progress);
  for (const ModelParts* checkpoint : series) {
    results.spectra.push_back(SpectraOf(*checkpoint, context.threads, progress));
  }
  models.RequireUnchanged();
  return results;
}

}  // namespace modelkin
