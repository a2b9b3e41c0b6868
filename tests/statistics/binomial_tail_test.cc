#include "statistics/binomial_tail.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace modelkin {
namespace binomial_tail_test {

// All masses for p = 1 / 2 by Pascal's triangle in long double, scaled row by row.
std::vector<long double> FairMasses(std::size_t n) {
  std::vector<long double> masses = {1};
  for (std::size_t row = 1; row <= n; ++row) {
    masses.push_back(0);
    for (std::size_t k = row; k > 0; --k) masses[k] = (masses[k] + masses[k - 1]) / 2;
    masses[0] /= 2;
  }
  return masses;
}

// All masses by drawing once more, with a probability of p.
std::vector<long double> Masses(std::size_t n, long double p) {
  std::vector<long double> masses = {1};
  for (std::size_t row = 1; row <= n; ++row) {
    masses.push_back(0);
    for (std::size_t k = row; k > 0; --k) masses[k] = masses[k] * (1 - p) + masses[k - 1] * p;
    masses[0] *= 1 - p;
  }
  return masses;
}

void ExpectTailsOf(const std::vector<long double>& masses, double p) {
  const std::size_t n = masses.size() - 1;
  long double above = 0, below = 1;
  for (std::size_t k = n + 1; k-- > 0;) {
    above += masses[k];
    below = 0;
    for (std::size_t j = 0; j < k; ++j) below += masses[j];
    // Whichever is small has the digits.
    const long double expected = above < 0.5L ? std::log(above) : std::log1p(-below);
    const double tail = LogBinomialTail(n, p, k);
    ASSERT_NEAR(tail, static_cast<double>(expected), 1e-9 * std::abs(static_cast<double>(expected)))
        << n << " draws of " << p << ", from " << k;
  }
}

TEST(BinomialTail, IsTheSumOfMasses) {
  for (const std::size_t n : {1U, 2U, 15U, 16U, 17U, 100U, 700U}) {
    ASSERT_NO_FATAL_FAILURE(ExpectTailsOf(FairMasses(n), 0.5)) << n;
    for (const double p : {1e-3, 0.1, 0.5, 0.7, 0.99}) {
      ASSERT_NO_FATAL_FAILURE(ExpectTailsOf(Masses(n, p), p)) << n;
    }
  }
}

TEST(BinomialTail, IsThatOfLongSums) {
  struct Case {
    std::uint64_t n;
    double p;
    std::uint64_t k;
    double tail;  // mpmath, 60 digits
  };
  constexpr Case kCases[] = {
      {10, 0.5, 5, -0.47313352225466321351},         {10, 0.25, 10, -13.862943611198906188},
      {1, 0.5, 1, -0.69314718055994530942},          {4096, 0.5, 2049, -0.70569172068346239128},
      {4096, 0.5, 2048, -0.68075805829068091379},    {4096, 0.5, 2300, -33.959154913530297163},
      {4096, 0.5, 2500, -103.93029248259631616},     {4096, 0.5, 4096, -2839.1308515735359874},
      {4096, 0.5, 1800, -3.7710368118810715251e-15}, {4096, 0.75, 2900, -4.6663433482013330595e-10},
      {4096, 0.75, 3200, -13.385320156175307088},    {4096, 1e-9, 3, -39.008994120589227048},
      {4096, 0.999, 4095, -2.4687891993498844739},   {100000, 0.001, 150, -13.194715701541217153},
  };
  for (const auto& [n, p, k, tail] : kCases) {
    EXPECT_NEAR(LogBinomialTail(n, p, k), tail, 1e-11 * std::abs(tail))
        << n << " " << p << " " << k;
  }
}

TEST(BinomialTail, OfManyDrawsIsNearTheNormalLaw) {
  // P(Z >= 5), 6, with the continuity correction; the rest is of the order of 1 / n.
  constexpr std::uint64_t kDraws = std::uint64_t{1} << 40;
  const double deviation = std::sqrt(static_cast<double>(kDraws)) / 2;
  const auto tail = [&](double z) {
    const double k = static_cast<double>(kDraws) / 2 + z * deviation;
    return LogBinomialTail(kDraws, 0.5, static_cast<std::uint64_t>(k));
  };
  const auto half_a_draw = [&](double z) { return z / (2 * deviation); };
  EXPECT_NEAR(tail(5), -15.064998393988725, 2 * half_a_draw(5));
  EXPECT_NEAR(tail(6), -20.736768956800443, 2 * half_a_draw(6));
}

TEST(BinomialTail, AtTheEnds) {
  EXPECT_EQ(LogBinomialTail(0, 0.5, 0), 0);
  EXPECT_EQ(LogBinomialTail(0, 0.5, 1), -INFINITY);
  EXPECT_EQ(LogBinomialTail(10, 0, 0), 0);
  EXPECT_EQ(LogBinomialTail(10, 0, 1), -INFINITY);
  EXPECT_EQ(LogBinomialTail(10, 1, 10), 0);
  EXPECT_EQ(LogBinomialTail(10, 1, 11), -INFINITY);
  EXPECT_DOUBLE_EQ(LogBinomialTail(7, 0.5, 7), 7 * std::log(0.5));
  for (const double p : {-0.1, 1.1, std::nan(""), static_cast<double>(INFINITY)}) {
    EXPECT_TRUE(std::isnan(LogBinomialTail(10, p, 3)));
    EXPECT_TRUE(std::isnan(LogBinomialMass(10, p, 3)));
  }
}

TEST(BinomialTail, NeverGrows) {
  for (std::uint64_t k = 1; k <= 4097; ++k) {
    ASSERT_LE(LogBinomialTail(4096, 0.5, k), LogBinomialTail(4096, 0.5, k - 1)) << k;
  }
}

}  // namespace binomial_tail_test
}  // namespace modelkin
