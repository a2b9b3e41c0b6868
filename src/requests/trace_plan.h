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
// rehearsed on models of the same shapes, of which no weight is read. All of them where it would
// take everything. What explains a derivation that is found comes on top.
PlannedTrace PlanTrace(const Inputs& models, const TraceOptions& options,
                       const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TRACE_PLAN_H_
