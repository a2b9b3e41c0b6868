#include "base/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace modelkin {
namespace number_text_test {

double Log10(double exponent) { return exponent * std::numbers::ln10; }

TEST(FormatP, IsAWholePowerOfTenThatPIsBelow) {
  EXPECT_EQ(FormatP(Log10(-57.7), false), "p < 10^-57");
  EXPECT_EQ(FormatP(Log10(-58.0), true), "p < 10^-57");  // equal to 10^-58: not below it
  EXPECT_EQ(FormatP(Log10(-4794.9), false), "p < 10^-300");
  EXPECT_EQ(FormatP(Log10(-299.5), false), "p < 10^-299");
  EXPECT_EQ(FormatP(std::log(0.04), false), "p = 0.04");
  EXPECT_EQ(FormatP(std::log(0.04), true), "p <= 0.04");
  EXPECT_EQ(FormatP(0, true), "p <= 1");
  EXPECT_EQ(FormatP(-std::numeric_limits<double>::infinity(), true), "p < 10^-300");
}

TEST(FormatP, NeverClaimsLessThanP) {
  for (double exponent = -3; exponent > -299; exponent -= 0.37) {
    const std::string text = FormatP(Log10(exponent), false);
    ASSERT_TRUE(text.starts_with("p < 10^-")) << text;
    EXPECT_GT(std::stod(text.substr(7)), exponent) << text;
    EXPECT_LE(std::stod(text.substr(7)), exponent + 1 + 1e-9) << text;
  }
}

TEST(FormatPCell, IsTheSameForATable) {
  EXPECT_EQ(FormatPCell(Log10(-57.7), false), "<10^-57");
  EXPECT_EQ(FormatPCell(std::log(0.5), false), "0.5");
  EXPECT_EQ(FormatPCell(std::log(0.5), true), "<=0.5");
}

TEST(FormatPercent, ClaimsAllOrNothingOnlyWhereItIs) {
  EXPECT_EQ(FormatPercent(1), "100 %");
  EXPECT_EQ(FormatPercent(0), "0.0 %");
  EXPECT_EQ(FormatPercent(0.99999), "over 99.9 %");
  EXPECT_EQ(FormatPercent(0.995), "99.5 %");
  EXPECT_EQ(FormatPercent(0.0796), "8 %");
  EXPECT_EQ(FormatPercent(0.007), "0.7 %");
  EXPECT_EQ(FormatPercent(0.0001), "under 0.1 %");
  EXPECT_EQ(FormatPercent(-0.02), "-2.0 %");
  EXPECT_EQ(FormatPercent(std::nan("")), "-");
}

TEST(FormatAbbreviated, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(FormatAbbreviated(0), "0");
  EXPECT_EQ(FormatAbbreviated(999), "999");
  EXPECT_EQ(FormatAbbreviated(886'016), "886k");
  EXPECT_EQ(FormatAbbreviated(99'960'000), "100M");
  EXPECT_EQ(FormatAbbreviated(1377176), "1.38M");
  EXPECT_EQ(FormatAbbreviated(102651799552), "103B");
  EXPECT_EQ(FormatAbbreviated(999'600'000), "1.00B");
  EXPECT_EQ(FormatAbbreviated(std::numeric_limits<std::uint64_t>::max()), "18447Q");
}

TEST(FormatCount, HasCommasBetweenThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1002003), "1,002,003");
}

}  // namespace number_text_test
}  // namespace modelkin
