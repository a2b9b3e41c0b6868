#include "linalg/randomised_svd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "linalg/svd.h"

namespace modelkin {
namespace randomised_svd_test {

constexpr std::size_t kRows = 900, kColumns = 600;

std::vector<float> Normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Noise and a matrix of rank 12 whose singular values fall by a fifth from one to the next.
std::vector<float> WithEdge() {
  std::vector<float> matrix = Normal(kRows * kColumns, 1);
  for (float& value : matrix) value *= 0.01F;
  for (std::size_t k = 0; k < 12; ++k) {
    const auto left = Normal(kRows, 10 + k), right = Normal(kColumns, 30 + k);
    const float scale = std::pow(0.8F, static_cast<float>(k)) * 0.1F;
    for (std::size_t i = 0; i < matrix.size(); ++i) {
      matrix[i] += scale * left[i / kColumns] * right[i % kColumns];
    }
  }
  return matrix;
}

TEST(TopSingularValues, AgreeWithLapackBeforeAnEdge) {
  const auto matrix = WithEdge();
  const auto all = SingularValues(matrix, kRows, kColumns);
  const auto top = TopSingularValues(matrix, kRows, kColumns, 12, 1);
  ASSERT_TRUE(all && top);
  ASSERT_EQ(top->size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR((*top)[i] / (*all)[i], 1, 1e-3) << i;
}

TEST(TopSingularValues, AreShortByAFewPerCentInAFlatSpectrum) {
  const auto matrix = Normal(kRows * kColumns, 2);
  const auto all = SingularValues(matrix, kRows, kColumns);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto top = TopSingularValues(matrix, kRows, kColumns, 40, seed);
    ASSERT_TRUE(top);
    for (std::size_t i = 0; i < 40; ++i) {
      EXPECT_LE((*top)[i], (*all)[i] * (1 + 1e-5F));
      EXPECT_GE((*top)[i], (*all)[i] * 0.88F);
    }
    EXPECT_EQ(top, TopSingularValues(matrix, kRows, kColumns, 40, seed));
  }
}

TEST(TopSingularValues, Edges) {
  EXPECT_EQ(TopSingularValues({3, 0, 0, 4}, 2, 2, 5, 1)->size(), 2U);
  EXPECT_EQ(TopSingularValues({3, 0, 0, 4}, 2, 2, 1, 1)->front(), 4);
  EXPECT_TRUE(TopSingularValues({}, 0, 5, 3, 1)->empty());
  auto matrix = Normal(kRows * kColumns, 3);
  matrix[1000] = std::nanf("");
  EXPECT_FALSE(TopSingularValues(matrix, kRows, kColumns, 8, 1));
  const auto zeros =
      TopSingularValues(std::vector<float>(kRows * kColumns, 0.0F), kRows, kColumns, 8, 1);
  ASSERT_TRUE(zeros);
  for (const float value : *zeros) EXPECT_EQ(value, 0);
}

}  // namespace randomised_svd_test
}  // namespace modelkin
