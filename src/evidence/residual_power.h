// Simulates which shares of A the trace over residual coordinates would have found.
#ifndef MODELKIN_EVIDENCE_RESIDUAL_POWER_H_
#define MODELKIN_EVIDENCE_RESIDUAL_POWER_H_

#include "evidence/power_statement.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// Fills in what `power` says of residual_trace: by a p below exp(`level`). Where the plan is all,
// by K of a few tensors; else by rows of at most 32 tensors, for as many as the plan draws.
void SimulateResidualPower(const PairAnalysis& pair, double level, const TraceSettings& options,
                           PowerStatement& power);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_RESIDUAL_POWER_H_
