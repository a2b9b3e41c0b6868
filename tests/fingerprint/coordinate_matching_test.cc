#include "fingerprint/coordinate_matching.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace modelkin {
namespace coordinate_matching_test {

constexpr std::size_t kRows = 200, kWidth = 24;

std::vector<float> RandomRows(std::uint64_t seed, float scale) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rows(kRows * kWidth);
  for (float& value : rows) value = scale * normal(random);
  return rows;
}

CoordinateMatch MatchRows(const std::vector<float>& a, const std::vector<float>& b) {
  const CoordinateCounts widths = {kWidth, kWidth};
  return MatchCoordinates(a, b, widths, OuterProducts(a, b, widths, 2), 2);
}

TEST(OuterProducts, AreSumsOverRows) {
  const auto a = RandomRows(1, 1), b = RandomRows(2, 1e-3F);
  const auto products = OuterProducts(a, b, {kWidth, kWidth}, 2);
  for (const std::size_t j : {0U, 7U, 23U}) {
    for (const std::size_t i : {0U, 11U}) {
      double sum = 0;
      for (std::size_t row = 0; row < kRows; ++row) {
        sum += static_cast<double>(b[row * kWidth + j]) * a[row * kWidth + i];
      }
      EXPECT_NEAR(products[j * kWidth + i], sum, 1e-6 * kRows * 1e-3);
    }
  }
}

// Weights as large as BF16 holds, as a damaged or hostile file has them: float products overflow.
TEST(MatchCoordinates, SizeDoesNotMatter) {
  const auto a = RandomRows(1, 1);
  std::vector<float> b(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {  // in reverse order, with other signs
    b[i / kWidth * kWidth + kWidth - 1 - i % kWidth] = i % 2 == 0 ? a[i] : -a[i];
  }
  const CoordinateMatch expected = MatchRows(a, b);
  for (std::size_t j = 0; j < kWidth; ++j) EXPECT_EQ(expected.source[j], kWidth - 1 - j);
  for (const int exponent : {-120, -40, 40, 120, 124}) {
    std::vector<float> scaled = b;
    for (float& value : scaled) value = std::ldexp(value, exponent);
    const CoordinateMatch match = MatchRows(a, scaled);
    EXPECT_EQ(match.source, expected.source) << exponent;
    EXPECT_EQ(match.sign, expected.sign) << exponent;
    EXPECT_EQ(MatchRows(scaled, scaled).source.size(), kWidth) << exponent;
  }
  EXPECT_EQ(MatchRows(std::vector<float>(kRows * kWidth, 0), a).source.size(), kWidth);
}

}  // namespace coordinate_matching_test
}  // namespace modelkin
