// Simulates which shares of A's MLPs the matching of hidden units would have found.
#ifndef MODELKIN_EVIDENCE_MLP_POWER_H_
#define MODELKIN_EVIDENCE_MLP_POWER_H_

#include "evidence/power_statement.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// Fills in what `power` says of MLPs: of agreement with a p below exp(`level`).
void SimulateMlpPower(const PairAnalysis& pair, double level, const TraceSettings& options,
                      PowerStatement& power);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_MLP_POWER_H_
