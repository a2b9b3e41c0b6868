#include "statistics/permutation_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace modelkin {
namespace permutation_test_test {

double Uniform(Random& random) {
  return static_cast<double>(random.UniformBelow(1U << 30)) * 0x1p-30;
}

TEST(PermutationTest, FindsATailOfKnownSize) {
  const auto result = MonteCarloTail(0.99, Uniform, {.draws = 100'000, .seed = 1, .threads = 2});
  EXPECT_NEAR(std::exp(result.log_p), 0.01, 0.002);
  EXPECT_FALSE(result.floor());
}

TEST(PermutationTest, NeverSaysZero) {
  const auto result = MonteCarloTail(2, Uniform, {.draws = 999, .seed = 1, .threads = 2});
  EXPECT_NEAR(result.log_p, std::log(1.0 / 1000), 1e-12);
  EXPECT_EQ(result.draws, 999U);
  EXPECT_TRUE(result.floor());
}

TEST(PermutationTest, TiesCountAsExtreme) {
  const auto constant = [](Random&) { return 1.0 - 1e-12; };
  const auto result = MonteCarloTail(1, constant, {.draws = 2048, .seed = 1, .threads = 2});
  EXPECT_EQ(result.log_p, 0);
}

TEST(PermutationTest, StopsEarlyWherePIsLarge) {
  const auto result = MonteCarloTail(0.5, Uniform, {.draws = 1'000'000, .seed = 1, .threads = 2});
  EXPECT_LT(result.draws, 20'000U);
  EXPECT_NEAR(std::exp(result.log_p), 0.5, 0.02);
}

TEST(PermutationTest, SameForAnyNumberOfThreads) {
  const MonteCarloOptions one{.draws = 50'000, .seed = 7, .threads = 1};
  const auto expected = MonteCarloTail(0.999, Uniform, one);
  for (const unsigned threads : {2U, 7U}) {
    MonteCarloOptions options = one;
    options.threads = threads;
    const auto result = MonteCarloTail(0.999, Uniform, options);
    EXPECT_EQ(result.log_p, expected.log_p);
    EXPECT_EQ(result.as_extreme, expected.as_extreme);
  }
}

// The observed value is one more draw: P(p <= alpha) <= alpha, early stopping included.
TEST(PermutationTest, IsValidUnderTheNull) {
  constexpr int kTests = 2000;
  std::vector<int> below(3, 0);
  const std::vector<double> levels = {0.05, 0.2, 0.5};
  Random observed(11, 0);
  for (int i = 0; i < kTests; ++i) {
    const auto result =
        MonteCarloTail(Uniform(observed), Uniform,
                       {.draws = 8192, .seed = static_cast<std::uint64_t>(i), .threads = 1});
    for (std::size_t k = 0; k < levels.size(); ++k) {
      below[k] += std::exp(result.log_p) <= levels[k] ? 1 : 0;
    }
  }
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const double expected = levels[k] * kTests;
    EXPECT_NEAR(below[k], expected, 4 * std::sqrt(expected * (1 - levels[k]))) << levels[k];
  }
}

}  // namespace permutation_test_test
}  // namespace modelkin
