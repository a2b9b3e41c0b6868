#include "statistics/grouped_permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "statistics/log_tail.h"
#include "statistics/tilted_permutation.h"

namespace modelkin {
namespace grouped_permutation_test {

using Columns = std::vector<std::uint32_t>;

constexpr std::size_t kUnits = 5;
const std::vector<float> kValues = {2, 0,    -1, 0.5, 1, 0, 0, 0, 3,    1, -2, 0.5, 0,
                                    0, 0.25, 0,  1.5, 1, 0, 2, 1, -0.5, 0, 1,  1};

std::vector<Columns> AllOrders() {
  std::vector<Columns> orders;
  Columns columns = {0, 1, 2, 3, 4};
  do {
    orders.push_back(columns);
  } while (std::ranges::next_permutation(columns).found);
  return orders;
}

TEST(GroupedPermutation, ProbabilitiesSumToOne) {
  for (const std::size_t group : {1, 2, 3, 5, 32}) {
    for (const double scale : {0.0, 0.3, 1.0, 5.0, 1000.0}) {
      const GroupedPermutation grouped(kValues.data(), kUnits, scale, group);
      double sum = 0;
      for (const Columns& order : AllOrders()) sum += std::exp(grouped.LogRatio(order)) / 120;
      EXPECT_NEAR(sum, 1, 1e-6) << group << " " << scale;
    }
  }
}

TEST(GroupedPermutation, DrawsComeWithTheirProbability) {
  const GroupedPermutation grouped(kValues.data(), kUnits, 0.7, 2);
  std::map<Columns, int> counts;
  Random random(3, 0);
  constexpr int kDrawn = 60'000;
  Columns columns;
  for (int i = 0; i < kDrawn; ++i) {
    const double log_ratio = grouped.Draw(random, columns);
    EXPECT_NEAR(log_ratio, grouped.LogRatio(columns), 1e-9);
    ++counts[columns];
  }
  for (const Columns& order : AllOrders()) {
    const double expected = kDrawn / 120.0 * std::exp(grouped.LogRatio(order));
    EXPECT_NEAR(counts[order], expected, 5 * std::sqrt(expected) + 1);
  }
}

// Rows 0, 3 and 1, 4 and 2: the columns of each group have every set with the same probability.
TEST(GroupedPermutation, ProbabilityIsThatOfTheDealTimesThoseOfTheGroups) {
  const Columns order = {2, 0, 3, 1, 4};
  const double kScale = 0.9;
  double log_ratio = std::log(2) + std::log(2);
  for (const auto& [row, other] : {std::pair{0U, 3U}, std::pair{1U, 4U}}) {
    std::vector<double> block;
    for (const std::uint32_t r : {row, other}) {
      for (const std::uint32_t c : {row, other}) block.push_back(kValues[r * kUnits + order[c]]);
    }
    log_ratio += TiltedPermutation(block, 2, kScale).LogProbability(Columns{0, 1});
  }
  EXPECT_NEAR(GroupedPermutation(kValues.data(), kUnits, kScale, 2).LogRatio(order), log_ratio,
              1e-12);
}

TEST(GroupedPermutation, OfOneGroupItIsTheTiltedPermutation) {
  const std::vector<double> values(kValues.begin(), kValues.end());
  const TiltedPermutation tilted(values, kUnits, 1.1);
  const GroupedPermutation grouped(kValues.data(), kUnits, 1.1);
  for (const Columns& order : AllOrders()) {
    EXPECT_NEAR(grouped.LogRatio(order), tilted.LogProbability(order) + LogFactorial(kUnits), 1e-9);
  }
}

TEST(GroupedPermutation, DoesNotDependOnTheNumbersOfColumns) {
  const Columns renumbered = {3, 1, 4, 2, 0};
  std::vector<float> values(kUnits * kUnits);
  for (std::size_t i = 0; i < kUnits; ++i) {
    for (std::size_t j = 0; j < kUnits; ++j) {
      values[i * kUnits + renumbered[j]] = kValues[i * kUnits + j];
    }
  }
  const GroupedPermutation grouped(kValues.data(), kUnits, 1, 2),
      other(values.data(), kUnits, 1, 2);
  for (const Columns& order : AllOrders()) {
    Columns same(kUnits);
    for (std::size_t i = 0; i < kUnits; ++i) same[i] = renumbered[order[i]];
    EXPECT_NEAR(grouped.LogRatio(order), other.LogRatio(same), 1e-6);
  }
}

// Sums over draws are larger the stronger the tilt, with rows of several groups of 32.
TEST(GroupedPermutation, PrefersLargeEntries) {
  constexpr std::size_t kMany = 100;
  Random random(1, 0);
  std::vector<float> values(kMany * kMany);
  for (float& value : values) value = static_cast<float>(random.Uniform());
  double last = -1;
  for (const double scale : {0.0, 2.0, 20.0}) {
    const GroupedPermutation grouped(values.data(), kMany, scale);
    double sum = 0;
    Columns columns;
    for (int i = 0; i < 50; ++i) {
      grouped.Draw(random, columns);
      for (std::size_t row = 0; row < kMany; ++row) sum += values[row * kMany + columns[row]];
      std::ranges::sort(columns);
      for (std::uint32_t column = 0; column < kMany; ++column) ASSERT_EQ(columns[column], column);
    }
    EXPECT_GT(sum / 50 / kMany, last + 0.1);
    last = sum / 50 / kMany;
  }
}

}  // namespace grouped_permutation_test
}  // namespace modelkin
