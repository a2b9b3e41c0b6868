#include "statistics/importance_sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace importance_sampling_test {

constexpr MonteCarloOptions kFewDraws = {.draws = 2000, .seed = 7, .threads = 1};

double NearlyNormal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Uniform();
  return sum;
}

std::vector<double> Matrix(std::size_t units, std::uint64_t seed, double diagonal) {
  Random random(seed, 0);
  std::vector<double> k(units * units);
  for (double& value : k) value = NearlyNormal(random);
  for (std::size_t i = 0; i < units; ++i) k[i * (units + 1)] += diagonal;
  return k;
}

// A coin that shows 1 with probability 1e-12, drawn with a half instead.
WeightedDraw RareCoin(bool shows) {
  return {.statistic = shows ? 1.0 : 0.0,
          .log_weight = shows ? std::log(2e-12) : std::log(2 * (1 - 1e-12))};
}

TEST(ImportanceSampling, SeesRareEvents) {
  const auto draw = [](Random& random) { return RareCoin(random.Uniform() < 0.5); };
  EXPECT_NEAR(LogImportanceTail(RareCoin(true), draw, kFewDraws), std::log(1e-12), 0.1);
  EXPECT_NEAR(LogImportanceTail(RareCoin(false), draw, kFewDraws), 0, 0.1);
}

TEST(ImportanceSampling, NeverBelowWhatWasObserved) {
  const auto never = [](Random&) { return WeightedDraw{.statistic = -1, .log_weight = 0}; };
  const WeightedDraw observed{.statistic = 0, .log_weight = -3};
  EXPECT_NEAR(LogImportanceTail(observed, never, kFewDraws), -3 - std::log(2001.0), 1e-12);
  EXPECT_NEAR(LogImportanceTail(observed, never, {.draws = 0, .seed = 1, .threads = 1}), -3, 1e-12);
}

TEST(ImportanceSampling, TheSameForAnyNumberOfThreads) {
  const auto k = Matrix(40, 1, 1);
  const auto moments = TraceTestMoments(k.data(), 40);
  std::vector<double> log_p;
  for (const unsigned threads : {1U, 2U, 5U}) {
    log_p.push_back(TraceTestTail(k.data(), *moments, {.draws = 100, .seed = 1, .threads = threads},
                                  BeyondDraws::kImportance)
                        .log_p);
  }
  EXPECT_EQ(log_p[0], log_p[1]);
  EXPECT_EQ(log_p[0], log_p[2]);
}

// Exact tails of 8 units by all 40,320 orders.
TEST(ImportanceSampling, TailsOfTracesAreNotBelowExactOnes) {
  constexpr std::size_t kUnits = 8;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto k = Matrix(kUnits, seed, 4);
    const auto moments = TraceTestMoments(k.data(), kUnits);
    std::vector<std::size_t> order(kUnits);
    std::iota(order.begin(), order.end(), 0U);
    double extreme = 0, count = 0;
    do {
      double sum = 0;
      for (std::size_t i = 0; i < kUnits; ++i) sum += k[i * kUnits + order[i]];
      extreme += sum >= moments->trace - 1e-12 ? 1 : 0;
      ++count;
    } while (std::ranges::next_permutation(order).found);
    const TraceTail tail = TraceTestTail(k.data(), *moments, {.draws = 10, .seed = 1, .threads = 1},
                                         BeyondDraws::kImportance);
    EXPECT_GE(tail.log_p, std::log(extreme / count) - 0.2) << seed;
  }
}

// Entries that are normal and not too many of them small: the sum is nearly normal.
TEST(ImportanceSampling, TailsOfTracesAreNearNormalOnes) {
  constexpr std::size_t kUnits = 200;
  for (const double z : {6.0, 9.0, 14.0}) {
    // The diagonal adds units * value to a sum of deviation sqrt(units).
    const auto k = Matrix(kUnits, 11, z / std::sqrt(static_cast<double>(kUnits)));
    const auto moments = TraceTestMoments(k.data(), kUnits);
    const TraceTail tail = TraceTestTail(
        k.data(), *moments, {.draws = 1000, .seed = 1, .threads = 2}, BeyondDraws::kImportance);
    EXPECT_EQ(tail.method, TraceTailMethod::kImportance) << z;
    const double normal = LogNormalTail(moments->z());
    EXPECT_NEAR(tail.log_p, normal, std::log(static_cast<double>(kTilts)) + 0.15 * -normal) << z;
    EXPECT_GT(tail.log_p, normal) << z;
  }
}

// p <= alpha in no more than alpha of null draws, for the sampling alone, with the tilt chosen
// after looking.
TEST(ImportanceSampling, ValidUnderTheNull) {
  constexpr std::size_t kUnits = 10;
  constexpr int kTests = 4000;
  int below = 0;
  for (int i = 0; i < kTests; ++i) {
    const auto k = Matrix(kUnits, 1000 + static_cast<std::uint64_t>(i), 0);
    const auto moments = TraceTestMoments(k.data(), kUnits);
    // One draw decides between Monte Carlo and what goes on from there.
    const double log_p = TraceTestTail(k.data(), *moments, {.draws = 1, .seed = 2, .threads = 1},
                                       BeyondDraws::kImportance)
                             .log_p;
    below += log_p <= std::log(0.01) ? 1 : 0;
  }
  EXPECT_LE(below, 40 + 4 * 6);  // 1 %, and 4 deviations
}

}  // namespace importance_sampling_test
}  // namespace modelkin
