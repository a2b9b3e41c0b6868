// Exponentials against those of double, on every instruction set.
#include "kernels/exponentials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "support/simd_target_test.h"

namespace modelkin {
namespace exponentials_test {

// A few units in the last place.
constexpr double kBound = 5e-7;
constexpr std::size_t kLengths[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 128};

class Exponentials : public testing::SimdTargetTest {};

TEST_P(Exponentials, LargestAtEachPlace) {
  EXPECT_EQ(Largest(nullptr, 0), -INFINITY);
  for (const std::size_t count : kLengths) {
    for (std::size_t at = 0; at < count; ++at) {
      std::vector<float> values(count, -3);
      values[at] = -1;
      EXPECT_EQ(Largest(values.data(), count), -1) << count << " " << at;
      values[at] = INFINITY;
      EXPECT_EQ(Largest(values.data(), count), INFINITY) << count << " " << at;
    }
  }
  const std::vector<float> lowest(9, -INFINITY);
  EXPECT_EQ(Largest(lowest.data(), 9), -INFINITY);
}

TEST_P(Exponentials, ExpOfDifferencesAndTheirSum) {
  for (const std::size_t count : kLengths) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(3 - 0.37F * static_cast<float>(i));
    const std::vector<float> before = values;
    double sum = 0;
    const float total = ExponentiateAndSum(values.data(), count, 2.5F);
    for (std::size_t i = 0; i < count; ++i) {
      const double expected = std::exp(static_cast<double>(before[i]) - 2.5);
      EXPECT_NEAR(values[i], expected, kBound * (1 + std::abs(before[i])) * expected) << i;
      sum += expected;
    }
    EXPECT_NEAR(total, sum, 2e-6 * sum) << count;
  }
}

// From what is 0 to what is no float.
TEST_P(Exponentials, ExpOverItsWholeRange) {
  for (float x = -110; x < 100; x += 0.173F) {
    float value = x;
    ExponentiateAndSum(&value, 1, 0);
    const double expected = std::exp(static_cast<double>(x));
    if (expected > 3.4e38) {
      EXPECT_EQ(value, INFINITY) << x;
    } else {
      // Below 1e-38 floats are denormal, and may be lost.
      EXPECT_NEAR(value, expected, kBound * expected + 1.2e-38) << x;
    }
  }
  for (const float x : {-1e30F, -INFINITY}) {
    float value = x;
    EXPECT_EQ(ExponentiateAndSum(&value, 1, 0), 0) << x;
  }
  for (const float x : {1e30F, INFINITY}) {
    float value = x;
    EXPECT_EQ(ExponentiateAndSum(&value, 1, 0), INFINITY) << x;
  }
}

// Wherever it stands, and whatever stands beside it.
TEST_P(Exponentials, NanStays) {
  for (const std::size_t count : kLengths) {
    for (std::size_t at = 0; at < count; ++at) {
      std::vector<float> values(count, 0);
      values[at] = NAN;
      EXPECT_TRUE(std::isnan(ExponentiateAndSum(values.data(), count, 0)));
      EXPECT_TRUE(std::isnan(values[at]));
      std::fill(values.begin(), values.end(), 1.0F);
      values[at] = NAN;
      MultiplyBySigmoid(values.data(), count, 1, 0);
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(std::isnan(values[i]), i == at);
    }
  }
  // All of minus infinity: nothing to share out.
  std::vector<float> lowest(9, -INFINITY);
  EXPECT_TRUE(std::isnan(ExponentiateAndSum(lowest.data(), 9, -INFINITY)));
}

TEST_P(Exponentials, SigmoidsByFormula) {
  const float gelu = static_cast<float>(2 * std::sqrt(2 / std::numbers::pi));
  for (const auto& [scale, cubic] :
       {std::pair<float, float>{1, 0}, {1.702F, 0}, {gelu, 0.044715F}}) {
    std::vector<float> values;
    for (float x = -20; x < 20; x += 0.0625F) values.push_back(x);
    const std::vector<float> before = values;
    MultiplyBySigmoid(values.data(), values.size(), scale, cubic);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = before[i];
      const double inner = scale * (x + cubic * x * x * x);
      const double expected = x / (1 + std::exp(-inner));
      // The exponent's own rounding counts as often as it is large.
      EXPECT_NEAR(values[i], expected, kBound * (1 + std::abs(inner)) * std::abs(expected) + 1e-37)
          << scale << " " << x;
    }
  }
}

TEST_P(Exponentials, SigmoidsFarFromZero) {
  for (const float x : {1e4F, 1e30F}) {
    std::vector<float> values = {x, -x, 0};
    MultiplyBySigmoid(values.data(), 3, 1, 0);
    EXPECT_EQ(values, (std::vector<float>{x, 0, 0}));
  }
}

// The same bits wherever a value stands.
TEST_P(Exponentials, PlaceDoesNotMatter) {
  for (const std::size_t count : kLengths) {
    std::vector<float> values(count, 0.7F);
    ExponentiateAndSum(values.data(), count, 0.1F);
    float one = 0.7F;
    ExponentiateAndSum(&one, 1, 0.1F);
    for (const float value : values) EXPECT_EQ(value, one) << count;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Exponentials, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace exponentials_test
}  // namespace modelkin
