#include "numeric/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <unordered_set>
#include <vector>

namespace modelkin {
namespace decode_test {

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// What a code of a small float format stands for, by the definition of such formats.
struct Format {
  int exponent_bits;
  int mantissa_bits;
  bool has_infinity;
};
constexpr Format kE4M3 = {4, 3, false};
constexpr Format kE5M2 = {5, 2, true};
constexpr Format kBinary16 = {5, 10, true};
constexpr Format kBFloat16 = {8, 7, true};

double ReferenceValue(Format format, unsigned code) {
  const unsigned mantissas = 1U << format.mantissa_bits;
  const unsigned exponents = 1U << format.exponent_bits;
  const unsigned mantissa = code % mantissas;
  const unsigned exponent = code / mantissas % exponents;
  const double sign = code / mantissas / exponents == 1 ? -1.0 : 1.0;
  if (exponent == exponents - 1 && format.has_infinity) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  }
  if (exponent == exponents - 1 && mantissa == mantissas - 1) return std::nan("");
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const double fraction = static_cast<double>(mantissa) / mantissas;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
  return sign * std::ldexp(1 + fraction, static_cast<int>(exponent) - bias);
}

template <class Decode>
void ExpectMatchesReference(Format format, Decode decode) {
  const unsigned codes = 2U << (format.exponent_bits + format.mantissa_bits);
  for (unsigned code = 0; code < codes; ++code) {
    const double expected = ReferenceValue(format, code);
    const float decoded = decode(code);
    const bool same = std::isnan(expected)
                          ? std::isnan(decoded)
                          : decoded == expected && std::signbit(decoded) == std::signbit(expected);
    ASSERT_TRUE(same) << "code " << code << ": " << decoded << " instead of " << expected;
  }
}

TEST(Float8E4M3ToFloat, AllCodes) {
  ExpectMatchesReference(
      kE4M3, [](unsigned code) { return Float8E4M3ToFloat(static_cast<std::uint8_t>(code)); });
}

TEST(Float8E4M3ToFloat, LimitsOfTheFormat) {
  EXPECT_EQ(Float8E4M3ToFloat(0x7E), 448.0F);
  EXPECT_EQ(Float8E4M3ToFloat(0x01), 0x1p-9F);
  EXPECT_TRUE(std::isnan(Float8E4M3ToFloat(0x7F)));
  EXPECT_TRUE(std::isnan(Float8E4M3ToFloat(0xFF)));
  EXPECT_EQ(Bits(Float8E4M3ToFloat(0x80)), 0x80000000U);
}

TEST(Float8E5M2ToFloat, AllCodes) {
  ExpectMatchesReference(
      kE5M2, [](unsigned code) { return Float8E5M2ToFloat(static_cast<std::uint8_t>(code)); });
}

TEST(Float8E5M2ToFloat, LimitsOfTheFormat) {
  EXPECT_EQ(Float8E5M2ToFloat(0x7B), 57344.0F);
  EXPECT_EQ(Float8E5M2ToFloat(0x01), 0x1p-16F);
  EXPECT_EQ(Float8E5M2ToFloat(0xFC), -std::numeric_limits<float>::infinity());
}

TEST(Float16ToFloat, AllCodes) {
  ExpectMatchesReference(
      kBinary16, [](unsigned code) { return Float16ToFloat(static_cast<std::uint16_t>(code)); });
}

TEST(Float16ToFloat, KeepsSignAndPayloadOfNan) {
  for (std::uint32_t payload = 1; payload < 0x400; ++payload) {
    const auto code = static_cast<std::uint16_t>(0xFC00 | payload);
    ASSERT_EQ(Bits(Float16ToFloat(code)), 0xFF800000U | (payload << 13));
  }
}

TEST(BFloat16ToFloat, AllCodes) {
  ExpectMatchesReference(
      kBFloat16, [](unsigned code) { return BFloat16ToFloat(static_cast<std::uint16_t>(code)); });
  EXPECT_EQ(Bits(BFloat16ToFloat(0xFF81)), 0xFF810000U);
}

// All codes of an 8- or 16-bit type, one after another.
std::vector<std::byte> AllCodes(DType dtype) {
  std::vector<std::byte> bytes;
  for (unsigned code = 0; code < 1U << BitWidth(dtype); ++code) {
    bytes.push_back(static_cast<std::byte>(code & 0xFF));
    if (BitWidth(dtype) == 16) bytes.push_back(static_cast<std::byte>(code >> 8));
  }
  return bytes;
}

class DecodeOf : public ::testing::TestWithParam<DType> {};

TEST_P(DecodeOf, FloatIsInjectiveAndDoubleAgrees) {
  const std::size_t count = std::size_t{1} << BitWidth(GetParam());
  const std::vector<std::byte> codes = AllCodes(GetParam());
  std::vector<float> floats(count);
  std::vector<double> doubles(count);
  DecodeToFloat(GetParam(), codes.data(), count, floats.data());
  DecodeToDouble(GetParam(), codes.data(), count, doubles.data());
  std::unordered_set<std::uint32_t> seen;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(seen.insert(Bits(floats[i])).second) << "code " << i;
    ASSERT_TRUE(std::isnan(floats[i]) ? std::isnan(doubles[i]) : doubles[i] == floats[i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(NarrowTypes, DecodeOf,
                         ::testing::Values(DType::kBool, DType::kU8, DType::kI8, DType::kU16,
                                           DType::kI16, DType::kF8E4M3, DType::kF8E5M2, DType::kF16,
                                           DType::kBF16),
                         [](const auto& test) { return std::string(DTypeName(test.param)); });

// `values` as stored, one byte off any alignment.
template <class Value>
std::vector<double> DecodeUnaligned(DType dtype, const std::vector<Value>& values) {
  std::vector<std::byte> bytes(1);
  for (const std::byte byte : std::as_bytes(std::span(values))) bytes.push_back(byte);
  std::vector<double> decoded(values.size());
  DecodeToDouble(dtype, bytes.data() + 1, values.size(), decoded.data());
  return decoded;
}

TEST(DecodeToDouble, SmallIntegersAreSignedOrNot) {
  EXPECT_EQ(DecodeUnaligned<std::uint8_t>(DType::kI8, {0x00, 0x7F, 0x80, 0xFF}),
            (std::vector<double>{0, 127, -128, -1}));
  EXPECT_EQ(DecodeUnaligned<std::uint8_t>(DType::kU8, {0x7F, 0x80, 0xFF}),
            (std::vector<double>{127, 128, 255}));
  EXPECT_EQ(DecodeUnaligned<std::uint16_t>(DType::kI16, {0x7FFF, 0x8000}),
            (std::vector<double>{32767, -32768}));
  EXPECT_EQ(DecodeUnaligned<std::uint16_t>(DType::kU16, {0x8000, 0xFFFF}),
            (std::vector<double>{32768, 65535}));
  EXPECT_EQ(DecodeUnaligned<std::uint8_t>(DType::kBool, {0, 1}), (std::vector<double>{0, 1}));
}

TEST(DecodeToDouble, ThirtyTwoBitIntegersAreExact) {
  EXPECT_EQ(DecodeUnaligned<std::uint32_t>(DType::kI32, {0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}),
            (std::vector<double>{2147483647.0, -2147483648.0, -1}));
  EXPECT_EQ(DecodeUnaligned<std::uint32_t>(DType::kU32, {0x80000000, 0xFFFFFFFF}),
            (std::vector<double>{2147483648.0, 4294967295.0}));
}

TEST(DecodeToDouble, SixtyFourBitIntegersAreExactTo2To53) {
  EXPECT_EQ(DecodeUnaligned<std::int64_t>(DType::kI64, {(1LL << 53) - 1, -(1LL << 53), -1}),
            (std::vector<double>{0x1p53 - 1, -0x1p53, -1}));
  EXPECT_EQ(DecodeUnaligned<std::uint64_t>(DType::kU64, {(1ULL << 53) - 1, 1ULL << 63}),
            (std::vector<double>{0x1p53 - 1, 0x1p63}));
}

TEST(DecodeToDouble, SixtyFourBitIntegersBeyondAreRoundedToNearestEven) {
  EXPECT_EQ(DecodeUnaligned<std::int64_t>(
                DType::kI64,
                {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                 (1LL << 53) + 1, (1LL << 53) + 3, -(1LL << 53) - 1}),
            (std::vector<double>{-0x1p63, 0x1p63, 0x1p53, 0x1p53 + 4, -0x1p53}));
  EXPECT_EQ(DecodeUnaligned<std::uint64_t>(
                DType::kU64, {std::numeric_limits<std::uint64_t>::max(), (1ULL << 63) + 1}),
            (std::vector<double>{0x1p64, 0x1p63}));
}

TEST(DecodeToDouble, DoublesKeepTheirBits) {
  const std::vector<std::uint64_t> bits = {
      0, 1, 0x8000000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF8000000000123};
  std::vector<std::uint64_t> decoded;
  for (const double value : DecodeUnaligned(DType::kF64, bits)) {
    decoded.push_back(std::bit_cast<std::uint64_t>(value));
  }
  EXPECT_EQ(decoded, bits);
}

TEST(DecodeToFloat, FloatsKeepTheirBitsSignallingNanIncluded) {
  const std::vector<std::uint32_t> bits = {0,          1,          0x80000000, 0x7F7FFFFF,
                                           0x7F800000, 0x7F800001, 0xFFC12345};
  std::vector<std::byte> bytes(1 + bits.size() * 4);
  std::memcpy(bytes.data() + 1, bits.data(), bits.size() * 4);
  std::vector<float> decoded(bits.size());
  DecodeToFloat(DType::kF32, bytes.data() + 1, bits.size(), decoded.data());
  for (std::size_t i = 0; i < bits.size(); ++i) EXPECT_EQ(Bits(decoded[i]), bits[i]);
}

TEST(DecodeToFloat, NothingToDecodeTouchesNothing) {
  float untouched = 42;
  DecodeToFloat(DType::kF32, nullptr, 0, &untouched);
  DecodeToFloat(DType::kBF16, nullptr, 0, &untouched);
  EXPECT_EQ(untouched, 42);
}

TEST(DecodeDeathTest, RefusesATypeItCannotDecode) {
  const std::byte data[8] = {};
  float as_float = 0;
  double as_double = 0;
  EXPECT_DEATH(DecodeToFloat(DType::kF64, data, 1, &as_float), "");
  EXPECT_DEATH(DecodeToDouble(DType::kC64, data, 1, &as_double), "");
}

}  // namespace decode_test
}  // namespace modelkin
