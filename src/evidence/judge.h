// From tests and measurements to a verdict, once.
#ifndef MODELKIN_EVIDENCE_JUDGE_H_
#define MODELKIN_EVIDENCE_JUDGE_H_

#include <vector>

#include "evidence/test_result.h"
#include "evidence/verdict.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// Returns what adjusted `tests` show of a pair whose measurements are in the same basis.
VerdictCategory CategoryOf(const PairAnalysis& pair, const std::vector<TestResult>& tests);

// Returns what all adjusted `tests` show together. `fitted`: the pair in a fitted basis, with its
// copies, null if none was looked for. Such a basis shows what the stored one hides; it does not
// take back what that shows.
Verdict Judge(const PairAnalysis& stored, const PairAnalysis* fitted,
              const std::vector<TestResult>& tests);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_JUDGE_H_
