#include "statistics/correlation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace modelkin::testing {
namespace correlation_test {

using Values = std::vector<double>;
using ::testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// By the textbook's formula over raw sums, in long double.
double Pearson(const Values& a, const Values& b) {
  const auto n = static_cast<long double>(a.size());
  long double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    x += a[i];
    y += b[i];
    xx += static_cast<long double>(a[i]) * a[i];
    yy += static_cast<long double>(b[i]) * b[i];
    xy += static_cast<long double>(a[i]) * b[i];
  }
  return static_cast<double>((n * xy - x * y) / sqrtl((n * xx - x * x) * (n * yy - y * y)));
}

// Counts smaller and equal values one by one.
Values CountedRanks(const Values& values) {
  Values ranks;
  for (const double value : values) {
    double smaller = 0, equal = 0;
    for (const double other : values) {
      smaller += other < value ? 1 : 0;
      equal += other == value ? 1 : 0;
    }
    ranks.push_back(smaller + (equal + 1) / 2);
  }
  return ranks;
}

Values Random(std::size_t count, std::uint64_t seed, double step) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(3, 1);
  Values values(count);
  for (double& value : values) value = std::round(normal(random) / step) * step;
  return values;
}

TEST(PearsonOf, IsTheTextbooks) {
  const Values a = Random(500, 1, 1e-9), b = Random(500, 2, 1e-9);
  Values sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += 2 * b[i];
  EXPECT_NEAR(*PearsonOf(a, b), Pearson(a, b), 1e-13);
  EXPECT_NEAR(*PearsonOf(a, sum), Pearson(a, sum), 1e-13);
  EXPECT_DOUBLE_EQ(*PearsonOf(a, a), 1);
}

TEST(PearsonOf, DoesNotDependOnScale) {
  const Values a = Random(100, 1, 1e-9), b = Random(100, 2, 1e-9);
  Values large = a, small = a;
  for (double& value : large) value *= 1e300;
  for (double& value : small) value *= -1e-300;
  EXPECT_NEAR(*PearsonOf(large, b), *PearsonOf(a, b), 1e-14);
  EXPECT_NEAR(*PearsonOf(small, b), -*PearsonOf(a, b), 1e-14);
}

TEST(PearsonOf, IsUndefinedForConstantsAndWhatIsNotFinite) {
  const Values a = {1, 2, 3};
  EXPECT_FALSE(PearsonOf(Values{}, Values{}));
  EXPECT_FALSE(PearsonOf(Values{1}, Values{2}));
  for (const double value : {0.0, 0.1, -1e300, 1e-300}) {
    EXPECT_FALSE(PearsonOf(a, Values(3, value))) << value;
  }
  for (const double value : {std::nan(""), kInfinity, -kInfinity}) {
    EXPECT_FALSE(PearsonOf(a, Values{1, value, 2})) << value;
    EXPECT_FALSE(PearsonOf(Values{1, value, 2}, a)) << value;
  }
}

TEST(Midranks, AreMeansOfThoseOfEqualValues) {
  EXPECT_THAT(Midranks(Values{5, 1, 5, 0}), ElementsAre(3.5, 2, 3.5, 1));
  EXPECT_THAT(Midranks(Values{7, 7, 7}), ElementsAre(2, 2, 2));
  EXPECT_THAT(Midranks(Values{0.0, -0.0}), ElementsAre(1.5, 1.5));
  EXPECT_TRUE(Midranks(Values{}).empty());
  const Values tied = Random(300, 3, 0.25);
  EXPECT_EQ(Midranks(tied), CountedRanks(tied));
}

TEST(SpearmanOfValues, IsPearsonOfCountedRanks) {
  const Values a = Random(300, 4, 0.25);
  Values b = Random(300, 5, 0.5);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] += a[i];
  EXPECT_NEAR(*SpearmanOfValues(a, b), Pearson(CountedRanks(a), CountedRanks(b)), 1e-13);
  Values curved = a;
  for (double& value : curved) value = -std::exp(value);
  EXPECT_NEAR(*SpearmanOfValues(a, curved), -1, 1e-13);
}

TEST(SpearmanOfValues, OfTiesOnlyThereIsNone) {
  EXPECT_FALSE(SpearmanOfValues(Values(200'000, 1.5), Values(200'000, 2.5)));
  EXPECT_FALSE(SpearmanOfValues(Values{1, kInfinity}, Values{1, 2}));
  EXPECT_FALSE(SpearmanOfValues(Values{1}, Values{1}));
}

}  // namespace correlation_test
}  // namespace modelkin::testing
