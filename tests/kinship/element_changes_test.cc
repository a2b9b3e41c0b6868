#include "kinship/element_changes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kinship/matrices.h"
#include "kinship/rounding.h"

namespace modelkin::testing {
namespace element_changes_test {

ElementChanges Compare(const Matrix& a, const Matrix& b) {
  const StoredMatrix of_a(a), of_b(b);
  return CompareElements(of_a.checkpoint(), of_a.tensor(), of_b.checkpoint(), of_b.tensor());
}

// As defined, in double, two passes.
struct Naive {
  double correlation = 0, shifted = 0, change = 0, by_rows = 0, by_columns = 0;
};

Naive Reference(const Matrix& a, const Matrix& b) {
  const std::size_t rows = a.rows, columns = a.columns;
  const auto at = [&](const Matrix& m, std::size_t r, std::size_t c) {
    return static_cast<double>(m.values[r * columns + c]);
  };
  double aa = 0, bb = 0, ab = 0, shifted = 0, squares_a = 0, squares_b = 0, change = 0;
  std::vector<double> mean_a(columns, 0), mean_b(columns, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      mean_a[c] += at(a, r, c) / static_cast<double>(rows);
      mean_b[c] += at(b, r, c) / static_cast<double>(rows);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double x = at(a, r, c), y = at(b, r, c);
      aa += std::pow(x - mean_a[c], 2);
      bb += std::pow(y - mean_b[c], 2);
      ab += (x - mean_a[c]) * (y - mean_b[c]);
      squares_a += x * x;
      squares_b += y * y;
      change += (y - x) * (y - x);
      shifted += (at(a, (r + rows - 1) % rows, c) - mean_a[c]) * (y - mean_b[c]);
    }
  }
  Naive result{.correlation = ab / std::sqrt(aa * bb),
               .shifted = shifted / std::sqrt(aa * bb),
               .change = std::sqrt(change / squares_a)};
  const auto left = [&](bool by_rows) {
    double rest = 0;
    for (std::size_t i = 0; i < (by_rows ? rows : columns); ++i) {
      double xx = 0, xy = 0, yy = 0;
      for (std::size_t j = 0; j < (by_rows ? columns : rows); ++j) {
        const double x = by_rows ? at(a, i, j) : at(a, j, i),
                     y = by_rows ? at(b, i, j) : at(b, j, i);
        xx += x * x;
        xy += x * y;
        yy += y * y;
      }
      rest += yy - xy * xy / xx;
    }
    return rest / squares_b;
  };
  result.by_rows = left(true);
  result.by_columns = left(false);
  return result;
}

TEST(CompareElements, AgreesWithDefinitions) {
  // More rows than are read at once, and values with means.
  Matrix a = Normal(3000, 40, 1), noise = Normal(3000, 40, 2);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    a.values[i] += 0.1F * static_cast<float>(i % 40);
  }
  const Matrix b = Sum(a, noise, 0.5);
  const ElementChanges changes = Compare(a, b);
  const Naive expected = Reference(a, b);
  EXPECT_EQ(changes.compared, 120'000U);
  EXPECT_NEAR(*changes.correlation(), expected.correlation, 1e-9);
  EXPECT_NEAR(*changes.shifted_correlation(), expected.shifted, 1e-9);
  EXPECT_NEAR(*changes.relative_change(), expected.change, 1e-12);
  EXPECT_NEAR(*changes.left_by_row_scales, expected.by_rows, 1e-12);
  EXPECT_NEAR(*changes.left_by_column_scales, expected.by_columns, 1e-12);
}

// Means far larger than deviations, as weights of norms have.
TEST(CompareElements, CorrelationsOfNormsLieWithinOne) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    Matrix a = Normal(128, 1, seed, 0.05), b = Normal(128, 1, seed + 100, 0.05);
    for (Matrix* const matrix : {&a, &b}) {
      for (float& value : matrix->values) value += 1;
    }
    const ElementChanges changes = Compare(a, b);
    const Naive expected = Reference(a, b);
    EXPECT_NEAR(*changes.correlation(), expected.correlation, 1e-9);
    EXPECT_NEAR(*changes.shifted_correlation(), expected.shifted, 1e-9);
    EXPECT_LT(std::abs(*changes.shifted_correlation()), 0.5);
  }
}

TEST(CompareElements, Casts) {
  const Matrix a = Normal(64, 64, 3);
  for (std::size_t type = 0; type < kCastTypes.size(); ++type) {
    const Matrix b = Rounded(a, kCastTypes[type]);
    const ElementChanges forward = Compare(a, b), backward = Compare(b, a);
    EXPECT_TRUE(forward.b_is_cast[type]);
    EXPECT_FALSE(forward.a_is_cast[type]);
    EXPECT_TRUE(backward.a_is_cast[type]);
    EXPECT_FALSE(backward.b_is_cast[type]);
    Matrix one_off = b;
    one_off.values[4000] *= 2;
    EXPECT_FALSE(Compare(a, one_off).b_is_cast[type]);
  }
}

TEST(CompareElements, Pruning) {
  const Matrix a = Normal(64, 64, 4);
  Matrix small = a, large = a, fours = a;
  for (float& value : small.values) value = std::abs(value) < 0.02F ? 0 : value;
  for (float& value : large.values) value = std::abs(value) > 0.08F ? 0 : value;
  for (std::size_t i = 0; i < fours.values.size(); i += 2) fours.values[i] = 0;
  EXPECT_TRUE(Compare(a, small).in_b.looks_pruned(4096));
  EXPECT_TRUE(Compare(small, a).in_a.looks_pruned(4096));
  EXPECT_FALSE(Compare(small, a).in_b.looks_pruned(4096));
  EXPECT_FALSE(Compare(a, large).in_b.looks_pruned(4096));
  EXPECT_FALSE(Compare(a, a).in_b.looks_pruned(4096));
  const ElementChanges of_fours = Compare(a, fours);
  EXPECT_EQ(of_fours.fours, 1024U);
  EXPECT_EQ(of_fours.half_zero_b, 1024U);
  EXPECT_EQ(of_fours.half_zero_a, 0U);
  // Small values of A are gone, and noise is in their place.
  const ElementChanges trained = Compare(a, Sum(small, Normal(64, 64, 5), 0.02));
  EXPECT_LT(std::abs(*trained.slope_of_small()), 0.1);
  EXPECT_NEAR(*trained.slope_of_large(), 1, 0.05);
  const ElementChanges noisy = Compare(a, Sum(a, Normal(64, 64, 5), 0.02));
  EXPECT_NEAR(*noisy.slope_of_small(), 1, 0.1);
}

TEST(CompareElements, Edges) {
  const float nan = std::nanf(""), infinite = std::numeric_limits<float>::infinity();
  const ElementChanges mixed = Compare({1, 5, {1, nan, 2, infinite, 4}}, {1, 5, {1, 2, nan, 3, 4}});
  EXPECT_EQ(mixed.compared, 2U);
  EXPECT_EQ(mixed.excluded, 3U);
  EXPECT_EQ(mixed.equal, 2U);
  EXPECT_FALSE(mixed.shifted_correlation());
  const ElementChanges nothing = Compare({1, 1, {nan}}, {1, 1, {1}});
  EXPECT_EQ(nothing.compared, 0U);
  EXPECT_FALSE(nothing.correlation());
  EXPECT_FALSE(nothing.shifted_correlation());
  EXPECT_FALSE(nothing.relative_change());
  EXPECT_FALSE(nothing.equal_share().has_value());
  const ElementChanges zeros = Compare({2, 2, {0, 0, 0, 0}}, {2, 2, {1, 2, 3, 4}});
  EXPECT_FALSE(zeros.correlation());
  EXPECT_FALSE(zeros.relative_change());
  const ElementChanges constant = Compare({3, 1, {2, 2, 2}}, {3, 1, {1, 2, 3}});
  EXPECT_FALSE(constant.correlation());
  EXPECT_FALSE(constant.left_by_row_scales);  // one column: any row is a multiple of any other
}

}  // namespace element_changes_test
}  // namespace modelkin::testing
