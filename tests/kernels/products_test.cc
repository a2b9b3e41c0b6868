// Products against sums in double, on every instruction set.
#include "kernels/products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "numeric/decode.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace products_test {

constexpr DType kTypes[] = {DType::kF32, DType::kF16, DType::kBF16};
// Around every tile's and vector's size.
constexpr std::size_t kRows[] = {1, 2, 3, 4, 5, 6, 7, 13};
constexpr std::size_t kColumns[] = {1, 3, 4, 5, 8, 9, 15, 16, 17, 33, 64, 65};
constexpr std::size_t kInner[] = {0, 1, 7, 8, 15, 16, 17, 33, 100};
// Between rows, and what an array is filled with there: nothing may write to it.
constexpr std::size_t kGap = 3;
constexpr float kUntouched = 12345;

std::vector<float> Normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

// Rows of a type's bytes, one byte off alignment.
struct Stored {
  Stored(DType type, std::size_t rows, std::size_t columns)
      : dtype(type), stride(columns + kGap), values(Normal(rows * stride, 7)) {
    const std::size_t width = BitWidth(type) / 8;
    bytes.resize(1 + values.size() * width);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint32_t bits = std::bit_cast<std::uint32_t>(values[i]);
      if (type == DType::kF16) bits = FloatToFloat16(values[i]);
      if (type == DType::kBF16) bits = FloatToBFloat16(values[i]);
      std::memcpy(bytes.data() + 1 + i * width, &bits, width);
    }
    DecodeToFloat(type, bytes.data() + 1, values.size(), values.data());
  }

  StoredRows rows() const { return {dtype, bytes.data() + 1, stride}; }
  double At(std::size_t row, std::size_t column) const { return values[row * stride + column]; }

  DType dtype;
  std::size_t stride;
  std::vector<float> values;  // that the bytes stand for
  std::vector<std::byte> bytes;
};

// Each of n products and sums is rounded once, by 2^-24 of what was summed up at most.
void ExpectSum(float value, double expected, double size, std::size_t count) {
  EXPECT_NEAR(value, expected, static_cast<double>(count + 1) * 0x1p-24 * size);
}

// `weight(k, j)` of a product's second factor.
template <class Weight>
void ExpectProduct(const std::vector<float>& out, const std::vector<float>& before,
                   const std::vector<float>& x, std::size_t rows, std::size_t columns,
                   std::size_t inner, const Weight& weight) {
  const std::size_t stride = columns + kGap;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < stride; ++j) {
      if (j >= columns) {
        EXPECT_EQ(out[i * stride + j], kUntouched);
        continue;
      }
      double expected = before[i * stride + j];
      double size = std::abs(expected);
      for (std::size_t k = 0; k < inner; ++k) {
        const double product = x[i * (inner + kGap) + k] * weight(k, j);
        expected += product;
        size += std::abs(product);
      }
      ExpectSum(out[i * stride + j], expected, size, inner + 1);
    }
  }
}

// Numbers that are added to, with a gap after each row.
std::vector<float> Sums(std::size_t rows, std::size_t columns) {
  std::vector<float> out = Normal(rows * (columns + kGap), 3);
  for (std::size_t i = 0; i < rows; ++i) {
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(i * (columns + kGap) + columns), kGap,
                kUntouched);
  }
  return out;
}

class Products : public testing::SimdTargetTest {};

TEST_P(Products, OfRowsByDefinition) {
  for (const DType type : kTypes) {
    for (const std::size_t rows : kRows) {
      for (const std::size_t outputs : {1, 3, 4, 8, 9, 21}) {
        for (const std::size_t inner : kInner) {
          SCOPED_TRACE(::testing::Message()
                       << DTypeName(type) << " " << rows << " by " << outputs << " over " << inner);
          const Stored weights(type, outputs, inner);
          const std::vector<float> x = Normal(rows * (inner + kGap), 5);
          const std::vector<float> before = Sums(rows, outputs);
          std::vector<float> out = before;
          AddRowProducts({x.data(), inner + kGap}, rows, weights.rows(), outputs, inner, out.data(),
                         outputs + kGap);
          ExpectProduct(out, before, x, rows, outputs, inner,
                        [&](std::size_t k, std::size_t j) { return weights.At(j, k); });
        }
      }
    }
  }
}

TEST_P(Products, OfColumnsByDefinition) {
  for (const std::size_t rows : kRows) {
    for (const std::size_t columns : kColumns) {
      for (const std::size_t inner : kInner) {
        SCOPED_TRACE(::testing::Message() << rows << " by " << columns << " over " << inner);
        const std::vector<float> x = Normal(rows * (inner + kGap), 5);
        const std::vector<float> b = Normal(inner * (columns + 1), 6);
        const std::vector<float> before = Sums(rows, columns);
        std::vector<float> out = before;
        AddProduct({x.data(), inner + kGap}, rows, {b.data(), columns + 1}, columns, inner,
                   out.data(), columns + kGap);
        ExpectProduct(out, before, x, rows, columns, inner,
                      [&](std::size_t k, std::size_t j) { return b[k * (columns + 1) + j]; });
      }
    }
  }
}

// As the header says: the neighbours of a row do not change its bits.
TEST_P(Products, TheSameBitsForARowAlone) {
  constexpr std::size_t kOutputs = 19, kInputs = 45, kMany = 13;
  const std::vector<float> x = Normal(kMany * kInputs, 5);
  const std::vector<float> b = Normal(kInputs * kOutputs, 6);
  const Stored weights(DType::kBF16, kOutputs, kInputs);
  std::vector<float> by_row(kMany * kOutputs, 0), by_column(kMany * kOutputs, 0);
  AddRowProducts({x.data(), kInputs}, kMany, weights.rows(), kOutputs, kInputs, by_row.data(),
                 kOutputs);
  AddProduct({x.data(), kInputs}, kMany, {b.data(), kOutputs}, kOutputs, kInputs, by_column.data(),
             kOutputs);
  for (std::size_t i = 0; i < kMany; ++i) {
    const FloatRows row = {x.data() + i * kInputs, kInputs};
    for (std::size_t j = 0; j < kOutputs; ++j) {
      StoredRows one = weights.rows();
      one.bytes += 2 * j * one.stride;
      float alone = 0;
      AddRowProducts(row, 1, one, 1, kInputs, &alone, 1);
      EXPECT_EQ(alone, by_row[i * kOutputs + j]) << i << " " << j;
    }
    std::vector<float> alone(kOutputs, 0);
    AddProduct(row, 1, {b.data(), kOutputs}, kOutputs, kInputs, alone.data(), kOutputs);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(),
                           by_column.begin() + static_cast<std::ptrdiff_t>(i * kOutputs)))
        << i;
  }
}

TEST_P(Products, NanAndInfinityStay) {
  for (const std::size_t at : {0, 7, 16, 20}) {
    for (const float bad : {NAN, INFINITY}) {
      std::vector<float> x(21, 0);
      const std::vector<float> ones(21, 1);
      x[at] = bad;
      float sum = 0;
      AddRowProducts({x.data(), 21}, 1,
                     {DType::kF32, reinterpret_cast<const std::byte*>(ones.data()), 21}, 1, 21,
                     &sum, 1);
      EXPECT_FALSE(std::isfinite(sum)) << at;
      sum = 0;
      AddProduct({x.data(), 21}, 1, {ones.data(), 1}, 1, 21, &sum, 1);
      EXPECT_FALSE(std::isfinite(sum)) << at;
    }
  }
}

// Every number that 16 bits can hold, at every place in a vector.
TEST_P(Products, DecodeEveryNarrowNumber) {
  for (const DType type : {DType::kF16, DType::kBF16}) {
    for (const std::size_t shift : {0, 1, 5}) {
      std::vector<std::byte> bytes(2 * 65'536 + 2 * shift + 1);
      for (std::size_t i = 0; i < 65'536; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        std::memcpy(bytes.data() + 1 + 2 * (i + shift), &bits, 2);
      }
      std::vector<float> out(65'536 + shift + 1, kUntouched);
      DecodeWeights(type, bytes.data() + 1, 65'536 + shift, out.data());
      EXPECT_EQ(out.back(), kUntouched);
      for (std::size_t i = 0; i < 65'536; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        const float expected = type == DType::kF16 ? Float16ToFloat(bits) : BFloat16ToFloat(bits);
        const float value = out[i + shift];
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(value)) << DTypeName(type) << " " << i;
        } else {
          EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(expected))
              << DTypeName(type) << " " << i;
        }
      }
    }
  }
}

TEST_P(Products, TransposeMovesEachElement) {
  for (const std::size_t rows : {1, 3, 4, 5, 8, 64}) {
    for (const std::size_t columns : {1, 3, 4, 7, 15, 16, 17, 40}) {
      const std::vector<float> a = Normal(rows * (columns + kGap), 5);
      std::vector<float> out(columns * (rows + kGap), kUntouched);
      Transpose({a.data(), columns + kGap}, rows, columns, out.data(), rows + kGap);
      for (std::size_t k = 0; k < columns; ++k) {
        for (std::size_t i = 0; i < rows + kGap; ++i) {
          EXPECT_EQ(out[k * (rows + kGap) + i], i < rows ? a[i * (columns + kGap) + k] : kUntouched)
              << rows << " by " << columns;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Products, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace products_test
}  // namespace modelkin
