// Values of narrow codes against their definitions, on every instruction set.
#include "kernels/scaled_codes.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <random>
#include <vector>

#include "numeric/decode.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace scaled_codes_test {

class ScaledCodes : public testing::SimdTargetTest {};

std::vector<std::byte> AllCodes() {
  std::vector<std::byte> codes(256);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::byte>(i);
  return codes;
}

float ValueOf(DType type, std::byte code) {
  float value = 0;
  DecodeToFloat(type, &code, 1, &value);
  return value;
}

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST_P(ScaledCodes, EachCodeOfEachType) {
  const float one = 1;
  for (const DType type : {DType::kU8, DType::kI8, DType::kF8E4M3, DType::kF8E5M2}) {
    const auto codes = AllCodes();
    std::vector<float> values(codes.size());
    ScaleCodes(type, codes.data(), codes.size(), {.length = 1000, .first = 7, .scales = &one},
               values.data());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const float right = ValueOf(type, codes[i]);
      if (right == right) {
        EXPECT_EQ(Bits(values[i]), Bits(right)) << DTypeName(type) << " " << i;
      } else {
        EXPECT_NE(values[i], values[i]) << DTypeName(type) << " " << i;
      }
    }
  }
}

// Any length of groups, any place to begin at, any number of codes.
TEST_P(ScaledCodes, GroupsWhereverTheyBegin) {
  std::mt19937 random(3);
  std::vector<std::byte> codes(300);
  for (std::byte& code : codes) code = static_cast<std::byte>(random() % 127);  // no NaN
  std::vector<float> scales(400), offsets(400);
  for (float& scale : scales) scale = 0.1F + static_cast<float>(random() % 1000) / 777;
  for (float& offset : offsets) offset = static_cast<float>(random() % 16);
  for (const std::size_t length : {1, 2, 3, 15, 16, 17, 32, 100, 1000}) {
    for (const std::size_t first : {std::size_t{0}, length / 2, length - 1}) {
      for (const std::size_t count : {0, 1, 5, 16, 33, 300}) {
        CodeGroups groups{
            .length = length, .first = first, .scales = scales.data(), .offsets = offsets.data()};
        std::vector<float> with(count, -1), without(count, -1), stretched(count, -1);
        ScaleCodes(DType::kU8, codes.data(), count, groups, with.data());
        StretchCodes(codes.data(), count, groups, stretched.data());
        groups.offsets = nullptr;
        ScaleCodes(DType::kF8E4M3, codes.data(), count, groups, without.data());
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t group = (first + i) / length;
          const auto code = static_cast<float>(std::to_integer<int>(codes[i]));
          ASSERT_EQ(with[i], (code - offsets[group]) * scales[group]) << length << " " << i;
          const float product = scales[group] * code;
          ASSERT_EQ(stretched[i], product + offsets[group]) << length << " " << i;
          ASSERT_EQ(without[i], ValueOf(DType::kF8E4M3, codes[i]) * scales[group]);
        }
      }
    }
  }
}

TEST_P(ScaledCodes, NibblesAreE2M1) {
  constexpr std::array<float, 8> kMagnitudes = {0, 0.5F, 1, 1.5F, 2, 3, 4, 6};
  const auto packed = AllCodes();
  for (const bool doubled : {false, true}) {
    for (const std::size_t count : {0, 1, 15, 16, 40, 256}) {
      std::vector<std::byte> codes(2 * count);
      NibbleFloatsToE5M2(packed.data(), count, doubled, codes.data());
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const unsigned nibble = std::to_integer<unsigned>(packed[i / 2]) >> (i % 2 * 4) & 15;
        const float magnitude = kMagnitudes[nibble & 7] * (doubled ? 2.0F : 1.0F);
        ASSERT_EQ(Bits(ValueOf(DType::kF8E5M2, codes[i])),
                  Bits(nibble >= 8 ? -magnitude : magnitude));
      }
    }
  }
}

// 2^-128 times twice a value, as of the smallest exponent of MXFP4: subnormal, and exact.
TEST_P(ScaledCodes, SubnormalScales) {
  const std::byte packed{0x21};  // 0.5, 1
  std::array<std::byte, 2> codes;
  NibbleFloatsToE5M2(&packed, 1, true, codes.data());
  const float scale = 0x1p-128F;
  std::array<float, 2> values;
  ScaleCodes(DType::kF8E5M2, codes.data(), 2, {.length = 2, .first = 0, .scales = &scale},
             values.data());
  EXPECT_EQ(values[0], 0x1p-128F);
  EXPECT_EQ(values[1], 0x1p-127F);
}

TEST(UnpackCodes, EveryWidthAndBeginning) {
  std::mt19937 random(5);
  for (std::size_t bits = 1; bits <= 8; ++bits) {
    for (std::size_t first = 0; first < 8; ++first) {
      const std::size_t count = 50, bytes = (first + count * bits + 7) / 8;
      std::vector<std::byte> stream(bytes);  // of the very size: sanitizers see what is beyond
      for (std::byte& byte : stream) byte = static_cast<std::byte>(random());
      std::vector<std::byte> codes(count);
      UnpackCodes(stream.data(), first, bits, count, codes.data());
      for (std::size_t i = 0; i < count; ++i) {
        unsigned code = 0;
        for (std::size_t k = 0; k < bits; ++k) {
          const std::size_t at = first + i * bits + k;
          code |= (std::to_integer<unsigned>(stream[at / 8]) >> at % 8 & 1) << k;
        }
        ASSERT_EQ(std::to_integer<unsigned>(codes[i]), code) << bits << " " << first << " " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ScaledCodes, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace scaled_codes_test
}  // namespace modelkin
