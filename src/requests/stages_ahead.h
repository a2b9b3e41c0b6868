// Which stages a request goes through, and about how long each takes: what progress tells the time
// left by.
#ifndef MODELKIN_REQUESTS_STAGES_AHEAD_H_
#define MODELKIN_REQUESTS_STAGES_AHEAD_H_

#include <vector>

#include "base/progress.h"
#include "evidence/trace.h"
#include "requests/inputs.h"

namespace modelkin {

// Of a trace, by headers alone. What depends on what is found counts half: TraceLineage says what
// comes of it once it knows.
std::vector<PlannedStage> StagesOfTrace(const Inputs& models, const TraceOptions& options);

// Of a comparison, and of a diff, of the same models.
std::vector<PlannedStage> StagesOfComparison(const Inputs& models);
std::vector<PlannedStage> StagesOfDiff(const Inputs& models);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_STAGES_AHEAD_H_
