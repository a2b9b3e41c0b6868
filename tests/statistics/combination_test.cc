#include "statistics/combination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "statistics/random.h"

namespace modelkin {
namespace combination_test {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Combination, FisherOfOneIsThatOne) {
  EXPECT_NEAR(FisherCombination(std::vector<double>{std::log(0.03)}), std::log(0.03), 1e-12);
  EXPECT_EQ(FisherCombination({}), 0);
  EXPECT_EQ(FisherCombination(std::vector<double>{0, 0}), 0);
}

TEST(Combination, FisherOfTwoByHand) {
  // P(product <= c) = c (1 - log c).
  const double c = 0.02 * 0.3;
  EXPECT_NEAR(FisherCombination(std::vector<double>{std::log(0.02), std::log(0.3)}),
              std::log(c * (1 - std::log(c))), 1e-12);
}

TEST(Combination, FisherGoesFarBelowDoubles) {
  const std::vector<double> log_p(100, -1000);
  EXPECT_LT(FisherCombination(log_p), -90'000);
  EXPECT_GT(FisherCombination(log_p), -100'000);
}

TEST(Combination, FisherIsUniformUnderTheNull) {
  Random random(1, 0);
  int below_5_percent = 0;
  constexpr int kTests = 20'000;
  for (int i = 0; i < kTests; ++i) {
    std::vector<double> log_p;
    for (int k = 0; k < 5; ++k) {
      log_p.push_back(
          std::log((static_cast<double>(random.UniformBelow(1U << 30)) + 0.5) * 0x1p-30));
    }
    below_5_percent += FisherCombination(log_p) < std::log(0.05) ? 1 : 0;
  }
  EXPECT_NEAR(below_5_percent, 0.05 * kTests, 4 * std::sqrt(0.05 * 0.95 * kTests));
}

TEST(Combination, Bonferroni) {
  EXPECT_NEAR(BonferroniOfSmallest(std::vector<double>{std::log(0.5), std::log(0.01)}),
              std::log(0.02), 1e-12);
  EXPECT_EQ(BonferroniOfSmallest(std::vector<double>{std::log(0.9), std::log(0.8)}), 0);
  EXPECT_EQ(BonferroniOfSmallest({}), 0);
}

TEST(Combination, HolmByHand) {
  // 0.01 * 4, 0.04 * 2 -> 0.08 and 0.03 * 3 -> 0.09 raises it, 0.5.
  const auto adjusted = HolmAdjust(
      std::vector<double>{std::log(0.04), std::log(0.01), std::log(0.5), std::log(0.03)});
  EXPECT_THAT(adjusted,
              ElementsAre(DoubleNear(std::log(0.09), 1e-12), DoubleNear(std::log(0.04), 1e-12),
                          DoubleNear(std::log(0.5), 1e-12), DoubleNear(std::log(0.09), 1e-12)));
  EXPECT_TRUE(HolmAdjust({}).empty());
}

}  // namespace combination_test
}  // namespace modelkin
