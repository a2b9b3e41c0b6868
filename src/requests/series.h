// A series of checkpoints of one training run: how it moved, not whether it is one.
#ifndef MODELKIN_REQUESTS_SERIES_H_
#define MODELKIN_REQUESTS_SERIES_H_

#include <string>
#include <vector>

#include "fingerprint/spectrum.h"
#include "fingerprint/training_dynamics.h"
#include "requests/inputs.h"
#include "requests/request_context.h"

namespace modelkin {

struct SeriesRequest {
  std::vector<std::string> checkpoints;  // in the order of training
  OpenOptions opening;
};

struct DynamicsResults {
  OpenOptions opening;
  std::vector<InputRecord> inputs;  // in the order of training
  TrainingDynamics dynamics;
  std::vector<std::vector<TensorSpectrum>> spectra;  // of each checkpoint
  RunRecord run;
};

DynamicsResults FollowSeries(const SeriesRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_SERIES_H_
