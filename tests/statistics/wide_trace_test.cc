#include "statistics/wide_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "statistics/importance_sampling.h"
#include "statistics/log_tail.h"

namespace modelkin {
namespace wide_trace_test {

double NearlyNormal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Uniform();
  return sum;
}

std::vector<float> Matrix(std::size_t units, std::uint64_t seed, double diagonal = 0) {
  Random random(seed, 0);
  std::vector<float> k(units * units);
  for (float& value : k) value = static_cast<float>(NearlyNormal(random));
  for (std::size_t i = 0; i < units; ++i) k[i * (units + 1)] += static_cast<float>(diagonal);
  return k;
}

// Few entries outweigh all others.
std::vector<float> HeavyMatrix(std::size_t units, std::uint64_t seed) {
  std::vector<float> k = Matrix(units, seed);
  for (float& value : k) value = value * value * value * value * value;
  return k;
}

double ExactTail(const std::vector<float>& k, std::size_t units) {
  std::vector<std::size_t> order(units);
  std::iota(order.begin(), order.end(), 0U);
  double trace = 0, extreme = 0, count = 0;
  for (std::size_t i = 0; i < units; ++i) trace += k[i * (units + 1)];
  do {
    double sum = 0;
    for (std::size_t i = 0; i < units; ++i) sum += k[i * units + order[i]];
    extreme += sum >= trace - 1e-9 ? 1 : 0;
    ++count;
  } while (std::ranges::next_permutation(order).found);
  return extreme / count;
}

TEST(WideTrace, MomentsAreThoseOfTheDefinition) {
  for (const std::size_t units : {2, 5, 128, 129, 300}) {
    std::vector<float> k = Matrix(units, units);
    for (std::size_t i = 0; i < k.size(); ++i) k[i] += static_cast<float>(i % units % 7) + 3;
    const double n = static_cast<double>(units);
    std::vector<double> rows(units, 0), columns(units, 0);
    double trace = 0, all = 0, squares = 0;
    for (std::size_t i = 0; i < units; ++i) trace += k[i * units + i];
    for (std::size_t i = 0; i < units * units; ++i) {
      rows[i / units] += k[i] / n;
      columns[i % units] += k[i] / n;
      all += k[i] / n / n;
    }
    for (std::size_t i = 0; i < units * units; ++i) {
      squares += std::pow(k[i] - rows[i / units] - columns[i % units] + all, 2);
    }
    const auto moments = WideTraceMoments(k.data(), units, 2);
    ASSERT_TRUE(moments) << units;
    EXPECT_NEAR(moments->trace, trace, 1e-9 * n);
    EXPECT_NEAR(moments->mean, all * n, 1e-9 * n);
    EXPECT_NEAR(moments->variance, squares / (n - 1), 1e-9 * moments->variance);
  }
}

TEST(WideTrace, MomentsAreUndefinedWhereEveryOrderIsTheSame) {
  const std::vector<float> constant(16, 3.5F), zeros(16, 0), rows = {1, 1, 1, 2, 2, 2, 5, 5, 5};
  EXPECT_FALSE(WideTraceMoments(constant.data(), 4, 1));
  EXPECT_FALSE(WideTraceMoments(zeros.data(), 4, 1));
  EXPECT_FALSE(WideTraceMoments(constant.data(), 1, 1));
  EXPECT_FALSE(WideTraceMoments(constant.data(), 0, 1));
  EXPECT_FALSE(WideTraceMoments(rows.data(), 3, 1));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto k = Matrix(4, 2);
    k[5] = bad;
    EXPECT_FALSE(WideTraceMoments(k.data(), 4, 1)) << bad;
  }
}

TEST(WideTrace, SameBitsForAnyNumberOfThreads) {
  const auto k = Matrix(500, 1, 0.4);
  const auto moments = WideTraceMoments(k.data(), 500, 1);
  const double bound = LogWideTraceBound(k.data(), *moments, 1);
  const double tail =
      LogWideImportanceTail(k.data(), *moments, {.draws = 1, .seed = 1, .threads = 1});
  for (const unsigned threads : {2U, 5U}) {
    const auto others = WideTraceMoments(k.data(), 500, threads);
    EXPECT_EQ(moments->trace, others->trace);
    EXPECT_EQ(moments->mean, others->mean);
    EXPECT_EQ(moments->variance, others->variance);
    EXPECT_EQ(bound, LogWideTraceBound(k.data(), *moments, threads));
    EXPECT_EQ(tail, LogWideImportanceTail(k.data(), *moments,
                                          {.draws = 1, .seed = 1, .threads = threads}));
  }
}

TEST(WideTrace, BoundIsAboveTheExactTail) {
  constexpr std::size_t kUnits = 7;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto k = Matrix(kUnits, seed, static_cast<double>(seed));
    const auto moments = WideTraceMoments(k.data(), kUnits, 1);
    EXPECT_GE(LogWideTraceBound(k.data(), *moments, 1), std::log(ExactTail(k, kUnits)) - 1e-9)
        << seed;
  }
}

// Some rows have scales of their own, so that those looked at are not like all others.
TEST(WideTrace, BoundIsLittleAboveThatOfTheBestTilt) {
  constexpr std::size_t kUnits = 600;
  auto k = Matrix(kUnits, 3, 4);
  for (std::size_t i = 0; i < kUnits; ++i) {
    for (std::size_t j = 0; j < kUnits; ++j)
      k[i * kUnits + j] *= 1 + 0.5F * static_cast<float>(i % 5);
  }
  const auto moments = WideTraceMoments(k.data(), kUnits, 2);
  const double best = LogTraceBound(k.data(), kUnits);
  const double wide = LogWideTraceBound(k.data(), *moments, 2);
  EXPECT_LT(best, -1000);
  EXPECT_GE(wide, best - 1e-3);
  EXPECT_LE(wide, 0.99 * best);
}

TEST(WideTrace, ImportanceTailsAreNotBelowExactOnes) {
  constexpr std::size_t kUnits = 8;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto k = Matrix(kUnits, seed, 4);
    const auto moments = WideTraceMoments(k.data(), kUnits, 1);
    const double log_p =
        LogWideImportanceTail(k.data(), *moments, {.draws = 1, .seed = 1, .threads = 1});
    EXPECT_GE(log_p, std::log(ExactTail(k, kUnits)) - 0.2) << seed;
  }
}

TEST(WideTrace, ImportanceTailsAreNearNormalOnes) {
  constexpr std::size_t kUnits = 400;
  for (const double z : {6.0, 9.0, 14.0}) {
    const auto k = Matrix(kUnits, 11, z / std::sqrt(static_cast<double>(kUnits)));
    const auto moments = WideTraceMoments(k.data(), kUnits, 2);
    const double log_p =
        LogWideImportanceTail(k.data(), *moments, {.draws = 1, .seed = 1, .threads = 2});
    const double normal = LogNormalTail(moments->z());
    EXPECT_NEAR(log_p, normal, std::log(static_cast<double>(kTilts)) + 0.15 * -normal) << z;
    EXPECT_GT(log_p, normal) << z;
  }
}

// p <= alpha in no more than alpha of null draws, for the sampling alone, with the tilt chosen
// after looking, and with the draws that come before it.
TEST(WideTrace, ImportanceTailIsValidUnderTheNull) {
  constexpr std::size_t kUnits = 34;
  constexpr int kTests = 500;
  for (const bool heavy : {false, true}) {
    int below = 0, below_together = 0;
    for (int i = 0; i < kTests; ++i) {
      const std::uint64_t seed = 1000 + static_cast<std::uint64_t>(i);
      const auto k = heavy ? HeavyMatrix(kUnits, seed) : Matrix(kUnits, seed);
      const auto moments = WideTraceMoments(k.data(), kUnits, 1);
      const MonteCarloOptions options = {.draws = 500, .seed = 2, .threads = 1};
      below += LogWideImportanceTail(k.data(), *moments, options) <= std::log(0.05) ? 1 : 0;
      const TraceTail tail = TraceTestTail(k.data(), *moments, options, BeyondDraws::kImportance);
      below_together += tail.log_p <= std::log(0.05) ? 1 : 0;
    }
    EXPECT_LE(below, 25 + 4 * 4.9) << heavy;  // 5 %, and 4 deviations
    EXPECT_LE(below_together, 25 + 4 * 4.9) << heavy;
  }
}

// A few units that outweigh all others: the normal tail would say 1e-15.
TEST(WideTrace, IsNotFooledByOutliers) {
  constexpr std::size_t kUnits = 64;
  auto k = Matrix(kUnits, 4);
  k[10 * (kUnits + 1)] = 1000;
  const auto moments = WideTraceMoments(k.data(), kUnits, 1);
  EXPECT_GT(moments->z(), 7);
  EXPECT_GT(LogWideImportanceTail(k.data(), *moments, {.draws = 1, .seed = 1, .threads = 1}),
            std::log(1e-3));
  EXPECT_GT(LogWideTraceBound(k.data(), *moments, 1), std::log(1e-3));
}

TEST(WideTrace, StrongSignalsGoByTheBound) {
  constexpr std::size_t kUnits = 100;
  const auto k = Matrix(kUnits, 4, 50);
  const auto moments = WideTraceMoments(k.data(), kUnits, 2);
  const TraceTail tail = TraceTestTail(k.data(), *moments, {.draws = 1000, .seed = 1, .threads = 2},
                                       BeyondDraws::kImportance);
  EXPECT_EQ(tail.method, TraceTailMethod::kBound);
  EXPECT_LT(tail.log_p, -300);
  EXPECT_GE(tail.log_p, -LogFactorial(kUnits));
}

}  // namespace wide_trace_test
}  // namespace modelkin
