#include "statistics/wilson_interval.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace {

TEST(WilsonInterval, IsThatOfPublishedTables) {
  // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I: 81 of 263,
  // 15 of 148, 0 of 20, 1 of 29.
  constexpr std::uint64_t kMany = 1'000'000'000'000;
  const auto expect = [](std::uint64_t found, std::uint64_t drawn, double low, double high) {
    const ShareInterval interval = WilsonInterval(found, drawn, kMany);
    EXPECT_NEAR(interval.low, low, 5e-5) << found;
    EXPECT_NEAR(interval.high, high, 5e-5) << found;
  };
  expect(81, 263, 0.2553, 0.3662);
  expect(15, 148, 0.0624, 0.1605);
  expect(0, 20, 0.0000, 0.1611);
  expect(1, 29, 0.0061, 0.1718);
}

TEST(WilsonInterval, NarrowsToAPointWhereAllWereDrawn) {
  EXPECT_EQ(WilsonInterval(3, 4, 4).low, 0.75);
  EXPECT_EQ(WilsonInterval(3, 4, 4).high, 0.75);
  EXPECT_LT(WilsonInterval(30, 40, 44).half_width(), WilsonInterval(30, 40, 400).half_width());
}

TEST(WilsonInterval, OfNothingIsAnything) {
  EXPECT_EQ(WilsonInterval(0, 0, 10).low, 0);
  EXPECT_EQ(WilsonInterval(0, 0, 10).high, 1);
}

}  // namespace
}  // namespace modelkin
