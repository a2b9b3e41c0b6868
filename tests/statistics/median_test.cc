#include "statistics/median.h"

#include <gtest/gtest.h>

#include <limits>

namespace modelkin {
namespace median_test {

TEST(Median, IsTheMiddleOne) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({5}), 5);
  EXPECT_EQ(Median({7, 7, 7, 7}), 7);
}

TEST(Median, OfAnEvenNumberIsBetweenTheMiddleTwo) {
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(Median({-1, 1}), 0);
}

TEST(Median, OfNoneIsNothing) { EXPECT_FALSE(Median({}).has_value()); }

TEST(Median, OfHugeValuesDoesNotOverflow) {
  const double huge = std::numeric_limits<double>::max();
  EXPECT_EQ(Median({huge, huge}), huge);
}

}  // namespace median_test
}  // namespace modelkin
