// FloatToFloat16 and FloatToBFloat16 against a search for the nearest code.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "numeric/decode.h"

namespace modelkin {
namespace rounding_test {

float FromBits(std::uint32_t bits) { return std::bit_cast<float>(bits); }

using ToFloat = float (*)(std::uint16_t);
using FromFloat = std::uint16_t (*)(float);

struct HalfFormat {
  const char* name;
  ToFloat to_float;
  FromFloat from_float;
  std::uint16_t infinity;
  double above_largest;  // where the next value would be, had the format one more exponent
};

const HalfFormat kFloat16 = {"F16", Float16ToFloat, FloatToFloat16, 0x7C00, 0x1p16};
const HalfFormat kBFloat16 = {"BF16", BFloat16ToFloat, FloatToBFloat16, 0x7F80, 0x1p128};

double Magnitude(const HalfFormat& format, std::uint16_t code) {
  return code == format.infinity ? format.above_largest
                                 : static_cast<double>(format.to_float(code));
}

// The code whose value is nearest to `value`, of two equally near ones the even code: magnitudes
// increase with the codes, so it is one of two neighbours.
std::uint16_t NearestCode(const HalfFormat& format, float value) {
  const double magnitude = std::fabs(static_cast<double>(value));
  std::uint16_t low = 0;
  std::uint16_t high = format.infinity;
  while (high - low > 1) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    (Magnitude(format, middle) <= magnitude ? low : high) = middle;
  }
  const double below = magnitude - Magnitude(format, low);
  const double above = Magnitude(format, high) - magnitude;
  const bool up = above < below || (above == below && low % 2 == 1);
  return static_cast<std::uint16_t>((up ? high : low) | (std::signbit(value) ? 0x8000 : 0));
}

class HalfRounding : public ::testing::TestWithParam<HalfFormat> {
 protected:
  void ExpectNearest(float value) {
    ASSERT_EQ(GetParam().from_float(value), NearestCode(GetParam(), value))
        << std::hexfloat << value;
  }
};

TEST_P(HalfRounding, EveryCodeSurvivesTheRoundTrip) {
  for (unsigned code = 0; code < 0x10000; ++code) {
    const auto half = static_cast<std::uint16_t>(code);
    const float value = GetParam().to_float(half);
    if (std::isnan(value)) {
      const std::uint16_t back = GetParam().from_float(value);
      ASSERT_TRUE(std::isnan(GetParam().to_float(back))) << code;
      ASSERT_EQ(back & 0x8000, half & 0x8000) << code;
    } else {
      ASSERT_EQ(GetParam().from_float(value), half);
    }
  }
}

TEST_P(HalfRounding, TiesAndTheirNeighboursGoToTheNearestEvenCode) {
  for (std::uint16_t code = 0; code < GetParam().infinity; ++code) {
    const double low = Magnitude(GetParam(), code);
    const double high = Magnitude(GetParam(), static_cast<std::uint16_t>(code + 1));
    const auto tie = static_cast<float>((low + high) / 2);
    ASSERT_EQ(static_cast<double>(tie), (low + high) / 2);  // the tie is a float
    for (const float sign : {1.0F, -1.0F}) {
      ExpectNearest(sign * tie);
      ExpectNearest(sign * std::nextafter(tie, 0.0F));
      ExpectNearest(sign * std::nextafter(tie, std::numeric_limits<float>::infinity()));
    }
    if (HasFatalFailure()) return;
  }
}

TEST_P(HalfRounding, RandomFloatsGoToTheNearestCode) {
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const float value = FromBits(static_cast<std::uint32_t>(random()));
    if (std::isfinite(value)) ExpectNearest(value);
    if (HasFatalFailure()) return;
  }
}

TEST_P(HalfRounding, OverflowAndInfinityBecomeInfinity) {
  const std::uint16_t infinity = GetParam().infinity;
  EXPECT_EQ(GetParam().from_float(std::numeric_limits<float>::infinity()), infinity);
  EXPECT_EQ(GetParam().from_float(-std::numeric_limits<float>::infinity()), infinity | 0x8000);
  EXPECT_EQ(GetParam().from_float(std::numeric_limits<float>::max()), infinity);
}

TEST_P(HalfRounding, EveryKindOfNanStaysNan) {
  // A payload in the low bits only must not be rounded away to infinity.
  for (const std::uint32_t bits : {0x7F800001U, 0x7FC00000U, 0x7FFFFFFFU, 0xFF800001U}) {
    const std::uint16_t half = GetParam().from_float(FromBits(bits));
    EXPECT_TRUE(std::isnan(GetParam().to_float(half))) << bits;
    EXPECT_EQ(half >> 15, bits >> 31);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, HalfRounding, ::testing::Values(kFloat16, kBFloat16),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(FloatToFloat16, KnownValues) {
  EXPECT_EQ(FloatToFloat16(1.0F), 0x3C00);
  EXPECT_EQ(FloatToFloat16(65504.0F), 0x7BFF);
  EXPECT_EQ(FloatToFloat16(65519.0F), 0x7BFF);
  EXPECT_EQ(FloatToFloat16(65520.0F), 0x7C00);
  EXPECT_EQ(FloatToFloat16(0x1p-24F), 0x0001);
  EXPECT_EQ(FloatToFloat16(0x1p-25F), 0x0000);  // a tie, to even
  EXPECT_EQ(FloatToFloat16(0x1.000002p-25F), 0x0001);
  EXPECT_EQ(FloatToFloat16(-0.0F), 0x8000);
  EXPECT_EQ(FloatToFloat16(0x1.FFFFFEp-15F), 0x0400);  // subnormal up to the smallest normal
}

TEST(FloatToBFloat16, KnownValues) {
  EXPECT_EQ(FloatToBFloat16(1.0F), 0x3F80);
  EXPECT_EQ(FloatToBFloat16(FromBits(0x3F808000)), 0x3F80);  // a tie, to even
  EXPECT_EQ(FloatToBFloat16(FromBits(0x3F818000)), 0x3F82);
  EXPECT_EQ(FloatToBFloat16(FromBits(0x00000001)), 0x0000);
  EXPECT_EQ(FloatToBFloat16(-0.0F), 0x8000);
}

}  // namespace rounding_test
}  // namespace modelkin
