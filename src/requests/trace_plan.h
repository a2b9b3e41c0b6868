// What a trace would read, before it does.
#ifndef MODELKIN_REQUESTS_TRACE_PLAN_H_
#define MODELKIN_REQUESTS_TRACE_PLAN_H_

#include <vector>

#include "modelkin/trace.h"
#include "requests/plan.h"

namespace modelkin {

struct PlannedTrace {
  std::vector<PlannedInput> inputs;
  bool whole = false;  // takes all of the models
};

// Returns what the first look at A, B and controls would read where nothing is shared: the look is
// rehearsed on strangers of the same shapes. No weight is read, and it takes as long as the look.
// All of them where it would take everything. What explains a derivation that is found comes on
// top.
PlannedTrace PlanTrace(const Inputs& models, const TraceOptions& options,
                       const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TRACE_PLAN_H_
