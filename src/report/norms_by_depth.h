// How large the weights of each layer are, of both models and of each control: a figure of the
// page.
#ifndef MODELKIN_REPORT_NORMS_BY_DEPTH_H_
#define MODELKIN_REPORT_NORMS_BY_DEPTH_H_

#include "report/json_output.h"
#include "requests/compare.h"

namespace modelkin {

// Returns [{"model": "a", "role", "layer", "rms"}, ...]: root mean squares of the compared weights
// of the first component, medians over the tensors of one role of a layer.
Json NormsByDepthJson(const CompareResults& results);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_NORMS_BY_DEPTH_H_
