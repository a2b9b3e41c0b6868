// Norms against their definitions in double.
#include "inference/norms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "inference/stored_model.h"

namespace modelkin {
namespace norms_test {

using testing::Normal;
using testing::NormalRows;

// Three float roundings: the factor, and two products.
constexpr double kBound = 3e-7;

void ExpectRmsNorm(Activations x, const std::vector<float>& weight, double epsilon) {
  const Activations before = x;
  RmsNormalise(x, weight, epsilon, 1);
  const std::size_t width = weight.size();
  for (std::size_t begin = 0; begin < x.values.size(); begin += width) {
    double squares = 0;
    for (std::size_t i = 0; i < width; ++i) squares += std::pow(before.values[begin + i], 2);
    for (std::size_t i = 0; i < width; ++i) {
      const double expected = before.values[begin + i] /
                              std::sqrt(squares / static_cast<double>(width) + epsilon) * weight[i];
      EXPECT_NEAR(x.values[begin + i], expected, kBound * std::abs(expected)) << begin + i;
    }
  }
}

void ExpectLayerNorm(Activations x, const std::vector<float>& weight,
                     const std::vector<float>& bias, double epsilon) {
  const Activations before = x;
  LayerNormalise(x, weight, bias, epsilon, 1);
  const auto width = static_cast<double>(x.columns);
  for (std::size_t row = 0; row < x.rows; ++row) {
    double mean = 0;
    for (std::size_t i = 0; i < x.columns; ++i) mean += before.Row(row)[i] / width;
    double variance = 0;
    for (std::size_t i = 0; i < x.columns; ++i) {
      variance += std::pow(before.Row(row)[i] - mean, 2) / width;
    }
    for (std::size_t i = 0; i < x.columns; ++i) {
      const double expected =
          (before.Row(row)[i] - mean) / std::sqrt(variance + epsilon) * weight[i] +
          (bias.empty() ? 0 : bias[i]);
      EXPECT_NEAR(x.Row(row)[i], expected, kBound * (1 + std::abs(expected))) << row << " " << i;
    }
  }
}

TEST(RmsNormalise, ByDefinition) {
  for (const std::size_t width : {1, 2, 7, 64, 129}) {
    ExpectRmsNorm(NormalRows(5, width, width), Normal(width, 1), 1e-5);
    ExpectRmsNorm(NormalRows(3, width, width), Normal(width, 2), 0.5);
  }
}

// Of heads: four in a row.
TEST(RmsNormalise, PartsOfRows) { ExpectRmsNorm(NormalRows(3, 24, 1), Normal(6, 2), 1e-6); }

TEST(RmsNormalise, ValuesOfAnySize) {
  Activations x(1, 3);
  x.values = {1e30F, -1e30F, 2e30F};  // whose squares are no floats
  ExpectRmsNorm(x, {1, 1, 1}, 1e-6);
  x.values = {1e-30F, 2e-30F, 0};
  ExpectRmsNorm(x, {1, 1, 1}, 1e-6);
  x.values = {1e-30F, 2e-30F, 0};
  ExpectRmsNorm(x, {1, 1, 1}, 0);
}

TEST(RmsNormalise, ZerosStayZeros) {
  Activations x(2, 3);
  RmsNormalise(x, {1, 2, 3}, 1e-6, 1);
  EXPECT_EQ(x.values, std::vector<float>(6, 0));
}

TEST(RmsNormalise, NoRows) {
  Activations x(0, 3);
  RmsNormalise(x, {1, 2, 3}, 1e-6, 1);
  EXPECT_TRUE(x.values.empty());
}

TEST(RmsNormalise, NanAndInfinityMakeTheirRowNan) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    Activations x(2, 2);
    x.values = {1, bad, 1, 1};
    RmsNormalise(x, {1, 1}, 1e-6, 1);
    EXPECT_TRUE(std::isnan(x.values[1]));
    EXPECT_NEAR(x.values[2], 1, 1e-5);
  }
}

TEST(LayerNormalise, ByDefinition) {
  for (const std::size_t width : {2, 7, 64, 129}) {
    ExpectLayerNorm(NormalRows(5, width, width), Normal(width, 1), Normal(width, 2), 1e-5);
    ExpectLayerNorm(NormalRows(5, width, width), Normal(width, 3), {}, 1e-12);
  }
}

// A mean far above the deviation, which sums in float would lose.
TEST(LayerNormalise, LargeMean) {
  Activations x(1, 4);
  x.values = {10000, 10001, 10002, 10003};
  ExpectLayerNorm(x, {1, 1, 1, 1}, {}, 1e-5);
}

TEST(LayerNormalise, ConstantRowsBecomeTheBias) {
  Activations x(1, 3);
  x.values = {5, 5, 5};
  LayerNormalise(x, {1, 2, 3}, {7, 8, 9}, 1e-5, 1);
  EXPECT_EQ(x.values, (std::vector<float>{7, 8, 9}));
  Activations one(2, 1);
  one.values = {3, -4};
  LayerNormalise(one, {2}, {}, 1e-5, 1);
  EXPECT_EQ(one.values, (std::vector<float>{0, 0}));
}

TEST(LayerNormalise, NanAndInfinityMakeTheirRowNan) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    Activations x(2, 2);
    x.values = {1, bad, 1, 2};
    LayerNormalise(x, {1, 1}, {}, 1e-6, 1);
    EXPECT_TRUE(std::isnan(x.values[0]));
    EXPECT_TRUE(std::isfinite(x.values[2]));
  }
}

}  // namespace norms_test
}  // namespace modelkin
