#include "kinship/rounding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "numeric/decode.h"

namespace modelkin {
namespace rounding_test {

// All finite values of an 8-bit type with their last bit.
struct Code {
  float value;
  bool odd;
};

std::vector<Code> Codes(float (*decode)(std::uint8_t)) {
  std::vector<Code> codes;
  for (int bits = 0; bits < 256; ++bits) {
    const float value = decode(static_cast<std::uint8_t>(bits));
    if (std::isfinite(value)) codes.push_back({value, bits % 2 == 1});
  }
  return codes;
}

float Nearest(const std::vector<Code>& codes, float value) {
  Code best = codes.front();
  for (const Code& code : codes) {
    const double distance = std::abs(static_cast<double>(code.value) - value);
    const double least = std::abs(static_cast<double>(best.value) - value);
    if (distance < least || (distance == least && best.odd && !code.odd)) best = code;
  }
  return best.value;
}

TEST(RoundTo, EightBitsAsTheNearestOfAllCodes) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> exponent(-20, 12);
  const auto e4m3 = Codes(Float8E4M3ToFloat), e5m2 = Codes(Float8E5M2ToFloat);
  for (int i = 0; i < 4000; ++i) {
    const float value = normal(random) * std::exp2(exponent(random));
    ASSERT_EQ(RoundTo(DType::kF8E4M3, value), Nearest(e4m3, value)) << value;
    ASSERT_EQ(RoundTo(DType::kF8E5M2, value), Nearest(e5m2, value)) << value;
  }
  // Every code, and halfway between each and the next.
  for (const auto* codes : {&e4m3, &e5m2}) {
    const DType type = codes == &e4m3 ? DType::kF8E4M3 : DType::kF8E5M2;
    for (std::size_t i = 0; i + 1 < codes->size(); ++i) {
      const float own = (*codes)[i].value, halfway = (own + (*codes)[i + 1].value) / 2;
      EXPECT_EQ(RoundTo(type, own), own);
      if (!std::isfinite(halfway)) continue;
      EXPECT_EQ(RoundTo(type, halfway), Nearest(*codes, halfway));
    }
  }
}

TEST(RoundTo, WiderTypesAsTheirEncoders) {
  std::mt19937_64 random(2);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 1000; ++i) {
    const float value = normal(random);
    EXPECT_EQ(RoundTo(DType::kBF16, value), BFloat16ToFloat(FloatToBFloat16(value)));
    EXPECT_EQ(RoundTo(DType::kF16, value), Float16ToFloat(FloatToFloat16(value)));
    EXPECT_EQ(RoundTo(DType::kF32, value), value);
    for (const DType type : {DType::kBF16, DType::kF16}) {
      EXPECT_LE(std::abs(RoundTo(type, value) - value), RelativeRounding(type) * std::abs(value));
    }
  }
}

TEST(RoundTo, Edges) {
  for (const DType type : {DType::kF8E4M3, DType::kF8E5M2, DType::kF16, DType::kBF16}) {
    EXPECT_EQ(RoundTo(type, 0), 0);
    EXPECT_TRUE(std::isnan(RoundTo(type, std::numeric_limits<float>::quiet_NaN())));
  }
  EXPECT_EQ(RoundTo(DType::kF8E4M3, 1e9F), 448);
  EXPECT_EQ(RoundTo(DType::kF8E5M2, -1e9F), -57344);
}

}  // namespace rounding_test
}  // namespace modelkin
