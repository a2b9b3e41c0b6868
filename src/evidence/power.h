// Simulates what the tests of a pair would have found.
#ifndef MODELKIN_EVIDENCE_POWER_H_
#define MODELKIN_EVIDENCE_POWER_H_

#include "evidence/power_statement.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// Takes a part of the tensors where all would be too many: what it finds is then an upper bound,
// since more tensors find smaller shares. p-values are corrected for 20 tests, more than there are.
// `fitted`: the pair in a fitted basis, asked where MLPs as stored can't be matched; null for none.
PowerStatement SimulatePower(const PairAnalysis& stored, const PairAnalysis* fitted,
                             const TraceSettings& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_POWER_H_
