#include "kinship/distinct_magnitudes.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "statistics/random.h"

namespace modelkin {
namespace distinct_magnitudes_test {

// By the definition.
std::vector<double> Distinct(const std::vector<float>& values) {
  std::set<double> magnitudes;
  for (const float value : values) magnitudes.insert(std::abs(static_cast<double>(value)));
  magnitudes.erase(0);
  return {magnitudes.begin(), magnitudes.end()};
}

// Finite, of all sizes, of floats whose last `zeros` bits are 0.
std::vector<float> Values(std::size_t count, unsigned zeros, std::uint64_t seed) {
  Random random(seed, 0);
  std::vector<float> values;
  while (values.size() < count) {
    const auto bits = static_cast<std::uint32_t>(random.Uniform() * 0x1p32) >> zeros << zeros;
    const auto value = std::bit_cast<float>(bits);
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

TEST(DistinctMagnitudes, AreThoseOfTheDefinition) {
  for (const unsigned zeros : {0U, 15U, 16U, 20U, 26U}) {
    for (const std::size_t count : {1U, 64U, 65U, 5000U}) {
      const auto values = Values(count, zeros, count + zeros);
      EXPECT_EQ(DistinctMagnitudes(values), Distinct(values)) << zeros << ' ' << count;
    }
  }
}

TEST(DistinctMagnitudes, OfTheSmallestAndTheLargestThatBf16Holds) {
  std::vector<float> values(100, -0.0F);
  EXPECT_TRUE(DistinctMagnitudes(values).empty());
  const float largest = std::bit_cast<float>(0x7f7f0000U), smallest = 0x1p-133F;
  values.insert(values.end(), {largest, -largest, -smallest, 1, 2, -2, 0});
  EXPECT_EQ(DistinctMagnitudes(values), (std::vector<double>{0x1p-133, 1, 2, largest}));
}

TEST(DistinctMagnitudes, OfNothing) {
  EXPECT_TRUE(DistinctMagnitudes({}).empty());
  EXPECT_TRUE(SmallestMagnitudes({}).empty());
}

TEST(SmallestMagnitudes, AreTheFirstOfTheDefinition) {
  for (const unsigned zeros : {0U, 16U}) {
    const auto values = Values(3000, zeros, zeros);
    // The smallest values, some of which may be of one magnitude.
    std::multiset<double> magnitudes;
    for (const float value : values) {
      if (value != 0) magnitudes.insert(std::abs(static_cast<double>(value)));
    }
    std::set<double> smallest;
    auto next = magnitudes.begin();
    for (std::size_t i = 0; i < kFewMagnitudes; ++i) smallest.insert(*next++);
    EXPECT_EQ(SmallestMagnitudes(values), std::vector<double>(smallest.begin(), smallest.end()));
  }
}

}  // namespace distinct_magnitudes_test
}  // namespace modelkin
