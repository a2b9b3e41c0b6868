#include "fingerprint/untrained_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace modelkin::testing {
namespace untrained_rows_test {

using Values = std::vector<double>;

constexpr std::size_t kRows = 16, kWidth = 24;

Values Normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Values values(count);
  for (double& value : values) value = normal(random);
  return values;
}

RowsTest RunTest(const Values& a, const Values& b, unsigned threads = 1) {
  return TestRows(a, b, kRows, kWidth, {.draws = 2000, .seed = 5, .threads = threads});
}

struct Reference {
  double cosine, by_chance, z, p;
};

Values Centred(Values values) {
  for (std::size_t i = 0; i < kWidth; ++i) {
    double sum = 0;
    for (std::size_t row = 0; row < kRows; ++row) sum += values[row * kWidth + i];
    for (std::size_t row = 0; row < kRows; ++row) values[row * kWidth + i] -= sum / kRows;
  }
  return values;
}

// K element by element, its moments from Hoeffding's d(i, j).
Reference ByHand(const Values& raw_a, const Values& raw_b) {
  const Values a = Centred(raw_a), b = Centred(raw_b);
  double k[kWidth][kWidth] = {}, rows[kWidth] = {}, columns[kWidth] = {}, all = 0, trace = 0;
  for (std::size_t i = 0; i < kWidth; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      for (std::size_t r = 0; r < kRows; ++r) k[i][j] += a[r * kWidth + i] * b[r * kWidth + j];
      rows[i] += k[i][j] / kWidth;
      columns[j] += k[i][j] / kWidth;
      all += k[i][j] / kWidth / kWidth;
    }
    trace += k[i][i];
  }
  double squares = 0, norm_a = 0, norm_b = 0;
  for (std::size_t i = 0; i < kWidth; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      squares += std::pow(k[i][j] - rows[i] - columns[j] + all, 2);
    }
  }
  constexpr int kOrders = 50'000;
  double as_extreme = 0;
  std::mt19937_64 random(1);
  std::vector<std::size_t> order(kWidth);
  std::iota(order.begin(), order.end(), 0U);
  for (int draw = 0; draw < kOrders; ++draw) {
    std::shuffle(order.begin(), order.end(), random);
    double sum = 0;
    for (std::size_t i = 0; i < kWidth; ++i) sum += k[i][order[i]];
    as_extreme += sum >= trace ? 1 : 0;
  }
  for (const double value : a) norm_a += value * value;
  for (const double value : b) norm_b += value * value;
  return {.cosine = trace / std::sqrt(norm_a * norm_b),
          .by_chance = all * kWidth / std::sqrt(norm_a * norm_b),
          .z = (trace - all * kWidth) / std::sqrt(squares / (kWidth - 1)),
          .p = as_extreme / kOrders};
}

TEST(TestRows, IsTheTraceStatisticOfCentredRows) {
  Values a = Normal(kRows * kWidth, 1), b = Normal(kRows * kWidth, 2);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] += 0.3 * a[i] + 5 * static_cast<double>(i % 7);
  const RowsTest test = RunTest(a, b);
  const Reference expected = ByHand(a, b);
  EXPECT_TRUE(test.skipped.empty());
  EXPECT_EQ(test.rows, kRows);
  EXPECT_NEAR(test.cosine, expected.cosine, 1e-12);
  EXPECT_NEAR(test.cosine_by_chance, expected.by_chance, 1e-12);
  EXPECT_GT(std::abs(test.cosine_by_chance), 1e-4);  // and not 0
  EXPECT_NEAR(test.z, expected.z, 1e-11);
  EXPECT_NEAR(std::exp(test.log_p), expected.p, 0.2 * expected.p);  // of 200 draws or more: 7 %
}

std::vector<float> AsFloats(const Values& values) { return {values.begin(), values.end()}; }

TEST(TestRows, InFloatIsTheSameUpToRounding) {
  for (const double share : {0.0, 0.2}) {
    const Values a = Normal(kRows * kWidth, 1);
    Values b = Normal(kRows * kWidth, 2);
    for (std::size_t i = 0; i < b.size(); ++i) b[i] += share * a[i] + 100;
    const Reference expected = ByHand(a, b);
    const RowsTest test =
        TestRowsInFloat(AsFloats(a), AsFloats(b), kRows, kWidth, {.draws = 20'000, .seed = 5});
    EXPECT_NEAR(test.cosine, expected.cosine, 1e-5);
    EXPECT_NEAR(test.z, expected.z, 1e-4);
    EXPECT_NEAR(std::exp(test.log_p), expected.p, 0.015);
  }
  EXPECT_EQ(TestRowsInFloat(AsFloats(Values(kRows * kWidth, 0.1)),
                            AsFloats(Normal(kRows * kWidth, 1)), kRows, kWidth, {})
                .skipped,
            SkipReason::kEqualRows);
}

TEST(TestRows, DoesNotChangeWithScaleOrSharedMean) {
  Values a = Normal(kRows * kWidth, 1), b = Normal(kRows * kWidth, 2);
  const RowsTest before = RunTest(a, b);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = 1e-100 * a[i];
    b[i] = 1e100 * (b[i] + static_cast<double>(i % kWidth % 3));
  }
  const RowsTest after = RunTest(a, b);
  EXPECT_NEAR(after.z, before.z, 1e-10);
  EXPECT_EQ(after.log_p, before.log_p);
}

// The mean that both models' under-trained rows have in common is no evidence.
TEST(TestRows, ASharedMeanAloneIsNotFound) {
  Values a = Normal(kRows * kWidth, 1), b = Normal(kRows * kWidth, 2);
  const Values mean = Normal(kWidth, 3);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] += 10 * mean[i % kWidth];
    b[i] += 10 * mean[i % kWidth];
  }
  EXPECT_LT(std::abs(RunTest(a, b).z), 3);
}

TEST(TestRows, OfTheSameRowsIsABound) {
  const Values a = Normal(kRows * kWidth, 1);
  const RowsTest test = RunTest(a, a);
  EXPECT_NEAR(test.cosine, 1, 1e-12);
  EXPECT_TRUE(test.is_bound);
  EXPECT_LT(test.log_p, std::log(1e-6));
}

TEST(TestRows, SaysWhyThereIsNoTest) {
  const Values good = Normal(kRows * kWidth, 1);
  for (const double value : {0.0, 0.1}) {
    EXPECT_EQ(RunTest(good, Values(good.size(), value)).skipped, SkipReason::kEqualRows);
    EXPECT_EQ(RunTest(Values(good.size(), value), good).skipped, SkipReason::kEqualRows);
  }
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity(), 1e200}) {
    Values bad = good;
    bad[3] = value;
    EXPECT_EQ(RunTest(good, bad).skipped, SkipReason::kNotFinite);
  }
  EXPECT_EQ(TestRows({}, {}, 0, kWidth, {}).skipped, SkipReason::kTooFewRows);
  EXPECT_EQ(TestRows({1, 2}, {1, 2}, 1, 2, {}).skipped, SkipReason::kTooFewRows);
  EXPECT_EQ(TestRows({1, 2}, {1, 2}, 2, 1, {}).skipped, SkipReason::kTooFewRows);
  EXPECT_EQ(TestRows(Values(2 * 8193), Values(2 * 8193), 2, 8193, {}).skipped,
            SkipReason::kTooWideForRows);
  // Coordinates that all hold the same have no order.
  Values same(kRows * kWidth);
  for (std::size_t i = 0; i < same.size(); ++i) same[i] = static_cast<double>(i / kWidth);
  EXPECT_EQ(RunTest(same, good).skipped, SkipReason::kEqualOrders);
}

TEST(TestRows, SameBitsForAnyNumberOfThreads) {
  const Values a = Normal(kRows * kWidth, 1), b = Normal(kRows * kWidth, 2);
  EXPECT_EQ(RunTest(a, b, 1).z, RunTest(a, b, 7).z);
  EXPECT_EQ(RunTest(a, b, 1).log_p, RunTest(a, b, 7).log_p);
}

}  // namespace untrained_rows_test
}  // namespace modelkin::testing
