#include "numeric/shape.h"

#include <gtest/gtest.h>

#include <limits>

namespace modelkin {
namespace shape_test {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(ElementCount, IsTheProductOfTheDimensions) {
  EXPECT_EQ(ElementCount({7}), 7U);
  EXPECT_EQ(ElementCount({2, 3, 4}), 24U);
  EXPECT_EQ(ElementCount({1, 1, kMax}), kMax);
}

TEST(ElementCount, OfAScalarIsOne) { EXPECT_EQ(ElementCount({}), 1U); }

TEST(ElementCount, IsZeroWhereADimensionIs) {
  EXPECT_EQ(ElementCount({0}), 0U);
  EXPECT_EQ(ElementCount({5, 0, 3}), 0U);
  EXPECT_EQ(ElementCount({0, 0}), 0U);
}

TEST(ElementCount, GivesNothingOnOverflow) {
  EXPECT_EQ(ElementCount({2, 18446744073709551614U}), std::nullopt);
  EXPECT_EQ(ElementCount({kMax, kMax}), std::nullopt);
  EXPECT_EQ(ElementCount({1U << 31, 1U << 31, 4}), std::nullopt);
}

TEST(ElementCount, DoesNotDependOnTheOrderOfAZeroAndAnOverflow) {
  EXPECT_EQ(ElementCount({0, kMax}), 0U);
  EXPECT_EQ(ElementCount({kMax, 0}), 0U);
  EXPECT_EQ(ElementCount({0, kMax, 2}), std::nullopt);
  EXPECT_EQ(ElementCount({kMax, 0, 2}), std::nullopt);
  EXPECT_EQ(ElementCount({kMax, 2, 0}), std::nullopt);
}

TEST(ByteCount, IsElementsTimesWidth) {
  EXPECT_EQ(ByteCount(DType::kF32, 10), 40U);
  EXPECT_EQ(ByteCount(DType::kBool, 3), 3U);
  EXPECT_EQ(ByteCount(DType::kC64, 2), 16U);
  EXPECT_EQ(ByteCount(DType::kBF16, 0), 0U);
}

TEST(ByteCount, NeedsWholeBytes) {
  EXPECT_EQ(ByteCount(DType::kF4, 4), 2U);
  EXPECT_EQ(ByteCount(DType::kF4, 3), std::nullopt);
  EXPECT_EQ(ByteCount(DType::kF4, 1), std::nullopt);
  EXPECT_EQ(ByteCount(DType::kF6E2M3, 4), 3U);
  EXPECT_EQ(ByteCount(DType::kF6E2M3, 2), std::nullopt);
  EXPECT_EQ(ByteCount(DType::kF6E3M2, 5), std::nullopt);
}

TEST(ByteCount, GivesNothingOnOverflow) {
  EXPECT_EQ(ByteCount(DType::kF64, (kMax >> 6)), (kMax >> 6) * 8);
  EXPECT_EQ(ByteCount(DType::kF64, (kMax >> 6) + 1), std::nullopt);
  EXPECT_EQ(ByteCount(DType::kU8, kMax), std::nullopt);
}

TEST(ShapeText, ListsTheDimensions) {
  EXPECT_EQ(ShapeText({}), "[]");
  EXPECT_EQ(ShapeText({0}), "[0]");
  EXPECT_EQ(ShapeText({128, 4096}), "[128, 4096]");
  EXPECT_EQ(ShapeText({kMax}), "[18446744073709551615]");
}

}  // namespace shape_test
}  // namespace modelkin
