#include "base/checked_arithmetic.h"

#include <gtest/gtest.h>

#include <limits>

namespace modelkin {
namespace checked_arithmetic_test {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(CheckedAdd, GivesTheSumUpToTheLargestNumber) {
  EXPECT_EQ(CheckedAdd(0, 0), 0U);
  EXPECT_EQ(CheckedAdd(kMax - 8, 8), kMax);
  EXPECT_EQ(CheckedAdd(kMax, 0), kMax);
}

TEST(CheckedAdd, GivesNothingOnOverflow) {
  EXPECT_EQ(CheckedAdd(kMax, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd(8, kMax - 7), std::nullopt);
  EXPECT_EQ(CheckedAdd(kMax, kMax), std::nullopt);
}

TEST(CheckedMultiply, GivesTheProductUpToTheLargestNumber) {
  EXPECT_EQ(CheckedMultiply(0, kMax), 0U);
  EXPECT_EQ(CheckedMultiply(1, kMax), kMax);
  EXPECT_EQ(CheckedMultiply(0xFFFFFFFF, 0x100000001), kMax);
}

TEST(CheckedMultiply, GivesNothingOnOverflow) {
  EXPECT_EQ(CheckedMultiply(std::uint64_t{1} << 32, std::uint64_t{1} << 32), std::nullopt);
  EXPECT_EQ(CheckedMultiply(2, 18446744073709551614U), std::nullopt);
  EXPECT_EQ(CheckedMultiply(kMax, kMax), std::nullopt);
}

}  // namespace checked_arithmetic_test
}  // namespace modelkin
