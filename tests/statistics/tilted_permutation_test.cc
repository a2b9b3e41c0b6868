#include "statistics/tilted_permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace modelkin {
namespace tilted_permutation_test {

using Columns = std::vector<std::uint32_t>;

const std::vector<double> kValues = {2, 0, -1, 0.5, 1, 0, 0, 0, 3, 1, -2, 0.5, 0, 0, 0, 0};

std::vector<Columns> AllOrders() {
  std::vector<Columns> orders;
  Columns columns = {0, 1, 2, 3};
  do {
    orders.push_back(columns);
  } while (std::ranges::next_permutation(columns).found);
  return orders;
}

TEST(TiltedPermutation, ProbabilitiesSumToOne) {
  for (const double scale : {0.0, 0.3, 1.0, 5.0, 1000.0}) {
    const TiltedPermutation tilted(kValues, 4, scale);
    double sum = 0;
    for (const Columns& order : AllOrders()) sum += std::exp(tilted.LogProbability(order));
    EXPECT_NEAR(sum, 1, 1e-6) << scale;
  }
}

TEST(TiltedPermutation, DrawsComeWithTheirProbability) {
  const TiltedPermutation tilted(kValues, 4, 0.7);
  std::map<Columns, int> counts;
  Random random(3, 0);
  constexpr int kDrawn = 40'000;
  Columns columns;
  for (int i = 0; i < kDrawn; ++i) {
    const double log_probability = tilted.Draw(random, columns);
    EXPECT_NEAR(log_probability, tilted.LogProbability(columns), 1e-9);
    ++counts[columns];
  }
  for (const Columns& order : AllOrders()) {
    const double expected = kDrawn * std::exp(tilted.LogProbability(order));
    EXPECT_NEAR(counts[order], expected, 5 * std::sqrt(expected) + 1);
  }
}

// By the definition: row by row, among the columns left.
TEST(TiltedPermutation, ProbabilityIsTheProductOverRows) {
  constexpr double kScale = 0.9;
  std::vector<double> means(4, 0), weights(16);
  for (std::size_t i = 0; i < 16; ++i) means[i % 4] += kValues[i] / 4;
  for (std::size_t i = 0; i < 16; ++i) weights[i] = std::exp(kScale * (kValues[i] - means[i % 4]));
  const Columns order = {2, 0, 3, 1};
  const double expected = weights[2] / (weights[0] + weights[1] + weights[2] + weights[3]) *
                          weights[4] / (weights[4] + weights[5] + weights[7]) * weights[11] /
                          (weights[9] + weights[11]);
  EXPECT_NEAR(TiltedPermutation(kValues, 4, kScale).LogProbability(order), std::log(expected),
              1e-5);
}

TEST(TiltedPermutation, DoesNotDependOnTheNumbersOfColumns) {
  const Columns renumbered = {3, 1, 0, 2};
  std::vector<double> values(16);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) values[i * 4 + renumbered[j]] = kValues[i * 4 + j];
  }
  const TiltedPermutation tilted(kValues, 4, 1), other(values, 4, 1);
  for (const Columns& order : AllOrders()) {
    Columns same(4);
    for (std::size_t i = 0; i < 4; ++i) same[i] = renumbered[order[i]];
    EXPECT_NEAR(tilted.LogProbability(order), other.LogProbability(same), 1e-6);
  }
}

TEST(TiltedPermutation, OfOneUnitThereIsOneOrder) {
  const std::vector<double> one = {-7};
  Columns columns;
  Random random(1, 0);
  EXPECT_EQ(TiltedPermutation(one, 1, 3).Draw(random, columns), 0);
  EXPECT_EQ(columns, Columns{0});
}

}  // namespace tilted_permutation_test
}  // namespace modelkin
