// Whether B is built on A, and how.
#ifndef MODELKIN_REQUESTS_TRACE_H_
#define MODELKIN_REQUESTS_TRACE_H_

#include <optional>
#include <string>
#include <vector>

#include "evidence/trace.h"
#include "kinship/kinship.h"
#include "requests/inputs.h"
#include "requests/request_context.h"

namespace modelkin {

struct TraceResults {
  Inputs models;  // all below points into them
  OpenOptions opening;
  std::vector<InputRecord> inputs;  // A, B, controls, parents
  Trace trace;
  std::optional<Kinship> kinship;  // not of a quick trace
  TraceSettings options;
  RunRecord run;
};

TraceResults TraceModels(const TraceRequest& request, const RequestContext& context);
// The same of models that are open; TraceSettings::left_out.
TraceResults TraceInputs(Inputs models, const TraceRequest& request, const RequestContext& context,
                         std::optional<Role> left_out = {});

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TRACE_H_
