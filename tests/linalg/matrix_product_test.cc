#include "linalg/matrix_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace modelkin {
namespace matrix_product_test {

std::vector<float> RandomMatrix(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() >> 40) * 0x1p-24F - 0.5F;
  return values;
}

// Float sums of n products of values under 1/2: within n * 2^-24 of each, with a margin.
double Tolerance(std::size_t n) { return static_cast<double>(n) * 0.25 * 0x1p-24; }

TEST(MatrixProduct, TransposedTimesMatrix) {
  constexpr std::size_t kRows = 37, kA = 2100, kB = 530;  // more than one tile each way
  const auto a = RandomMatrix(kRows * kA, 1), b = RandomMatrix(kRows * kB, 2);
  std::vector<float> out(kA * kB, 1);
  AddTransposedProduct({a.data(), kRows, kA}, {b.data(), kRows, kB}, 2, out.data());
  for (const auto& [i, j] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 0}, {2099, 529}, {2048, 512}, {17, 511}, {2047, 3}}) {
    double sum = 1;
    for (std::size_t r = 0; r < kRows; ++r) {
      sum += static_cast<double>(a[r * kA + i]) * b[r * kB + j];
    }
    EXPECT_NEAR(out[i * kB + j], sum, Tolerance(kRows) + 1e-7) << i << " " << j;
  }
}

TEST(MatrixProduct, TransposedTimesMatrixInDouble) {
  constexpr std::size_t kRows = 19, kA = 2060, kB = 521;
  const auto floats_a = RandomMatrix(kRows * kA, 7), floats_b = RandomMatrix(kRows * kB, 8);
  const std::vector<double> a(floats_a.begin(), floats_a.end());
  const std::vector<double> b(floats_b.begin(), floats_b.end());
  std::vector<std::vector<double>> out(2, std::vector<double>(kA * kB, 1));
  AddTransposedProduct({a.data(), kRows, kA}, {b.data(), kRows, kB}, 1, out[0].data());
  AddTransposedProduct({a.data(), kRows, kA}, {b.data(), kRows, kB}, 3, out[1].data());
  EXPECT_EQ(out[0], out[1]);
  for (std::size_t i = 0; i < kA; i += 103) {
    for (std::size_t j = 0; j < kB; ++j) {
      double sum = 1;
      for (std::size_t r = 0; r < kRows; ++r) sum += a[r * kA + i] * b[r * kB + j];
      ASSERT_NEAR(out[0][i * kB + j], sum, 1e-14) << i << " " << j;
    }
  }
}

TEST(MatrixProduct, MatrixTimesTransposed) {
  constexpr std::size_t kA = 45, kB = 600, kColumns = 300;
  const auto a = RandomMatrix(kA * kColumns, 3), b = RandomMatrix(kB * kColumns, 4);
  std::vector<float> out(kA * kB, 0);
  AddProductTransposed({a.data(), kA, kColumns}, {b.data(), kB, kColumns}, 2, out.data());
  for (std::size_t i = 0; i < kA; ++i) {
    for (std::size_t j = 0; j < kB; ++j) {
      double sum = 0;
      for (std::size_t c = 0; c < kColumns; ++c) {
        sum += static_cast<double>(a[i * kColumns + c]) * b[j * kColumns + c];
      }
      ASSERT_NEAR(out[i * kB + j], sum, Tolerance(kColumns)) << i << " " << j;
    }
  }
}

TEST(MatrixProduct, SameBitsForAnyNumberOfThreads) {
  constexpr std::size_t kRows = 64, kUnits = 1100;
  const auto a = RandomMatrix(kRows * kUnits, 5), b = RandomMatrix(kRows * kUnits, 6);
  std::vector<std::vector<float>> out(3, std::vector<float>(kUnits * kUnits, 0));
  const std::vector<unsigned> threads = {1, 2, 7};
  for (std::size_t i = 0; i < threads.size(); ++i) {
    AddTransposedProduct({a.data(), kRows, kUnits}, {b.data(), kRows, kUnits}, threads[i],
                         out[i].data());
  }
  EXPECT_EQ(out[0], out[1]);
  EXPECT_EQ(out[0], out[2]);
}

TEST(MatrixProduct, OfNoRowsAddsNothing) {
  std::vector<float> out(6, 2);
  AddTransposedProduct({nullptr, 0, 2}, {nullptr, 0, 3}, 1, out.data());
  AddProductTransposed({nullptr, 2, 0}, {nullptr, 3, 0}, 1, out.data());
  EXPECT_EQ(out, std::vector<float>(6, 2));
}

}  // namespace matrix_product_test
}  // namespace modelkin
