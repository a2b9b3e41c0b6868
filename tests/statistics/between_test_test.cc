#include "statistics/between_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace modelkin {
namespace between_test_test {

constexpr std::uint64_t kBits = 4096;

// Signs of projections of three vectors with these cosines, drawn by their normal law.
SignDifferences Draw(double with_a, double with_b, double a_b, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  const double rest = std::sqrt(std::max(0.0, 1 - with_a * with_a));
  const double shared = (a_b - with_a * with_b) / rest;
  const double own = std::sqrt(std::max(0.0, 1 - with_b * with_b - shared * shared));
  SignDifferences differences{.bits = kBits};
  for (std::uint64_t bit = 0; bit < kBits; ++bit) {
    const double x = normal(random), y = normal(random), z = normal(random);
    const bool middle = x > 0, a = with_a * x + rest * y > 0;
    const bool b = with_b * x + shared * y + own * z > 0;
    differences.middle_a += middle != a;
    differences.middle_b += middle != b;
    differences.a_b += a != b;
  }
  return differences;
}

// By definition: binomial masses summed in long double.
long double Mass(std::uint64_t n, long double p, std::uint64_t k) {
  long double log_mass = std::lgamma(static_cast<long double>(n) + 1) -
                         std::lgamma(static_cast<long double>(k) + 1) -
                         std::lgamma(static_cast<long double>(n - k) + 1);
  log_mass +=
      static_cast<long double>(k) * std::log(p) + static_cast<long double>(n - k) * std::log1p(-p);
  return std::exp(log_mass);
}

long double AtMost(std::uint64_t n, long double p, std::uint64_t k) {
  long double sum = 0;
  for (std::uint64_t i = 0; i <= k; ++i) sum += Mass(n, p, i);
  return sum;
}

// Of signs that differ from A's, those that differ from B's too: a share of 1/2 - arcsin(c) / pi
// over a great circle, by the formula for three half-spaces.
long double ShareByOrthants(long double a, long double b) {
  constexpr long double kPi = std::numbers::pi_v<long double>;
  const long double cosine = std::cos(kPi * a) * std::cos(kPi * b);
  return (a + b - std::acos(cosine) / kPi) / 2 / a;
}

TEST(BetweenTest, PIsTheWorstOverTheConfidenceSet) {
  constexpr std::uint64_t kOfN = 600, kA = 80, kB = 90, kBoth = 4;
  const SignDifferences differences = {
      .bits = kOfN, .middle_a = kA, .middle_b = kB, .a_b = kA + kB - 2 * kBoth};
  const double log_limit = std::log(1e-3);
  const auto log_p = LogBetween(differences, log_limit);
  ASSERT_TRUE(log_p);
  // The set, on a grid, of what neither bound rejects.
  const long double each = 1e-3L / 16 / 4;
  std::array<std::vector<long double>, 2> kept;
  constexpr int kSteps = 8000;
  for (int i = 1; i < kSteps / 2; ++i) {
    const long double p = static_cast<long double>(i) / kSteps;
    for (int side = 0; side < 2; ++side) {
      const std::uint64_t k = side == 0 ? kA : kB;
      if (AtMost(kOfN, p, k) >= each && 1 - AtMost(kOfN, p, k - 1) >= each) kept[side].push_back(p);
    }
  }
  long double given_a = 0, given_b = 0;
  const auto look = [&](long double a, long double b) {
    given_a = std::max(given_a, AtMost(kA, ShareByOrthants(a, b), kBoth));
    given_b = std::max(given_b, AtMost(kB, ShareByOrthants(b, a), kBoth));
  };
  for (std::size_t i = 0; i < kept[0].size(); i += 8) {
    for (std::size_t j = 0; j < kept[1].size(); j += 8) look(kept[0][i], kept[1][j]);
  }
  look(kept[0].back(), kept[1].front());
  look(kept[0].front(), kept[1].back());
  const long double expected = 2 * std::min(given_a, given_b) + 1e-3L / 16;
  // The grid's worst is a little less than the set's.
  EXPECT_GE(*log_p, static_cast<double>(std::log(expected)) - 1e-9);
  EXPECT_NEAR(*log_p, static_cast<double>(std::log(expected)), 0.05);
}

TEST(BetweenTest, ErrsAsOftenAsItSaysAtThePlaceWhereTwoPart) {
  std::mt19937_64 random(5);
  constexpr int kDraws = 400;
  for (const auto& [with_a, with_b] :
       {std::pair(0.99, 0.98), std::pair(0.9, 0.6), std::pair(0.3, 0.3)}) {
    int rejected = 0;
    for (int i = 0; i < kDraws; ++i) {
      rejected +=
          LogBetween(Draw(with_a, with_b, with_a * with_b, random), std::log(0.05)).has_value();
    }
    // 20 are expected of an exact test; 38 have a chance of 1e-4.
    EXPECT_LE(rejected, 38) << with_a << ", " << with_b;
  }
}

TEST(BetweenTest, FindsAMeanOfTwo) {
  std::mt19937_64 random(6);
  // Of siblings, of which 4,096 bits show the less the nearer they are, and of strangers.
  for (const auto& [a_b, limit] :
       {std::pair(0.98, 1e-6), std::pair(0.95, 1e-9), std::pair(0.5, 1e-9), std::pair(0.0, 1e-9)}) {
    const double log_limit = std::log(limit);
    const double with = std::sqrt((1 + a_b) / 2);
    const SignDifferences differences = Draw(with, with, a_b, random);
    const auto log_p = LogBetween(differences, log_limit);
    ASSERT_TRUE(log_p) << a_b;
    EXPECT_LE(*log_p, log_limit);
    EXPECT_GE(*log_p, log_limit + std::log(1.0 / 16));
    EXPECT_GT(ShareBetween(differences), 0.9);
  }
}

TEST(BetweenTest, SiblingsAndChainsAreNoMeans) {
  std::mt19937_64 random(7);
  // Three children of one that isn't there, and the first of a chain.
  EXPECT_FALSE(LogBetween(Draw(0.9, 0.9, 0.9, random), std::log(0.01)));
  EXPECT_FALSE(LogBetween(Draw(0.95, 0.95 * 0.9, 0.9, random), std::log(0.01)));
  EXPECT_LT(ShareBetween(Draw(0.95, 0.95 * 0.95, 0.95, random)), 0.1);
}

TEST(BetweenTest, EdgeCasesAreNone) {
  const double log_limit = std::log(0.01);
  for (const SignDifferences& none :
       {SignDifferences{}, SignDifferences{.bits = 64},                        // all the same
        SignDifferences{.bits = 64, .middle_a = 8, .middle_b = 0, .a_b = 8},   // B is the middle
        SignDifferences{.bits = 64, .middle_a = 8, .middle_b = 8, .a_b = 0},   // A is B
        SignDifferences{.bits = 64, .middle_a = 8, .middle_b = 8, .a_b = 20},  // of no vectors
        SignDifferences{.bits = 64, .middle_a = 8, .middle_b = 8, .a_b = 3},
        SignDifferences{.bits = 64, .middle_a = 40, .middle_b = 8, .a_b = 48}}) {
    EXPECT_FALSE(LogBetween(none, log_limit));
    const double share = ShareBetween(none);
    EXPECT_TRUE(std::isfinite(share));
    EXPECT_GE(share, 0);
  }
}

}  // namespace between_test_test
}  // namespace modelkin
