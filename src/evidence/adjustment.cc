#include "evidence/adjustment.h"

#include <algorithm>
#include <cmath>

#include "statistics/combination.h"

namespace modelkin {
namespace {

// Whether a test that other causes can break counts beside this one. `others`: log of the number of
// tests.
bool IsWitness(const TestResult& test, double others) {
  return test.was_run() && !TraitsOf(test.key.id).needs_witness && test.p_is_valid() &&
         test.effect >= test.least_effect && test.log_p + others < kWitnessLogP;
}

bool IsStrong(const TestResult& test, bool has_witness) {
  const TestTraits& traits = TraitsOf(test.key.id);
  return test.log_p_adjusted < kStrongLogP && test.effect >= test.least_effect &&
         (has_witness || !traits.needs_witness || test.effect >= traits.effect_without_witness) &&
         std::ranges::all_of(test.control_effects,
                             [&](double effect) { return test.effect > effect; });
}

}  // namespace

void AdjustTests(std::vector<TestResult>& tests, std::uint64_t looks) {
  const double log_looks = std::log(static_cast<double>(looks));
  std::vector<double> log_p;
  for (const TestResult& test : tests) {
    if (test.was_run()) log_p.push_back(test.log_p);
  }
  const double others =
      std::log(static_cast<double>(std::max<std::size_t>(log_p.size(), 1))) + log_looks;
  const bool has_witness =
      std::ranges::any_of(tests, [&](const TestResult& test) { return IsWitness(test, others); });
  const std::vector<double> adjusted = HolmAdjust(log_p);
  std::size_t next = 0;
  for (TestResult& test : tests) {
    if (!test.was_run()) continue;
    test.log_p_adjusted = std::min(0.0, adjusted[next++] + log_looks);
    test.strong = IsStrong(test, has_witness);
  }
}

void AttachControl(const std::vector<TestResult>& of_control, std::vector<TestResult>& tests) {
  for (const TestResult& other : of_control) {
    const auto same = std::ranges::find(tests, other.key, &TestResult::key);
    if (same == tests.end() || !same->was_run() || !other.was_run()) continue;
    same->control_effects.push_back(other.effect);
  }
}

}  // namespace modelkin
