#include "lineage/head_arrangements.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace modelkin {
namespace head_arrangements_test {

std::vector<float> RandomSquare(std::size_t size, std::mt19937& random) {
  std::normal_distribution<float> normal(0.3F, 1);
  std::vector<float> values(size * size);
  for (float& value : values) value = normal(random);
  return values;
}

// Over all orders of two groups of two query heads, one by one.
TEST(HeadArrangements, MeanIsThatOfAllOrders) {
  std::mt19937 random(3);
  const HeadSimilarities layer{.query = RandomSquare(4, random), .group = RandomSquare(2, random)};
  constexpr std::array<std::array<std::size_t, 2>, 2> kOrders = {{{0, 1}, {1, 0}}};
  double mean = 0;
  for (const auto& groups : kOrders) {
    for (const auto& first : kOrders) {
      for (const auto& second : kOrders) {
        for (std::size_t g = 0; g < 2; ++g) {
          const auto& members = g == 0 ? first : second;
          mean += layer.group[g * 2 + groups[g]] / 8.0;
          for (std::size_t h = 0; h < 2; ++h) {
            mean += layer.query[(2 * g + h) * 4 + 2 * groups[g] + members[h]] / 8.0;
          }
        }
      }
    }
  }
  const HeadArrangements arrangements({layer, layer}, HeadCounts{.query = 4, .groups = 2});
  EXPECT_NEAR(arrangements.Mean(), 2 * mean, 1e-6);
  EXPECT_GT(std::abs(mean), 0.1);
}

}  // namespace head_arrangements_test
}  // namespace modelkin
