// One correction for the number of tests, and which of them are strong evidence by it.
#ifndef MODELKIN_EVIDENCE_ADJUSTMENT_H_
#define MODELKIN_EVIDENCE_ADJUSTMENT_H_

#include <vector>

#include "evidence/test_result.h"

namespace modelkin {

// Sets p-values corrected by Holm over those that were run, and for looks of which each spends an
// equal part of the level (Bonferroni's bound over looks that may stop at any), and which of them
// are strong: by p, least effect, the effects of controls, and another test where one needs a
// witness. What it sets depends on nothing that it set before.
void AdjustTests(std::vector<TestResult>& tests, std::uint64_t looks = 1);

// Adds to each test the effect that the same test has on A or B with a control, where both were
// run.
void AttachControl(const std::vector<TestResult>& of_control, std::vector<TestResult>& tests);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_ADJUSTMENT_H_
