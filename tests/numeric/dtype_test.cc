#include "numeric/dtype.h"

#include <gtest/gtest.h>

#include <string>

namespace modelkin {
namespace dtype_test {

struct Expected {
  const char* name;
  unsigned bits;
  bool comparable;
  bool fits_float;
  bool floating_point;
};

// The format's list of types, written down independently of the table under test.
constexpr Expected kExpected[] = {
    {"BOOL", 8, true, true, false},         {"F4", 4, false, false, true},
    {"F6_E2M3", 6, false, false, true},     {"F6_E3M2", 6, false, false, true},
    {"U8", 8, true, true, false},           {"I8", 8, true, true, false},
    {"F8_E5M2", 8, true, true, true},       {"F8_E4M3", 8, true, true, true},
    {"F8_E8M0", 8, false, false, true},     {"F8_E4M3FNUZ", 8, false, false, true},
    {"F8_E5M2FNUZ", 8, false, false, true}, {"I16", 16, true, true, false},
    {"U16", 16, true, true, false},         {"F16", 16, true, true, true},
    {"BF16", 16, true, true, true},         {"I32", 32, true, false, false},
    {"U32", 32, true, false, false},        {"F32", 32, true, true, true},
    {"C64", 64, false, false, true},        {"F64", 64, true, false, true},
    {"I64", 64, true, false, false},        {"U64", 64, true, false, false},
};

class EveryDType : public ::testing::TestWithParam<Expected> {};

TEST_P(EveryDType, HasItsNameWidthAndProperties) {
  const Expected& expected = GetParam();
  const auto dtype = ParseDType(expected.name);
  ASSERT_TRUE(dtype.has_value());
  EXPECT_EQ(DTypeName(*dtype), expected.name);
  EXPECT_EQ(BitWidth(*dtype), expected.bits);
  EXPECT_EQ(IsComparable(*dtype), expected.comparable);
  EXPECT_EQ(FitsFloat(*dtype), expected.fits_float);
  EXPECT_EQ(IsFloatingPoint(*dtype), expected.floating_point);
}

INSTANTIATE_TEST_SUITE_P(Names, EveryDType, ::testing::ValuesIn(kExpected),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ParseDType, CoversTheEnumeration) {
  EXPECT_EQ(std::size(kExpected), static_cast<std::size_t>(DType::kC64) + 1);
}

TEST(ParseDType, RefusesOtherNames) {
  for (const char* name : {"", "f32", "Bf16", "F32 ", " F32", "F3", "F322", "F8", "FLOAT", "F128",
                           "C128", "BOOLEAN"}) {
    EXPECT_EQ(ParseDType(name), std::nullopt) << name;
  }
  EXPECT_EQ(ParseDType(std::string_view("F32\0", 4)), std::nullopt);
}

}  // namespace dtype_test
}  // namespace modelkin
