#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "numeric/decode.h"
#include "scan/byte_diff.h"

namespace modelkin {
namespace ulp_distance_test {

double ValueOf(DType dtype, std::uint64_t bits) {
  double value = 0;
  DecodeToDouble(dtype, reinterpret_cast<const std::byte*>(&bits), 1, &value);
  return value;
}

// All values of a type of at most 16 bits, without NaN, in order and each once: a value's place is
// its distance from the lowest.
std::vector<double> SortedValues(DType dtype) {
  std::vector<double> values;
  for (std::uint64_t bits = 0; bits >> BitWidth(dtype) == 0; ++bits) {
    const double value = ValueOf(dtype, bits);
    if (!std::isnan(value)) values.push_back(value + 0.0);  // -0 becomes +0
  }
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

std::optional<std::uint64_t> DistanceByCounting(DType dtype, const std::vector<double>& sorted,
                                                std::uint64_t a, std::uint64_t b) {
  const double value_a = ValueOf(dtype, a);
  const double value_b = ValueOf(dtype, b);
  if (std::isnan(value_a) || std::isnan(value_b)) return std::nullopt;
  const auto place_a = std::ranges::lower_bound(sorted, value_a) - sorted.begin();
  const auto place_b = std::ranges::lower_bound(sorted, value_b) - sorted.begin();
  return static_cast<std::uint64_t>(std::abs(place_a - place_b));
}

TEST(UlpDistance, AllPairsOf8Bits) {
  for (const DType dtype : {DType::kF8E4M3, DType::kF8E5M2}) {
    const std::vector<double> sorted = SortedValues(dtype);
    for (std::uint64_t a = 0; a < 256; ++a) {
      for (std::uint64_t b = 0; b < 256; ++b) {
        ASSERT_EQ(UlpDistance(dtype, a, b), DistanceByCounting(dtype, sorted, a, b))
            << DTypeName(dtype) << " " << a << " and " << b;
      }
    }
  }
}

TEST(UlpDistance, PairsOf16Bits) {
  std::mt19937_64 random(3);
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    const std::vector<double> sorted = SortedValues(dtype);
    for (std::uint64_t a = 0; a < 65536; ++a) {  // every code, with near and far partners
      for (const std::uint64_t b : {a, a ^ 0x8000, a ^ 1, std::uint64_t{0}, random() % 65536}) {
        ASSERT_EQ(UlpDistance(dtype, a, b), DistanceByCounting(dtype, sorted, a, b))
            << DTypeName(dtype) << " " << a << " and " << b;
      }
    }
  }
}

TEST(UlpDistance, WideTypes) {
  const auto f32 = [](float a, float b) {
    return UlpDistance(DType::kF32, std::bit_cast<std::uint32_t>(a),
                       std::bit_cast<std::uint32_t>(b));
  };
  EXPECT_EQ(f32(1, std::nextafter(1.0F, 2.0F)), 1U);
  EXPECT_EQ(f32(std::nextafter(1.0F, 2.0F), 1), 1U);
  EXPECT_EQ(f32(0.0F, -0.0F), 0U);
  EXPECT_EQ(
      f32(std::numeric_limits<float>::denorm_min(), -std::numeric_limits<float>::denorm_min()), 2U);
  EXPECT_EQ(f32(1, 2), 1U << 23);
  EXPECT_EQ(f32(std::numeric_limits<float>::max(), std::numeric_limits<float>::infinity()), 1U);
  EXPECT_EQ(f32(std::nanf(""), 1), std::nullopt);
  EXPECT_EQ(f32(1, -std::nanf("")), std::nullopt);

  const auto f64 = [](double a, double b) {
    return UlpDistance(DType::kF64, std::bit_cast<std::uint64_t>(a),
                       std::bit_cast<std::uint64_t>(b));
  };
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(f64(1, 2), std::uint64_t{1} << 52);
  EXPECT_EQ(f64(-infinity, infinity), std::uint64_t{0xFFE0000000000000});
  EXPECT_EQ(f64(std::nan(""), 0), std::nullopt);
}

TEST(UlpHistogram, Merge) {
  UlpHistogram one, other;
  one.buckets[0] = 3;
  one.nan_pairs = 1;
  other.buckets[0] = 4;
  other.buckets[64] = 5;
  one.Merge(other);
  EXPECT_EQ(one.buckets[0], 7U);
  EXPECT_EQ(one.buckets[64], 5U);
  EXPECT_EQ(one.nan_pairs, 1U);
}

}  // namespace ulp_distance_test
}  // namespace modelkin
