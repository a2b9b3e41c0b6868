// One statistical test of lineage, as it is reported.
#ifndef MODELKIN_LINEAGE_TEST_RESULT_H_
#define MODELKIN_LINEAGE_TEST_RESULT_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace modelkin {

// Thresholds, fixed beforehand. docs/lineage.md says what each rests on.

// Strong evidence: a p-value, corrected for the number of tests, below this...
inline constexpr double kStrongLogP = -13.815510557964274;  // 1e-6
// ...with an effect above that of every control, and of at least this where there are none.
inline constexpr double kLeastAgreement = 0.05;
// Shares of agreeing units in a basis that was fitted to tokens: docs/kinship.md.
inline constexpr double kLeastFittedAgreement = 0.25;

// A test that other causes can break counts only if another one, without a caveat and with its
// least effect, has a p-value below this after Bonferroni's correction: 1e-3.
inline constexpr double kWitnessLogP = -6.907755278982137;

struct TestResult {
  std::string name;            // "residual_trace"
  std::string hypothesis;      // that is rejected by a small p
  std::string symmetry_group;  // what is in random order under it
  std::string assumption;      // under which p is valid
  std::string caveat;          // why p is not to be taken for one; "" where it is
  std::string skipped;         // why there is no result; "" where there is
  std::string statistic_name;
  double statistic = 0;
  std::uint64_t units = 0;      // in random order, or pairs of rankings
  double log_p = 0;             // natural log
  bool log_p_is_bound = false;  // p is this or smaller
  std::string p_method;         // "monte_carlo", "importance", "fisher", "bound"
  double log_p_adjusted = 0;    // by Holm, over the tests that were run
  std::string effect_name;
  double effect = 0;
  double least_effect = 0;  // that counts as strong
  // Whether it counts only beside another test, since other causes than a common origin can make p
  // small; an effect from which on it counts all the same.
  bool needs_witness = false;
  double effect_without_witness = std::numeric_limits<double>::infinity();
  std::vector<double> control_effects;  // of A and B against each control, where defined
  bool strong = false;

  bool run() const { return skipped.empty(); }
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TEST_RESULT_H_
