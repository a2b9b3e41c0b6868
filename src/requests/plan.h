// What a request would read, before it does.
#ifndef MODELKIN_REQUESTS_PLAN_H_
#define MODELKIN_REQUESTS_PLAN_H_

#include <string>
#include <vector>

#include "checkpoint/move_plan.h"
#include "requests/compare.h"
#include "requests/inputs.h"
#include "requests/request_context.h"

namespace modelkin {

struct PlannedInput {
  InputId id;
  std::string resolved;  // as InputRecord::resolved
  MovePlan plan;
};

// What CompareModels would read.
std::vector<PlannedInput> PlanComparison(const CompareRequest& request,
                                         const RequestContext& context);

// All of the models, for requests of which only on the way shows what they read.
std::vector<PlannedInput> PlanWhole(const Inputs& models);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_PLAN_H_
