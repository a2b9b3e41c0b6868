#include "kinship/quantisation_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kinship/matrices.h"
#include "kinship/rounding.h"

namespace modelkin::testing {
namespace quantisation_grid_test {

// Each block of `rows` x `columns` (0: all) rounded by `round`.
template <class Round>
Matrix ByBlocks(Matrix matrix, BlockShape block, const Round& round) {
  const std::size_t down = block.rows == 0 ? matrix.rows : block.rows;
  const std::size_t across = block.columns == 0 ? matrix.columns : block.columns;
  for (std::size_t row = 0; row < matrix.rows; row += down) {
    for (std::size_t column = 0; column < matrix.columns; column += across) {
      std::vector<float*> values;
      for (std::size_t r = row; r < std::min(row + down, matrix.rows); ++r) {
        for (std::size_t c = column; c < std::min(column + across, matrix.columns); ++c) {
          values.push_back(&matrix.values[r * matrix.columns + c]);
        }
      }
      round(values);
    }
  }
  return matrix;
}

float LargestOf(const std::vector<float*>& values) {
  float largest = 0;
  for (const float* value : values) largest = std::max(largest, std::abs(*value));
  return largest;
}

Matrix Integers(const Matrix& matrix, BlockShape block, float levels) {
  return ByBlocks(matrix, block, [&](const std::vector<float*>& values) {
    const float step = LargestOf(values) / levels;
    for (float* value : values) *value = std::nearbyint(*value / step) * step;
  });
}

Matrix Floats(const Matrix& matrix, BlockShape block, DType type, float largest) {
  return ByBlocks(matrix, block, [&](const std::vector<float*>& values) {
    const float scale = LargestOf(values) / largest;
    for (float* value : values) *value = RoundTo(type, *value / scale) * scale;
  });
}

// 16 uneven levels, as NF4 has them.
Matrix Levels(const Matrix& matrix, BlockShape block) {
  return ByBlocks(matrix, block, [&](const std::vector<float*>& values) {
    const float largest = LargestOf(values);
    for (float* value : values) {
      float best = 1e9F;
      for (int level = -8; level < 8; ++level) {
        const float x = static_cast<float>(level + 0.5) / 8;
        const float candidate = largest * x * (0.5F + 0.5F * std::abs(x));
        if (std::abs(candidate - *value) < std::abs(best - *value)) best = candidate;
      }
      *value = best;
    }
  });
}

std::optional<QuantisationGrid> GridOf(const Matrix& a, const Matrix& b, DType stored) {
  const StoredMatrix of_a(a, stored), of_b(b, stored);
  return FindGrid(of_a.checkpoint(), of_a.tensor(), of_b.checkpoint(), of_b.tensor(), stored);
}

struct Case {
  std::string name;
  Matrix quantised;
  GridKind kind;
  BlockShape block;
};

TEST(FindGrid, OfEachFormat) {
  for (const DType stored : {DType::kBF16, DType::kF16, DType::kF32}) {
    for (const bool heavy : {false, true}) {
      const Matrix a = heavy ? HeavyTailed(256, 384, 1) : Normal(256, 384, 1);
      const std::vector<Case> cases = {
          {"int8 by row", Integers(a, {1, 0}, 127), GridKind::kInteger, {1, 0}},
          {"int4 by 32", Integers(a, {1, 32}, 7), GridKind::kInteger, {1, 32}},
          {"int4 by 64", Integers(a, {1, 64}, 7), GridKind::kInteger, {1, 64}},
          {"int4 by 128", Integers(a, {1, 128}, 7), GridKind::kInteger, {1, 128}},
          {"levels by 64", Levels(a, {1, 64}), GridKind::kLevels, {1, 64}},
          {"e4m3", Floats(a, {0, 0}, DType::kF8E4M3, 448), GridKind::kE4M3, {0, 0}},
          {"e4m3 by 128 x 128",
           Floats(a, {128, 128}, DType::kF8E4M3, 448),
           GridKind::kE4M3,
           {128, 128}},
          {"e5m2", Floats(a, {0, 0}, DType::kF8E5M2, 57344), GridKind::kE5M2, {0, 0}}};
      for (const Case& test : cases) {
        const auto grid = GridOf(a, test.quantised, stored);
        ASSERT_TRUE(grid) << test.name << " " << DTypeName(stored) << " " << heavy;
        EXPECT_EQ(grid->kind, test.kind) << test.name;
        EXPECT_EQ(grid->block.rows, test.block.rows) << test.name;
        EXPECT_EQ(grid->block.columns, test.block.columns) << test.name;
        EXPECT_GT(grid->within_half_step, 0.99) << test.name;
        EXPECT_FALSE(grid->a_has_one) << test.name;
        // What was not A before lies on the same grid, and A is not near it.
        const auto of_another = GridOf(Normal(256, 384, 9), test.quantised, stored);
        ASSERT_TRUE(of_another) << test.name;
        EXPECT_LT(of_another->within_half_step, 0.9) << test.name;
      }
    }
  }
}

TEST(FindGrid, NoiseIsThatOfRounding) {
  const Matrix a = Normal(128, 256, 3), b = Integers(a, {1, 32}, 7);
  const auto grid = GridOf(a, b, DType::kF32);
  ASSERT_TRUE(grid);
  const double squares = std::pow(NormOf(Sum(b, a, -1)) / NormOf(b), 2);
  EXPECT_NEAR(grid->noise / squares, 1, 0.05);
}

TEST(FindGrid, NothingWhereThereIsNone) {
  int tried = 0;
  for (const DType stored : {DType::kBF16, DType::kF16, DType::kF32}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::size_t rows = 16 + 37 * (seed % 5), columns = 16 + 24 * (seed % 7);
      const Matrix normal = Normal(rows, columns, seed), heavy = HeavyTailed(rows, columns, seed);
      Matrix pruned = normal, tuned = Integers(normal, {1, 32}, 7), small = normal;
      for (float& value : pruned.values) value = std::abs(value) < 0.05F ? 0 : value;
      tuned = Sum(tuned, Normal(rows, columns, seed + 100), 0.02);
      for (float& value : small.values) value *= 1e-4F;
      for (const Matrix& b : {normal, heavy, pruned, tuned, small}) {
        EXPECT_FALSE(GridOf(normal, b, stored)) << DTypeName(stored) << " " << seed;
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 300);
}

// As rows and columns of units that have no partner.
TEST(FindGrid, LeavesOutWhatALacks) {
  const Matrix whole = Normal(96, 96, 3);
  for (const auto& [b, on_grid] : {std::pair(Integers(whole, {1, 0}, 127), false),
                                   {Levels(whole, {1, 32}), false},
                                   {Integers(whole, {1, 0}, 127), true}}) {
    Matrix columns = on_grid ? b : whole, rows = columns, none = columns;
    for (std::size_t row = 0; row < whole.rows; ++row) {
      for (std::size_t column = 0; column < whole.columns; ++column) {
        if (column % 3 != 0) columns.values[row * whole.columns + column] = std::nanf("");
        if (row % 3 != 0) rows.values[row * whole.columns + column] = std::nanf("");
      }
    }
    std::ranges::fill(none.values, std::nanf(""));
    for (const Matrix& a : {columns, rows}) {
      const auto grid = GridOf(a, b, DType::kF32), full = GridOf(whole, b, DType::kF32);
      ASSERT_TRUE(grid && full);
      EXPECT_EQ(grid->kind, full->kind);
      EXPECT_EQ(grid->block.columns, full->block.columns);
      EXPECT_GT(grid->within_half_step, 0.99);
      EXPECT_EQ(grid->noise, full->noise);
    }
    // Rows that are there tell, columns don't.
    EXPECT_EQ(GridOf(rows, b, DType::kF32)->a_has_one, on_grid);
    EXPECT_FALSE(GridOf(columns, b, DType::kF32)->a_has_one);
    EXPECT_FALSE(GridOf(none, b, DType::kF32));
    EXPECT_FALSE(GridOf(b, columns, DType::kF32));
  }
}

TEST(FindGrid, Edges) {
  const Matrix normal = Normal(64, 64, 1);
  Matrix zeros = normal, constant = normal, nan = normal, one_row = Normal(1, 64, 2);
  std::ranges::fill(zeros.values, 0.0F);
  std::ranges::fill(constant.values, 0.25F);
  nan.values[77] = std::nanf("");
  EXPECT_FALSE(GridOf(normal, zeros, DType::kBF16));
  EXPECT_FALSE(GridOf(normal, constant, DType::kBF16));
  EXPECT_FALSE(GridOf(normal, nan, DType::kBF16));
  EXPECT_FALSE(GridOf(one_row, one_row, DType::kBF16));
  EXPECT_FALSE(GridOf(Normal(4, 8, 1), Normal(4, 8, 1), DType::kBF16));
  EXPECT_FALSE(GridOf(Normal(64, 32, 1), normal, DType::kBF16));  // another shape
}

}  // namespace quantisation_grid_test
}  // namespace modelkin::testing
