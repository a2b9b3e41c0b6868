// From the numbers of a pair to tests with p-values.
#ifndef MODELKIN_LINEAGE_LINEAGE_TESTS_H_
#define MODELKIN_LINEAGE_LINEAGE_TESTS_H_

#include <vector>

#include "lineage/pair_analysis.h"
#include "lineage/test_result.h"

namespace modelkin {

// All tests, those that could not be run with the reason, in a fixed order. Adjusted by Holm over
// those that were run; `strong` by p-value and least effect.
std::vector<TestResult> TestLineage(const PairAnalysis& pair);

// p-values corrected by Holm over those that were run, and which of them are strong.
void AdjustTests(std::vector<TestResult>& tests);

// Adds the effects of the same tests on A or B and a control, and takes `strong` from tests whose
// effect is no greater than the largest of them.
void AddControl(const std::vector<TestResult>& control, std::vector<TestResult>& tests);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_LINEAGE_TESTS_H_
