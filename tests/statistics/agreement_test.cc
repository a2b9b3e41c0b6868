#include "statistics/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"
#include "statistics/random.h"

namespace modelkin {
namespace agreement_test {

TEST(Agreement, NothingAboveExpectedIsNoEvidence) {
  EXPECT_EQ(LogAgreementTail(0, 1), 0);
  EXPECT_EQ(LogAgreementTail(1, 1), 0);
  EXPECT_EQ(LogAgreementTail(5, 0), 0);
}

TEST(Agreement, IsAboveTheExactTail) {
  // Permutations of 6 with exactly k fixed points: the rencontres numbers.
  const std::vector<double> counts = {265, 264, 135, 40, 15, 0, 1};
  double tail = 0;
  for (std::uint64_t k = 6; k >= 1; --k) {
    tail += counts[k] / 720;
    EXPECT_GE(LogAgreementTail(k, 1), std::log(tail)) << k;
  }
}

TEST(Agreement, IsOfTheRightSizeFarOut) {
  // 96 of 96: 1 / 96!, up to Chernoff's factor of about sqrt(2 pi 96).
  EXPECT_NEAR(LogAgreementTail(96, 1), -LogFactorial(96), 6);
  EXPECT_GE(LogAgreementTail(96, 1), -LogFactorial(96));
}

// Sums over several rectangular pairs of matchings, in a simulation.
TEST(Agreement, HoldsForSumsOfRectangularMatchings) {
  constexpr int kDraws = 20'000;
  constexpr std::size_t kRows = 5, kColumns = 8, kPairs = 3;
  const double expected = kPairs * 5.0 / 8.0;
  std::vector<int> at_least(kRows * kPairs + 1, 0);
  Random random(1, 0);
  std::vector<std::uint32_t> first(kColumns), second(kColumns);
  double total = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::size_t agreed = 0;
    for (std::size_t pair = 0; pair < kPairs; ++pair) {
      std::iota(first.begin(), first.end(), 0U);
      second = first;
      random.Shuffle(first);
      random.Shuffle(second);
      for (std::size_t row = 0; row < kRows; ++row) agreed += first[row] == second[row] ? 1 : 0;
    }
    total += static_cast<double>(agreed);
    for (std::size_t k = 0; k <= agreed; ++k) ++at_least[k];
  }
  EXPECT_NEAR(total / kDraws, expected, 0.05);
  for (std::size_t k = 1; k < at_least.size(); ++k) {
    EXPECT_LE(at_least[k], kDraws * std::exp(LogAgreementTail(k, expected)) + 3) << k;
  }
}

}  // namespace agreement_test
}  // namespace modelkin
