#include "kernels/reduced_costs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "support/simd_target_test.h"

namespace modelkin {
namespace reduced_costs_test {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

class ReducedCosts : public testing::SimdTargetTest {};

struct Row {
  std::vector<float> scores;
  std::vector<double> prices;

  double Cost(std::size_t j) const { return -static_cast<double>(scores[j]) - prices[j]; }
};

// Of few values, so that many are equal, or of many.
Row RandomRow(std::size_t count, bool few, std::mt19937& random) {
  std::uniform_int_distribution<int> steps(-2, 2);
  std::normal_distribution<double> normal;
  Row row;
  for (std::size_t j = 0; j < count; ++j) {
    row.scores.push_back(few ? static_cast<float>(steps(random))
                             : static_cast<float>(normal(random)));
    row.prices.push_back(few ? steps(random) : normal(random));
  }
  return row;
}

TEST_P(ReducedCosts, TwoCheapestAreThoseThatSortingHasFirst) {
  std::mt19937 random(5);
  for (const std::size_t count : {2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 64, 96, 131}) {
    for (int draw = 0; draw < 40; ++draw) {
      const Row row = RandomRow(count, draw % 2 == 0, random);
      std::vector<std::uint32_t> order(count);
      std::iota(order.begin(), order.end(), 0U);
      std::ranges::stable_sort(order, {}, [&](std::uint32_t j) { return row.Cost(j); });
      const TwoCheapest found = FindTwoCheapest(row.scores.data(), row.prices.data(), count);
      ASSERT_EQ(found.column, order[0]) << count;
      ASSERT_EQ(found.least, row.Cost(order[0]));
      ASSERT_EQ(found.second_column, order[1]) << count;
      ASSERT_EQ(found.second, row.Cost(order[1]));
    }
  }
}

TEST_P(ReducedCosts, WhatIsNotThereIsInfinite) {
  const float score = 3;
  const double price = 1;
  const TwoCheapest of_none = FindTwoCheapest(&score, &price, 0);
  EXPECT_EQ(of_none.least, kInfinite);
  EXPECT_EQ(of_none.second, kInfinite);
  const TwoCheapest of_one = FindTwoCheapest(&score, &price, 1);
  EXPECT_EQ(of_one.least, -4);
  EXPECT_EQ(of_one.column, 0U);
  EXPECT_EQ(of_one.second, kInfinite);
}

TEST_P(ReducedCosts, RelaxingReachesOpenColumnsThatAreFarther) {
  std::mt19937 random(6);
  for (const std::size_t count : {0, 1, 5, 8, 16, 23, 100}) {
    for (int draw = 0; draw < 20; ++draw) {
      const Row row = RandomRow(count, draw % 2 == 0, random);
      std::vector<double> settled(count, kInfinite), distance(count, kInfinite);
      std::vector<std::uint64_t> before(count, 7);
      for (std::size_t j = 0; j < count; ++j) {
        const auto kind = random() % 3;
        if (kind == 0) settled[j] = 0.5;
        if (kind == 1) distance[j] = 1;
      }
      std::vector<double> expected = distance;
      std::vector<std::uint64_t> expected_before = before;
      constexpr double kBase = 0.25;
      for (std::size_t j = 0; j < count; ++j) {
        const double by_row = kBase - static_cast<double>(row.scores[j]) - row.prices[j];
        if (settled[j] != kInfinite || by_row >= distance[j]) continue;
        expected[j] = by_row;
        expected_before[j] = 11;
      }
      const double nearest = Relax(row.scores.data(), row.prices.data(), count, kBase, 11,
                                   {settled.data(), distance.data(), before.data()});
      ASSERT_EQ(distance, expected);
      ASSERT_EQ(before, expected_before);
      ASSERT_EQ(nearest, std::accumulate(expected.begin(), expected.end(), kInfinite,
                                         [](double x, double y) { return std::min(x, y); }));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ReducedCosts, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace reduced_costs_test
}  // namespace modelkin
