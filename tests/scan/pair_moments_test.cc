#include "scan/pair_moments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>

#include "scan/test_values.h"

namespace modelkin {
namespace pair_moments_test {

using testing::Generate;
using testing::Normal;

PairMoments MomentsAbout(double pivot_a, double pivot_b, std::span<const double> a,
                         std::span<const double> b) {
  PairSums sums;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - pivot_a;
    const double y = b[i] - pivot_b;
    sums.x += x;
    sums.xx += x * x;
    sums.xxx += x * x * x;
    sums.xxxx += x * x * x * x;
    sums.y += y;
    sums.yy += y * y;
    sums.yyy += y * y * y;
    sums.yyyy += y * y * y * y;
    sums.xy += x * y;
    sums.abs_diff += std::abs(a[i] - b[i]);
    sums.squared_diff += (a[i] - b[i]) * (a[i] - b[i]);
    sums.max_abs_diff = std::max(sums.max_abs_diff, std::abs(a[i] - b[i]));
    sums.bit_equal += a[i] == b[i] ? 1 : 0;
    sums.zeros_a += a[i] == 0 ? 1 : 0;
  }
  return MomentsFromSums(sums, a.size(), pivot_a, pivot_b);
}

struct Powers {
  long double mean = 0, m2 = 0, m3 = 0, m4 = 0;
  explicit Powers(std::span<const double> values) {
    for (const double v : values) mean += v;
    mean /= static_cast<long double>(values.size());
    for (const double v : values) {
      const long double d = v - mean;
      m2 += d * d;
      m3 += d * d * d;
      m4 += d * d * d * d;
    }
  }
};

PairMoments MomentsOf(std::span<const double> a, std::span<const double> b) {
  return MomentsAbout(static_cast<double>(Powers(a).mean), static_cast<double>(Powers(b).mean), a,
                      b);
}

// Relative to what the moment would be if all deviations had one sign.
void ExpectNearSide(const CentredMoments& side, const CentredMoments& expected, double n,
                    double error) {
  const double sd = std::sqrt(expected.m2 / n);
  EXPECT_NEAR(side.mean, expected.mean, error * (sd + std::abs(expected.mean)));
  EXPECT_NEAR(side.m2, expected.m2, error * expected.m2);
  EXPECT_NEAR(side.m3, expected.m3, error * n * sd * sd * sd * 10);
  EXPECT_NEAR(side.m4, expected.m4, error * expected.m4);
}

void ExpectNear(const PairMoments& one, const PairMoments& other, double error) {
  const auto n = static_cast<double>(other.finite_pairs);
  EXPECT_EQ(one.elements, other.elements);
  EXPECT_EQ(one.finite_pairs, other.finite_pairs);
  EXPECT_EQ(one.bit_equal, other.bit_equal);
  EXPECT_EQ(one.zeros_a, other.zeros_a);
  EXPECT_EQ(one.max_abs_diff, other.max_abs_diff);
  ExpectNearSide(one.a, other.a, n, error);
  ExpectNearSide(one.b, other.b, n, error);
  EXPECT_NEAR(one.cross, other.cross, error * std::sqrt(other.a.m2 * other.b.m2));
  EXPECT_NEAR(one.abs_diff, other.abs_diff, error * other.abs_diff);
  EXPECT_NEAR(one.squared_diff, other.squared_diff, error * other.squared_diff);
}

class PairMomentsTest : public ::testing::Test {
 protected:
  // Runs of unlike length, place and width.
  PairMoments Run(std::size_t begin, std::size_t end) const {
    return MomentsOf(std::span(a_).subspan(begin, end - begin),
                     std::span(b_).subspan(begin, end - begin));
  }

  const std::vector<double> noise_ = Normal(3000, 0, 1, 1);
  const std::vector<double> a_ = Generate(3000, [this](std::size_t i) {
    return i < 100 ? 5 + noise_[i] : i < 1700 ? 0.01 * noise_[i] : noise_[i] * noise_[i] - 3;
  });
  const std::vector<double> b_ = Generate(3000, [this](std::size_t i) {
    return i % 7 == 0 ? a_[i] : 0.5 * noise_[2999 - i] + 0.1 * a_[i];
  });
};

TEST_F(PairMomentsTest, FromSumsAreCentredMoments) {
  const PairMoments moments = MomentsAbout(-1.5, 0.25, a_, b_);
  const Powers a(a_);
  EXPECT_NEAR(moments.a.mean, static_cast<double>(a.mean), 1e-13);
  EXPECT_NEAR(moments.a.m2, static_cast<double>(a.m2), 1e-12 * moments.a.m2);
  EXPECT_NEAR(moments.a.m3, static_cast<double>(a.m3), 1e-12 * std::abs(moments.a.m3));
  EXPECT_NEAR(moments.a.m4, static_cast<double>(a.m4), 1e-11 * moments.a.m4);
}

TEST_F(PairMomentsTest, MergedRunsEqualOneRun) {
  for (const std::size_t cut : {1, 2, 99, 100, 1500, 2999}) {
    PairMoments merged = Run(0, cut);
    merged.Merge(Run(cut, 3000));
    ExpectNear(merged, Run(0, 3000), 1e-12);
  }
  PairMoments one_by_one;
  for (std::size_t i = 0; i < 3000; ++i) one_by_one.Merge(Run(i, i + 1));
  ExpectNear(one_by_one, Run(0, 3000), 1e-12);
}

TEST_F(PairMomentsTest, MergingIsAssociative) {
  PairMoments left = Run(0, 700);
  left.Merge(Run(700, 2000));
  left.Merge(Run(2000, 3000));
  PairMoments end = Run(700, 2000);
  end.Merge(Run(2000, 3000));
  PairMoments right = Run(0, 700);
  right.Merge(end);
  ExpectNear(left, right, 1e-12);
}

TEST_F(PairMomentsTest, EmptyRunsChangeNothing) {
  const PairMoments whole = Run(0, 3000);
  PairMoments merged;
  merged.Merge(whole);
  merged.Merge(PairMoments());
  merged.Merge(MomentsFromSums({}, 0, 7, 8));
  ExpectNear(merged, whole, 0);
}

TEST_F(PairMomentsTest, CountsOfRunsWithoutFinitePairsAreKept) {
  PairMoments moments = Run(0, 10);
  PairMoments nothing_finite;
  nothing_finite.elements = 5;
  nothing_finite.nan_a = 5;
  nothing_finite.infinite_b = 2;
  nothing_finite.bit_equal = 1;
  const double mean = moments.a.mean;
  const std::uint64_t bit_equal = moments.bit_equal;
  moments.Merge(nothing_finite);
  EXPECT_EQ(moments.elements, 15U);
  EXPECT_EQ(moments.finite_pairs, 10U);
  EXPECT_EQ(moments.nan_a, 5U);
  EXPECT_EQ(moments.infinite_b, 2U);
  EXPECT_EQ(moments.bit_equal, bit_equal + 1);
  EXPECT_EQ(moments.a.mean, mean);
  nothing_finite.Merge(Run(0, 10));
  EXPECT_EQ(nothing_finite.a.mean, mean);
  EXPECT_EQ(nothing_finite.finite_pairs, 10U);
}

// Powers of a mean this large overflow, but no deviation does.
TEST_F(PairMomentsTest, FirstRunMayLieFarOut) {
  const std::vector<double> far = {1e160, 1e160, 1e160};
  PairMoments merged;
  merged.Merge(MomentsOf(far, far));
  merged.Merge(MomentsOf(far, far));
  EXPECT_EQ(merged.a.mean, 1e160);
  EXPECT_EQ(merged.a.m2, 0.0);
  EXPECT_EQ(merged.a.m4, 0.0);
  EXPECT_EQ(merged.cross, 0.0);
}

// Nothing is lost beside a mean far above the deviation.
TEST(PairMoments, MeanFarAboveDeviation) {
  const auto values =
      Generate(1000, [](std::size_t i) { return 1e6 + static_cast<double>(i % 2); });
  PairMoments merged;
  for (std::size_t i = 0; i < 1000; i += 10) {
    const auto run = std::span(values).subspan(i, 10);
    merged.Merge(MomentsOf(run, run));
  }
  EXPECT_EQ(merged.a.mean, 1e6 + 0.5);
  EXPECT_EQ(merged.a.m2, 250.0);
  EXPECT_EQ(merged.cross, 250.0);
  EXPECT_EQ(merged.a.m4, 62.5);
}

}  // namespace pair_moments_test
}  // namespace modelkin
