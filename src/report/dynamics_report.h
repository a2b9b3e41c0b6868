// What `modelkin trace` says of a series of checkpoints, as JSON and as text.
#ifndef MODELKIN_REPORT_DYNAMICS_REPORT_H_
#define MODELKIN_REPORT_DYNAMICS_REPORT_H_

#include <string_view>
#include <vector>

#include "checkpoint/input_record.h"
#include "fingerprint/spectrum.h"
#include "fingerprint/training_dynamics.h"
#include "report/compare_results.h"
#include "report/text_sink.h"

namespace modelkin {

// Of docs/dynamics.schema.json.
inline constexpr std::string_view kDynamicsSchemaVersion = "1.0";

struct DynamicsResults {
  std::vector<InputRecord> inputs;  // in the order of training
  TrainingDynamics dynamics;
  std::vector<std::vector<TensorSpectrum>> spectra;  // of each checkpoint
  RunRecord run;
};

void WriteDynamicsJson(const DynamicsResults& results, const TextSink& sink);
void WriteDynamicsText(const DynamicsResults& results, bool colour, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DYNAMICS_REPORT_H_
