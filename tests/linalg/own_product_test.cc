#include "linalg/own_product.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>
#include <vector>

namespace modelkin {
namespace {

std::vector<float> NormalValues(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

float Entry(const Factor& factor, std::size_t i, std::size_t k) {
  return factor.values[factor.transposed ? k * factor.stride + i : i * factor.stride + k];
}

class OwnProduct : public ::testing::TestWithParam<std::tuple<bool, bool>> {};

// Sums of up to 700 normal products in float: 1e-3.
TEST_P(OwnProduct, IsTheSumOfProductsOfEntries) {
  const auto [a_transposed, b_transposed] = GetParam();
  using Sizes = std::array<std::size_t, 3>;
  for (const auto& [rows, columns, inner] :
       {Sizes{1, 1, 1}, Sizes{3, 5, 2}, Sizes{65, 33, 700}, Sizes{520, 270, 257}, Sizes{4, 4, 0}}) {
    const std::size_t own_a = a_transposed ? rows : inner, own_b = b_transposed ? columns : inner;
    const std::vector<float> values_a = NormalValues(rows * inner + 1, 1),
                             values_b = NormalValues(columns * inner + 1, 2);
    const Factor a{values_a.data(), own_a, a_transposed}, b{values_b.data(), own_b, b_transposed};
    std::vector<float> out(rows * (columns + 3), 0.5F);
    AddOwnProduct(a, rows, b, columns, inner, out.data(), columns + 3);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns + 3; ++j) {
        double sum = 0.5;
        for (std::size_t k = 0; j < columns && k < inner; ++k) {
          sum += static_cast<double>(Entry(a, i, k)) * Entry(b, j, k);
        }
        ASSERT_NEAR(out[i * (columns + 3) + j], sum, 1e-3) << i << " " << j;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, OwnProduct,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST(OwnProducts, AreTakenWhereOpenBlasDoesNotKnowTheProcessor) {
  EXPECT_TRUE(LacksVectors("Prescott", "AVX3_DL"));
  EXPECT_TRUE(LacksVectors("Nehalem", "AVX2"));
  EXPECT_FALSE(LacksVectors("SkylakeX", "AVX3"));
  EXPECT_FALSE(LacksVectors("Haswell", "AVX3"));
  EXPECT_FALSE(LacksVectors("Zen", "AVX2"));
  EXPECT_FALSE(LacksVectors("Prescott", "SSE4"));
  EXPECT_FALSE(LacksVectors("armv8", "NEON"));
}

}  // namespace
}  // namespace modelkin
