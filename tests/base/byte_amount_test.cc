#include "base/byte_amount.h"

#include <gtest/gtest.h>

#include <limits>

namespace modelkin {
namespace byte_amount_test {

TEST(FormatBytes, ShowsBytesAsAWholeNumber) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1), "1 B");
  EXPECT_EQ(FormatBytes(999), "999 B");
}

TEST(FormatBytes, ShowsThreeSignificantDigits) {
  EXPECT_EQ(FormatBytes(1000), "1.00 kB");
  EXPECT_EQ(FormatBytes(1234), "1.23 kB");
  EXPECT_EQ(FormatBytes(12340), "12.3 kB");
  EXPECT_EQ(FormatBytes(123400), "123 kB");
  EXPECT_EQ(FormatBytes(1500000000), "1.50 GB");
}

TEST(FormatBytes, RoundsUpIntoTheNextWidthOrUnit) {
  EXPECT_EQ(FormatBytes(9994), "9.99 kB");
  EXPECT_EQ(FormatBytes(9996), "10.0 kB");
  EXPECT_EQ(FormatBytes(99940), "99.9 kB");
  EXPECT_EQ(FormatBytes(99960), "100 kB");
  EXPECT_EQ(FormatBytes(999400), "999 kB");
  EXPECT_EQ(FormatBytes(999600), "1.00 MB");
}

TEST(FormatBytes, HasAUnitForEverySize) {
  EXPECT_EQ(FormatBytes(2'000'000'000'000), "2.00 TB");
  EXPECT_EQ(FormatBytes(3'000'000'000'000'000), "3.00 PB");
  EXPECT_EQ(FormatBytes(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

}  // namespace byte_amount_test
}  // namespace modelkin
