// What one test of independent initialisation gave, and the thresholds that it has to pass.
#ifndef MODELKIN_EVIDENCE_TEST_RESULT_H_
#define MODELKIN_EVIDENCE_TEST_RESULT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/skipped.h"
#include "evidence/test_id.h"

namespace modelkin {

// Thresholds, fixed beforehand. docs/lineage.md says what each rests on.

// Strong evidence: a p-value, corrected for the number of tests, below this...
inline constexpr double kStrongLogP = -13.815510557964274;  // 1e-6
// ...with an effect above that of every control, and of at least this where there are none.
inline constexpr double kLeastAgreement = 0.05;
// Shares of agreeing units in a basis that was fitted to tokens: docs/kinship.md.
inline constexpr double kLeastFittedAgreement = 0.25;

// A test that other causes can break counts only if another one, whose p is one, with its least
// effect, has a p-value below this after Bonferroni's correction: 1e-3.
inline constexpr double kWitnessLogP = -6.907755278982137;

enum class PMethod : std::uint8_t { kMonteCarlo, kImportance, kFisher, kBound };

// Returns "monte_carlo", "importance", "fisher" or "bound".
std::string_view PMethodName(PMethod method);

struct TestResult {
  TestKey key;
  Skipped skipped;  // why there is no result
  double statistic = 0;
  std::uint64_t units = 0;      // in random order, or pairs of rankings
  double log_p = 0;             // natural log
  bool log_p_is_bound = false;  // p is this or smaller
  PMethod p_method = PMethod::kMonteCarlo;
  double log_p_adjusted = 0;  // by Holm, over the tests that were run
  double effect = 0;
  // The effect of this pair on average over the orders that the null hypothesis allows; nullopt of
  // what is no share or likeness.
  std::optional<double> effect_by_chance = {};
  double least_effect = 0;              // that counts as strong
  std::vector<double> control_effects;  // of A and B against each control, where defined
  bool strong = false;

  bool was_run() const { return skipped.empty(); }
  // Whether p is to be taken for one: what counts is the effect where it is not.
  bool p_is_valid() const;
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_TEST_RESULT_H_
