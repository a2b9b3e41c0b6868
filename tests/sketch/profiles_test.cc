#include "sketch/profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace modelkin::testing {
namespace profiles_test {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<float> LogNormal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = std::exp(0.3F * normal(random));
  return values;
}

TEST(NormProfile, IsOfQuantilesBesideTheMedian) {
  std::vector<float> weights(101);  // 2^0 to 2^1, in steps of 2^(1/100)
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = std::exp2f(0.01F * static_cast<float>(i));
  // Quantile q is 2^(q - 1/2) times the median: 64 (q - 1/2) steps.
  EXPECT_THAT(*NormProfile(weights), ElementsAre(97, 99, 106, 115, 141, 150, 157, 159));
}

TEST(NormProfile, ChangesWithNeitherOrderNorScaleNorSigns) {
  std::vector<float> weights = LogNormal(300, 1);
  const auto profile = NormProfile(weights);
  std::ranges::reverse(weights);
  for (float& weight : weights) weight *= -4;
  EXPECT_EQ(NormProfile(weights), profile);
  EXPECT_NE(NormProfile(LogNormal(300, 2)), profile);
}

TEST(NormProfile, IsThereOnlyWhereItSaysSomething) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(NormProfile({}));
  EXPECT_FALSE(NormProfile(std::vector<float>(8, 1.0F)));
  EXPECT_FALSE(NormProfile(std::vector<float>{1, 2, kNan}));
  EXPECT_FALSE(NormProfile(std::vector<float>{0, 0, 0, 1}));
  EXPECT_FALSE(NormProfile(std::vector<float>{3}));
}

TEST(SpectrumProfile, IsBesideTheGeometricMean) {
  EXPECT_THAT(*SpectrumProfile(std::vector<float>(32, 5.0F)), Each(128));
  std::vector<float> values(16);  // 2^7.5 to 2^-7.5, whose mean is 1
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::exp2f(7.5F - static_cast<float>(i));
  const auto profile = *SpectrumProfile(values);
  EXPECT_EQ(profile[6], 128 + 36);  // 2^1.5
  EXPECT_EQ(profile[9], 128 - 36);
  EXPECT_EQ(profile[0], 255);  // as large as a code gets
  EXPECT_EQ(profile[15], 1);
}

TEST(SpectrumProfile, NeedsTwoValues) {
  EXPECT_FALSE(SpectrumProfile({}));
  EXPECT_FALSE(SpectrumProfile(std::vector<float>{1}));
  EXPECT_FALSE(SpectrumProfile(std::vector<float>{1, 1e-9F}));
  EXPECT_FALSE(SpectrumProfile(std::vector<float>(4)));
}

// The mirror image of each row by a plane: a rotation of the residual stream.
std::vector<float> Reflected(std::vector<float> matrix, std::size_t columns) {
  const std::vector<float> normal = LogNormal(columns, 9);
  float squares = 0;
  for (const float value : normal) squares += value * value;
  for (std::size_t row = 0; row < matrix.size() / columns; ++row) {
    float product = 0;
    for (std::size_t c = 0; c < columns; ++c) product += matrix[row * columns + c] * normal[c];
    for (std::size_t c = 0; c < columns; ++c) {
      matrix[row * columns + c] -= 2 * product / squares * normal[c];
    }
  }
  return matrix;
}

TEST(MatrixProfile, ChangesNeitherWithRotationsNorWithTheOrderOfRows) {
  constexpr std::size_t kRows = 24, kColumns = 40;
  const std::vector<float> matrix = LogNormal(kRows * kColumns, 3);
  const auto profile = MatrixProfile(matrix, kRows, kColumns, {});
  std::vector<float> turned = Reflected(matrix, kColumns);
  std::rotate(turned.begin(), turned.begin() + 5 * kColumns, turned.end());
  const auto other = MatrixProfile(turned, kRows, kColumns, {});
  ASSERT_TRUE(profile && other);
  for (std::size_t k = 0; k < kSpectrumValues; ++k) EXPECT_NEAR((*profile)[k], (*other)[k], 1);
}

TEST(MatrixProfile, FoldsTheNormIn) {
  constexpr std::size_t kRows = 24, kColumns = 40;
  const std::vector<float> matrix = LogNormal(kRows * kColumns, 4), norm = LogNormal(kColumns, 5);
  std::vector<float> folded = matrix;
  for (std::size_t i = 0; i < folded.size(); ++i) folded[i] *= norm[i % kColumns];
  EXPECT_EQ(MatrixProfile(matrix, kRows, kColumns, norm),
            MatrixProfile(folded, kRows, kColumns, {}));
  EXPECT_NE(MatrixProfile(matrix, kRows, kColumns, norm),
            MatrixProfile(matrix, kRows, kColumns, {}));
}

TEST(MatrixProfile, HasNothingOfWhatIsNotFinite) {
  EXPECT_FALSE(MatrixProfile({1, 2, std::numeric_limits<float>::infinity(), 4}, 2, 2, {}));
}

}  // namespace profiles_test
}  // namespace modelkin::testing
