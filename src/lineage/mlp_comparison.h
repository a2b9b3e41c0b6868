// MLPs of two models beside each other: which of A's each of B's goes back to, and how far their
// hidden units agree.
#ifndef MODELKIN_LINEAGE_MLP_COMPARISON_H_
#define MODELKIN_LINEAGE_MLP_COMPARISON_H_

#include "lineage/pair_analysis.h"

namespace modelkin {

// Fills in sources, matches and experts of `pair`, whose layers are mapped. Reads what the sums
// lack. Goes on from `saved`, and saves matches there.
void CompareMlps(const TraceSettings& options, const MlpSums& sums_a, const MlpSums& sums_b,
                 const StateItem& saved, Progress& progress, PairAnalysis& pair);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MLP_COMPARISON_H_
