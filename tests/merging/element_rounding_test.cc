#include "merging/element_rounding.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace modelkin {
namespace element_rounding_test {

TEST(RoundTo, IsWhatTheStoredTypesHave) {
  std::mt19937 random(2);
  for (int i = 0; i < 200'000; ++i) {
    auto bits = static_cast<std::uint32_t>(random());
    if (i % 4 == 0) bits = (bits & 0xFFFF0000) | 0x8000;  // halfway
    const auto value = std::bit_cast<float>(bits);
    EXPECT_TRUE(SameBits(RoundTo(DType::kBF16, value), BFloat16ToFloat(FloatToBFloat16(value))));
    EXPECT_TRUE(SameBits(RoundTo(DType::kF16, value), Float16ToFloat(FloatToFloat16(value))));
    EXPECT_TRUE(SameBits(RoundTo(DType::kF32, value), value));
  }
}

TEST(FusedMultiplyAdd, RoundsOnce) {
  std::mt19937 random(1);
  int elsewhere = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto draw = [&] {
      // Few digits, so that sums lie halfway between two floats often.
      const float digits = static_cast<float>(static_cast<int>(random() % 32769) - 16384);
      return std::ldexp(digits, static_cast<int>(random() % 40) - 20);
    };
    const float a = draw(), b = draw(), c = draw();
    EXPECT_EQ(std::bit_cast<std::uint32_t>(FusedMultiplyAdd(a, b, c)),
              std::bit_cast<std::uint32_t>(std::fma(a, b, c)));
    elsewhere += std::fma(a, b, c) != a * b + c ? 1 : 0;
  }
  EXPECT_GT(elsewhere, 100);
  // Just above halfway, by what a sum of two doubles loses.
  EXPECT_EQ(FusedMultiplyAdd(1 + 0x1p-12F, 1 + 0x1p-12F, 0x1p40F),
            std::fma(1 + 0x1p-12F, 1 + 0x1p-12F, 0x1p40F));
  EXPECT_EQ(FusedMultiplyAdd(0x1p-70F, 0x1p-70F, 0x1p-149F),
            std::fma(0x1p-70F, 0x1p-70F, 0x1p-149F));
  EXPECT_TRUE(std::isnan(FusedMultiplyAdd(HUGE_VALF, 0, 1)));
  EXPECT_EQ(FusedMultiplyAdd(0x1p100F, 0x1p100F, 1), HUGE_VALF);
}

}  // namespace element_rounding_test
}  // namespace modelkin
