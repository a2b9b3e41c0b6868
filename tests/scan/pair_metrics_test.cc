#include "scan/pair_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "scan/scan_files.h"
#include "scan/test_values.h"

namespace modelkin {
namespace pair_metrics_test {

using testing::Encode;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class PairMetricsTest : public ::testing::Test {
 protected:
  PairMetrics Of(const std::vector<double>& a, const std::vector<double>& b) const {
    return ComputeMetrics(
        files_.Scan(DType::kF64, Encode(DType::kF64, a), DType::kF64, Encode(DType::kF64, b)));
  }

  testing::ScanFiles files_;
};

TEST(Metric, ValueOrReason) {
  const Metric number = 2.5;
  EXPECT_TRUE(number.defined());
  EXPECT_EQ(number.value(), 2.5);
  EXPECT_FALSE(Metric().defined());
  EXPECT_EQ(Metric().undefined_reason(), "not computed");
  EXPECT_EQ(Metric(MetricGap::kZeroB).undefined_reason(), "all of b is zero");
  EXPECT_EQ(Metric(MetricGap::kZeroB).gap(), MetricGap::kZeroB);
  for (const double value : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(Metric(value).defined());
    EXPECT_EQ(Metric(value).undefined_reason(), "overflows double precision");
  }
}

// By hand: a = (3, 4), b = (4, 3).
TEST_F(PairMetricsTest, SmallNumbers) {
  const PairMetrics m = Of({3, 4}, {4, 3});
  EXPECT_DOUBLE_EQ(m.cosine_similarity.value(), 24.0 / 25);
  EXPECT_DOUBLE_EQ(m.shuffled_cosine.value(), 2 * 3.5 * 3.5 / 25);
  EXPECT_DOUBLE_EQ(m.pearson_correlation.value(), -1);
  EXPECT_DOUBLE_EQ(m.mean_abs_diff.value(), 1);
  EXPECT_DOUBLE_EQ(m.max_abs_diff.value(), 1);
  EXPECT_DOUBLE_EQ(m.rel_l2_a.value(), std::sqrt(2) / 5);
  EXPECT_DOUBLE_EQ(m.rel_l2_b.value(), std::sqrt(2) / 5);
  EXPECT_DOUBLE_EQ(m.p99_abs_diff.value(), 0);
  EXPECT_DOUBLE_EQ(m.cv_diff.value(), 0);
  EXPECT_DOUBLE_EQ(m.identical_fraction.value(), 0);
  EXPECT_DOUBLE_EQ(m.sign_agreement.value(), 1);
  EXPECT_DOUBLE_EQ(m.a.mean.value(), 3.5);
  EXPECT_DOUBLE_EQ(m.a.sd.value(), 0.5);
  EXPECT_DOUBLE_EQ(m.a.norm.value(), 5);
  EXPECT_DOUBLE_EQ(m.a.kurtosis.value(), 1);
  EXPECT_DOUBLE_EQ(m.a.sparsity.value(), 0);
  EXPECT_DOUBLE_EQ(m.a.p99_abs.value(), 3.99);
}

// a = (1, 0, -2, 0), b = (2, 0, 2, 5).
TEST_F(PairMetricsTest, ZerosAndSigns) {
  const PairMetrics m = Of({1, 0, -2, 0}, {2, 0, 2, 5});
  EXPECT_EQ(m.sign_agreement.value(), 0.5);  // of the two pairs without a zero
  EXPECT_EQ(m.a.sparsity.value(), 0.5);
  EXPECT_EQ(m.b.sparsity.value(), 0.25);
  EXPECT_EQ(m.bit_equal, 1U);
  EXPECT_EQ(m.identical_fraction.value(), 0.25);
  EXPECT_DOUBLE_EQ(m.rel_l2_a.value(), std::sqrt(42.0 / 5));
  EXPECT_DOUBLE_EQ(m.rel_l2_b.value(), std::sqrt(42.0 / 33));
  EXPECT_DOUBLE_EQ(m.cv_diff.value(),
                   std::abs(std::sqrt(19.0 / 16) * 4 - std::sqrt(51.0 / 16) * 4 / 9));
}

TEST_F(PairMetricsTest, EqualAndOppositeSides) {
  const std::vector<double> values = testing::Normal(1001, 0.3, 1, 1);
  const PairMetrics equal = Of(values, values);
  EXPECT_EQ(equal.cosine_similarity.value(), 1);
  EXPECT_EQ(equal.pearson_correlation.value(), 1);
  EXPECT_EQ(equal.rel_l2_a.value(), 0);
  EXPECT_EQ(equal.identical_fraction.value(), 1);
  std::vector<double> negative = values;
  for (double& value : negative) value = -value;
  const PairMetrics opposite = Of(values, negative);
  EXPECT_NEAR(opposite.cosine_similarity.value(), -1, 1e-15);
  EXPECT_GE(opposite.cosine_similarity.value(), -1);
  EXPECT_NEAR(opposite.pearson_correlation.value(), -1, 1e-15);
  EXPECT_EQ(opposite.sign_agreement.value(), 0);
}

// +0 and -0 are equal numbers of unequal bits.
TEST_F(PairMetricsTest, SignedZeros) {
  const PairMetrics m = Of({0.0, 0.0, 1}, {-0.0, 0.0, 1});
  EXPECT_EQ(m.bit_equal, 2U);
  EXPECT_EQ(m.max_abs_diff.value(), 0);
  EXPECT_EQ(m.cosine_similarity.value(), 1);
  EXPECT_EQ(m.b.sparsity.value(), 2.0 / 3);
}

TEST_F(PairMetricsTest, ReasonsOfConstantAndZeroSides) {
  const PairMetrics zero_a = Of({0, -0.0, 0}, {1, 2, 3});
  EXPECT_EQ(zero_a.cosine_similarity.undefined_reason(), "all of a is zero");
  EXPECT_EQ(zero_a.shuffled_cosine.undefined_reason(), "all of a is zero");
  EXPECT_EQ(zero_a.rel_l2_a.undefined_reason(), "all of a is zero");
  EXPECT_EQ(zero_a.pearson_correlation.undefined_reason(), "a is constant");
  EXPECT_EQ(zero_a.cv_diff.undefined_reason(),
            "mean of a is under a sixth of its standard deviation");
  EXPECT_EQ(zero_a.sign_agreement.undefined_reason(), "no pair of non-zero elements");
  EXPECT_EQ(zero_a.a.kurtosis.undefined_reason(), "a is constant");
  EXPECT_EQ(zero_a.rel_l2_b.value(), 1);
  EXPECT_EQ(zero_a.a.norm.value(), 0);

  const PairMetrics zero_b = Of({1, 2, 3}, {0, 0, 0});
  EXPECT_EQ(zero_b.cosine_similarity.undefined_reason(), "all of b is zero");
  EXPECT_EQ(zero_b.rel_l2_b.undefined_reason(), "all of b is zero");
  EXPECT_EQ(zero_b.pearson_correlation.undefined_reason(), "b is constant");
  EXPECT_EQ(zero_b.cv_diff.undefined_reason(),
            "mean of b is under a sixth of its standard deviation");

  const PairMetrics constant = Of({7, 7, 7}, {1, 2, 3});
  EXPECT_TRUE(constant.cosine_similarity.defined());
  EXPECT_EQ(constant.pearson_correlation.undefined_reason(), "a is constant");
  EXPECT_EQ(constant.a.sd.value(), 0);

  const PairMetrics balanced = Of({1, 2, 3}, {-1, 0, 1});
  EXPECT_EQ(balanced.cv_diff.undefined_reason(),
            "mean of b is under a sixth of its standard deviation");
}

TEST_F(PairMetricsTest, OneElement) {
  const PairMetrics m = Of({2}, {-3});
  EXPECT_EQ(m.cosine_similarity.value(), -1);
  EXPECT_EQ(m.pearson_correlation.undefined_reason(), "a is constant");
  EXPECT_EQ(m.a.p99_abs.value(), 2);
  EXPECT_EQ(m.p99_abs_diff.value(), 1);
}

TEST_F(PairMetricsTest, Overflow) {
  const PairMetrics m = Of({1e200, -1e200, 3e199}, {1e200, 2e200, -1e200});
  EXPECT_EQ(m.cosine_similarity.undefined_reason(), "overflows double precision");
  EXPECT_EQ(m.pearson_correlation.undefined_reason(), "overflows double precision");
  EXPECT_EQ(m.a.norm.undefined_reason(), "overflows double precision");
  EXPECT_EQ(m.a.p99_abs.value(), 1e200);
  EXPECT_EQ(m.max_abs_diff.value(), 3e200);
}

// Of one side alone: what is divided by an infinite norm is no 0.
TEST_F(PairMetricsTest, OverflowOfOneSide) {
  for (const bool of_a : {true, false}) {
    const std::vector<double> huge = {1e200, -1e200, 3e199}, plain = {1, 2, -1};
    const PairMetrics m = of_a ? Of(huge, plain) : Of(plain, huge);
    for (const Metric& metric :
         {m.cosine_similarity, m.shuffled_cosine, m.pearson_correlation, m.rel_l2_a, m.rel_l2_b,
          m.cv_diff, of_a ? m.a.norm : m.b.norm, of_a ? m.a.kurtosis : m.b.kurtosis}) {
      EXPECT_EQ(metric.undefined_reason(), "overflows double precision") << of_a;
    }
    EXPECT_TRUE((of_a ? m.b : m.a).norm.defined());
  }
}

// A sum of squares that underflows is not evidence of zeros or of a constant.
TEST_F(PairMetricsTest, UnderflowIsNeitherZeroNorConstant) {
  for (const double scale : {1e-150, 1e-160, 1e-200, 1e-310}) {
    const PairMetrics m = Of({scale, -2 * scale, 3 * scale}, {3, 1, 1});
    for (const Metric& metric : {m.cosine_similarity, m.shuffled_cosine, m.pearson_correlation,
                                 m.rel_l2_a, m.cv_diff, m.a.norm, m.a.sd, m.a.kurtosis}) {
      EXPECT_EQ(metric.undefined_reason(), "underflows double precision") << scale;
    }
    EXPECT_EQ(m.a.sparsity.value(), 0);
    EXPECT_EQ(m.b.norm.value(), std::sqrt(11));
    EXPECT_EQ(Of({3, 1, 1}, {scale, -2 * scale, 3 * scale}).cosine_similarity.undefined_reason(),
              "underflows double precision");
  }
  const PairMetrics small = Of({1e-100, -2e-100, 3e-100}, {3, 1, 1});
  EXPECT_NEAR(small.cosine_similarity.value(), 4 / std::sqrt(14 * 11), 1e-15);
  EXPECT_EQ(small.a.kurtosis.undefined_reason(), "underflows double precision");
}

TEST_F(PairMetricsTest, NonFiniteCounts) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const PairMetrics m = Of({1, nan, kInfinity, 4, 5}, {2, 1, nan, -kInfinity, 5});
  EXPECT_EQ(m.elements, 5U);
  EXPECT_EQ(m.finite_pairs, 2U);
  EXPECT_EQ(m.nan_a, 1U);
  EXPECT_EQ(m.nan_b, 1U);
  EXPECT_EQ(m.infinite_a, 1U);
  EXPECT_EQ(m.infinite_b, 1U);
  EXPECT_EQ(m.identical_fraction.value(), 0.2);
  EXPECT_EQ(m.mean_abs_diff.value(), 0.5);
}

TEST(PairMetricFields, NameEveryMetricOnce) {
  PairMetrics metrics;
  double next = 1;
  for (const PairMetricField& field : kPairMetricFields) metrics.*field.member = next++;
  for (const SideMetricField& field : kSideMetricFields) metrics.a.*field.member = next++;
  next = 1;
  for (const PairMetricField& field : kPairMetricFields) {
    EXPECT_EQ((metrics.*field.member).value(), next++) << field.name;
  }
  for (const SideMetricField& field : kSideMetricFields) {
    EXPECT_EQ((metrics.a.*field.member).value(), next++) << field.name;
  }
  EXPECT_EQ(metrics.cosine_similarity.value(), 1);
  EXPECT_EQ(metrics.sign_agreement.value(), 11);
}

}  // namespace pair_metrics_test
}  // namespace modelkin
