#include "requests/recipe_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "requests/ties_fit.h"

namespace modelkin {
namespace recipe_values_test {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(SimpleWeights, BeginWithTheFewestDecimals) {
  const auto simple = SimpleWeights({0.30000001, 0.69999999}, 0.004, true);
  EXPECT_THAT(simple.front(), ElementsAre(0.3, 0.7));
  EXPECT_THAT(SimpleWeights({1.0 / 3, 2.0 / 3}, 0.004, true), Contains(ElementsAre(1, 2)));
  EXPECT_THAT(SimpleWeights({0.24, 0.4, 0.36}, 0.004, true), Contains(ElementsAre(0.3, 0.5, 0.45)));
  EXPECT_THAT(SimpleWeights({0.123456789}, 1e-9, false).back(), ElementsAre(0.123456789));
}

TEST(PointsThrough, AreAsFewAsThereMayBe) {
  std::vector<WeightSample> samples;
  for (int layer = 0; layer < 17; ++layer) {
    const double t = layer / 16.0;
    samples.push_back({t, {t < 0.5 ? 2 * t : 2 - 2 * t, 0.25 + 1e-4 * std::sin(layer)}, 1});
  }
  const auto points = PointsThrough(samples, 0.01, 8);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_THAT(points[0], ElementsAre(0, 1, 0));
  ASSERT_EQ(points[1].size(), 3U);
  for (const double point : points[1]) EXPECT_THAT(point, DoubleNear(0.25, 0.011));
  samples[5].weights[0] = 5;
  EXPECT_TRUE(PointsThrough(samples, 0.01, 3).empty());
}

// What TIES makes of changes.
TrialValues Merged(const std::vector<double>& weights, const std::vector<double>& densities,
                   bool normalized) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  constexpr std::size_t kCount = 20'000;
  TrialValues values{.parents = std::vector<std::vector<float>>(weights.size()), .step = 0x1p-24};
  std::vector<float> thresholds;
  for (std::size_t k = 0; k < kCount; ++k) values.base.push_back(normal(random));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::vector<float> sizes;
    for (std::size_t k = 0; k < kCount; ++k) {
      const float change = 0.1F * normal(random);
      values.parents[i].push_back(values.base[k] + change);
      sizes.push_back(std::abs(values.parents[i][k] - values.base[k]));
    }
    std::ranges::sort(sizes, std::greater());
    thresholds.push_back(sizes[static_cast<std::size_t>(densities[i] * kCount) - 1]);
  }
  for (std::size_t k = 0; k < kCount; ++k) {
    double sum = 0, own = 0, all = 0;
    std::vector<double> kept;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float change = values.parents[i][k] - values.base[k];
      kept.push_back(std::abs(change) >= thresholds[i] ? weights[i] * change : 0);
      sum += kept.back();
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (kept[i] == 0 || (kept[i] > 0) != (sum >= 0)) continue;
      own += kept[i];
      all += weights[i];
    }
    const double change = normalized && all != 0 ? own / all : own;
    values.result.push_back(static_cast<float>(values.base[k] + change));
  }
  return values;
}

TEST(TiesFit, FindsWeightsAndDensities) {
  const auto raw = FitTies(Merged({0.48, 0.56}, {0.5, 0.3}, false));
  ASSERT_TRUE(raw);
  EXPECT_FALSE(raw->normalized);
  EXPECT_THAT(raw->weights, ElementsAre(DoubleNear(0.48, 1e-3), DoubleNear(0.56, 1e-3)));
  EXPECT_THAT(raw->densities, ElementsAre(DoubleNear(0.5, 2e-3), DoubleNear(0.3, 2e-3)));
  const auto shares = FitTies(Merged({0.25, 0.75}, {0.2, 0.7}, true));
  ASSERT_TRUE(shares);
  EXPECT_TRUE(shares->normalized);
  EXPECT_THAT(shares->weights, ElementsAre(DoubleNear(0.25, 1e-3), DoubleNear(0.75, 1e-3)));
  EXPECT_THAT(shares->densities, ElementsAre(DoubleNear(0.2, 2e-3), DoubleNear(0.7, 2e-3)));
}

}  // namespace recipe_values_test
}  // namespace modelkin
