#include "linalg/svd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace modelkin {
namespace svd_test {

std::vector<double> Normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

double Product(const std::vector<double>& a, const std::vector<double>& b, std::size_t size,
               std::size_t row, std::size_t column) {
  double sum = 0;  // of a transpose(b)
  for (std::size_t k = 0; k < size; ++k) sum += a[row * size + k] * b[column * size + k];
  return sum;
}

TEST(SingularValues, OfAKnownMatrix) {
  // [[3, 0], [4, 5]]: squares are 45 and 5.
  const auto values = SingularValues(std::vector<double>{3, 0, 4, 5}, 2, 2);
  ASSERT_TRUE(values);
  EXPECT_NEAR((*values)[0], std::sqrt(45.0), 1e-14);
  EXPECT_NEAR((*values)[1], std::sqrt(5.0), 1e-14);
}

TEST(SingularValues, SquaresAddUpToThoseOfTheMatrix) {
  const std::vector<double> matrix = Normal(7 * 12, 1);
  double squares = 0;
  for (const double value : matrix) squares += value * value;
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>(7, 12), {12, 7}}) {
    const auto values = SingularValues(matrix, rows, columns);
    const auto in_float =
        SingularValues(std::vector<float>(matrix.begin(), matrix.end()), rows, columns);
    ASSERT_TRUE(values && in_float);
    ASSERT_EQ(values->size(), 7);
    double sum = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      sum += (*values)[i] * (*values)[i];
      EXPECT_NEAR((*in_float)[i], (*values)[i], 1e-5);
      EXPECT_GE((*values)[i > 0 ? i - 1 : 0], (*values)[i]);
    }
    EXPECT_NEAR(sum, squares, 1e-12 * squares);
  }
}

TEST(SingularValues, Edges) {
  EXPECT_TRUE(SingularValues(std::vector<double>{}, 0, 3)->empty());
  EXPECT_EQ(SingularValues(std::vector<double>{-2}, 1, 1)->front(), 2);
  EXPECT_EQ(SingularValues(std::vector<double>(6, 0.0), 2, 3)->front(), 0);
  EXPECT_FALSE(SingularValues(std::vector<double>{1, std::nan("")}, 1, 2));
  EXPECT_FALSE(SingularValues(std::vector<float>{std::numeric_limits<float>::infinity()}, 1, 1));
}

TEST(NearestOrthogonal, IsOrthogonalAndFindsARotation) {
  constexpr std::size_t kSize = 9;
  const auto rotation = NearestOrthogonal(Normal(kSize * kSize, 2), kSize);
  ASSERT_TRUE(rotation);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      EXPECT_NEAR(Product(*rotation, *rotation, kSize, i, j), i == j ? 1 : 0, 1e-13);
    }
  }
  // X^T (X Q) for 40 rows X: the Procrustes solution is Q itself.
  const std::vector<double> rows = Normal(40 * kSize, 3);
  std::vector<double> turned(rows.size(), 0), product(kSize * kSize, 0);
  for (std::size_t r = 0; r < 40; ++r) {
    for (std::size_t i = 0; i < kSize; ++i) {
      for (std::size_t j = 0; j < kSize; ++j) {
        turned[r * kSize + j] += rows[r * kSize + i] * (*rotation)[i * kSize + j];
      }
    }
    for (std::size_t i = 0; i < kSize; ++i) {
      for (std::size_t j = 0; j < kSize; ++j) {
        product[i * kSize + j] += rows[r * kSize + i] * turned[r * kSize + j];
      }
    }
  }
  const auto found = NearestOrthogonal(product, kSize);
  ASSERT_TRUE(found);
  for (std::size_t i = 0; i < kSize * kSize; ++i) EXPECT_NEAR((*found)[i], (*rotation)[i], 1e-12);
}

TEST(NearestOrthogonal, Edges) {
  EXPECT_TRUE(NearestOrthogonal({}, 0)->empty());
  EXPECT_EQ(NearestOrthogonal({-3}, 1)->front(), -1);
  EXPECT_FALSE(NearestOrthogonal({std::nan("")}, 1));
}

TEST(PrincipalAxes, OfAKnownMatrix) {
  const auto axes = PrincipalAxes({2, 1, 1, 2}, 2);
  ASSERT_TRUE(axes);
  EXPECT_NEAR(axes->values[0], 3, 1e-12);
  EXPECT_NEAR(axes->values[1], 1, 1e-12);
  EXPECT_NEAR(axes->vectors[0] * axes->vectors[1], 0.5, 1e-12);
  EXPECT_NEAR(axes->vectors[2] * axes->vectors[3], -0.5, 1e-12);
}

TEST(PrincipalAxes, AreOrthonormalAndMakeTheMatrix) {
  constexpr std::size_t kSize = 30;
  const auto rows = Normal(kSize * 8, 1);  // of rank 8
  std::vector<double> matrix(kSize * kSize, 0);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t k = 0; k < kSize; ++k) matrix[i * kSize + k] = Product(rows, rows, 8, i, k);
  }
  const auto axes = PrincipalAxes(matrix, kSize);
  ASSERT_TRUE(axes);
  EXPECT_NEAR(axes->values[8], 0, 1e-10);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t k = 0; k < kSize; ++k) {
      EXPECT_NEAR(Product(axes->vectors, axes->vectors, kSize, i, k), i == k ? 1 : 0, 1e-10);
      double sum = 0;
      for (std::size_t j = 0; j < kSize; ++j) {
        sum += axes->values[j] * axes->vectors[j * kSize + i] * axes->vectors[j * kSize + k];
      }
      EXPECT_NEAR(sum, matrix[i * kSize + k], 1e-10);
    }
  }
}

TEST(PrincipalAxes, OfNothingAndOfNaN) {
  EXPECT_TRUE(PrincipalAxes({}, 0));
  EXPECT_FALSE(PrincipalAxes({std::numeric_limits<double>::quiet_NaN()}, 1));
}

}  // namespace svd_test
}  // namespace modelkin
