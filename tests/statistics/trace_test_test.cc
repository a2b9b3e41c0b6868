#include "statistics/trace_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"

namespace modelkin {
namespace trace_test_test {

// Normal enough: a sum of 12 uniforms.
double Normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.UniformBelow(1U << 30)) * 0x1p-30;
  return sum;
}

std::vector<double> NormalMatrix(std::size_t units, std::uint64_t seed) {
  Random random(seed, 0);
  std::vector<double> k(units * units);
  for (double& value : k) value = Normal(random);
  return k;
}

TEST(TraceTest, MomentsAreThoseOverAllPermutations) {
  constexpr std::size_t kUnits = 5;
  const auto k = NormalMatrix(kUnits, 1);
  const auto moments = TraceTestMoments(k.data(), kUnits);
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  double sum = 0, squares = 0, count = 0;
  do {
    double trace = 0;
    for (std::size_t i = 0; i < kUnits; ++i) trace += k[i * kUnits + order[i]];
    sum += trace;
    squares += trace * trace;
    ++count;
  } while (std::ranges::next_permutation(order).found);
  EXPECT_NEAR(moments->mean, sum / count, 1e-12);
  EXPECT_NEAR(moments->variance, squares / count - sum / count * sum / count, 1e-11);
}

// docs/lineage.md, "The trace statistic": of one norm vector, z is Pearson's r times sqrt(units -
// 1).
TEST(TraceTest, OfTwoVectorsItIsTheirCorrelation) {
  const std::vector<double> a = {1.1, 0.9, 1.3, 1.0, 0.7, 1.2}, b = {1.0, 0.8, 1.2, 1.1, 0.9, 1.3};
  std::vector<double> k;
  for (const double x : a) {
    for (const double y : b) k.push_back(x * y);
  }
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / 6;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / 6;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  EXPECT_NEAR(TraceTestMoments(k.data(), 6)->z(), ab / std::sqrt(aa * bb) * std::sqrt(5.0), 1e-9);
}

TEST(TraceTest, UndefinedWhereEveryOrderIsTheSame) {
  const std::vector<double> constant(16, 3.5), zeros(16, 0);
  EXPECT_FALSE(TraceTestMoments(constant.data(), 4));
  EXPECT_FALSE(TraceTestMoments(zeros.data(), 4));
  EXPECT_FALSE(TraceTestMoments(constant.data(), 1));
  EXPECT_FALSE(TraceTestMoments(constant.data(), 0));
  // Rows of one value each.
  const std::vector<double> rows = {1, 1, 1, 2, 2, 2, 5, 5, 5};
  EXPECT_FALSE(TraceTestMoments(rows.data(), 3));
}

TEST(TraceTest, UndefinedWhereNotFinite) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    auto k = NormalMatrix(4, 2);
    k[5] = bad;
    EXPECT_FALSE(TraceTestMoments(k.data(), 4)) << bad;
  }
}

TEST(TraceTest, FloatsAgreeWithDoubles) {
  const auto k = NormalMatrix(40, 3);
  const std::vector<float> floats(k.begin(), k.end());
  EXPECT_NEAR(TraceTestMoments(floats.data(), 40)->z(), TraceTestMoments(k.data(), 40)->z(), 1e-5);
}

TEST(TraceTest, UniformUnderTheNull) {
  constexpr int kTests = 600;
  std::vector<double> p;
  for (int i = 0; i < kTests; ++i) {
    const auto k = NormalMatrix(12, 100 + static_cast<std::uint64_t>(i));
    const auto moments = TraceTestMoments(k.data(), 12);
    p.push_back(std::exp(TraceTestTail(k.data(), *moments, {.draws = 4096, .seed = 5, .threads = 1},
                                       BeyondDraws::kFloor)
                             .log_p));
  }
  std::ranges::sort(p);
  double distance = 0;  // Kolmogorov & Smirnov
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max(distance, std::abs(p[i] - (static_cast<double>(i) + 0.5) / kTests));
  }
  EXPECT_LT(distance, 1.63 / std::sqrt(kTests));  // 1 %
}

// A few units that outweigh all others make the normal tail say 1e-50 where p is about 1 / units.
TEST(TraceTest, IsNotFooledByOutliers) {
  constexpr std::size_t kUnits = 64;
  auto k = NormalMatrix(kUnits, 4);
  k[10 * kUnits + 10] = 1000;  // the outlier of A stands where B's stands: one order in 64
  const auto moments = TraceTestMoments(k.data(), kUnits);
  EXPECT_GT(moments->z(), 7);
  const TraceTail tail = TraceTestTail(
      k.data(), *moments, {.draws = 100'000, .seed = 1, .threads = 2}, BeyondDraws::kFloor);
  EXPECT_GT(tail.log_p, std::log(1e-3));
  EXPECT_GT(LogTraceBound(k.data(), kUnits), std::log(1e-3));
}

// The bound is above what is true: for all orders of 7 units.
TEST(TraceTest, BoundIsAboveTheExactTail) {
  constexpr std::size_t kUnits = 7;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto k = NormalMatrix(kUnits, seed);
    for (std::size_t i = 0; i < kUnits; ++i) k[i * (kUnits + 1)] += static_cast<double>(seed);
    double trace = 0, extreme = 0, count = 0;
    for (std::size_t i = 0; i < kUnits; ++i) trace += k[i * (kUnits + 1)];
    std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5, 6};
    do {
      double sum = 0;
      for (std::size_t i = 0; i < kUnits; ++i) sum += k[i * kUnits + order[i]];
      extreme += sum >= trace - 1e-12 ? 1 : 0;
      ++count;
    } while (std::ranges::next_permutation(order).found);
    EXPECT_GE(LogTraceBound(k.data(), kUnits), std::log(extreme / count) - 1e-9) << seed;
  }
}

TEST(TraceTest, StrongSignalsGoByTheBound) {
  constexpr std::size_t kUnits = 100;
  auto k = NormalMatrix(kUnits, 4);
  for (std::size_t i = 0; i < kUnits; ++i) k[i * (kUnits + 1)] += 50;
  const auto moments = TraceTestMoments(k.data(), kUnits);
  const TraceTail tail = TraceTestTail(k.data(), *moments, {.draws = 1000, .seed = 1, .threads = 2},
                                       BeyondDraws::kFloor);
  EXPECT_EQ(tail.method, TraceTailMethod::kBound);
  EXPECT_TRUE(tail.is_bound);
  EXPECT_LT(tail.log_p, -300);
  EXPECT_GE(tail.log_p, -LogFactorial(kUnits));  // one order of all is the least there is
}

}  // namespace trace_test_test
}  // namespace modelkin
