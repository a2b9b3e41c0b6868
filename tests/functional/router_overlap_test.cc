#include "functional/router_overlap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace modelkin {
namespace router_overlap_test {

constexpr std::size_t kTokens = 4000;
constexpr std::uint32_t kExperts = 8;

// Two experts a token; low numbers are chosen more often, and neighbours together.
RouterChoice RandomChoice(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::geometric_distribution<std::uint32_t> low(0.3);
  RouterChoice choice{.chosen = 2, .experts = {}, .weights = {}, .experts_in_all = kExperts};
  for (std::size_t i = 0; i < kTokens; ++i) {
    const std::uint32_t first = low(random) % kExperts;
    choice.experts.push_back(first);
    choice.experts.push_back((first + 1 + low(random) % 3) % kExperts);
  }
  choice.weights.assign(choice.experts.size(), 0.5F);
  return choice;
}

RouterChoice Renumbered(RouterChoice choice, const std::vector<std::uint32_t>& to) {
  for (std::uint32_t& expert : choice.experts) expert = to[expert];
  return choice;
}

ModelRecord With(std::size_t layer, RouterChoice choice) {
  ModelRecord record;
  record.routing[layer] = std::move(choice);
  return record;
}

std::vector<RowPair> InPlace(std::size_t count) {
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < count; ++i) pairs.push_back({i, i});
  return pairs;
}

TEST(RouterOverlap, FindsRenumberedExperts) {
  const std::vector<std::uint32_t> to = {3, 7, 0, 5, 1, 2, 6, 4};
  const RouterChoice choice = RandomChoice(1);
  const auto overlaps =
      CompareRouters(With(2, choice), With(3, Renumbered(choice, to)), InPlace(kTokens), 1);
  ASSERT_EQ(overlaps.size(), 1U);
  const RouterOverlap& overlap = overlaps.front();
  EXPECT_EQ(overlap.layer_a, 2U);
  EXPECT_EQ(overlap.layer_b, 3U);
  EXPECT_EQ(overlap.positions, kTokens / 2);
  for (std::uint32_t expert = 0; expert < kExperts; ++expert) {
    EXPECT_EQ(overlap.partner[expert], to[expert]);
  }
  EXPECT_EQ(overlap.overlap, 1);
  EXPECT_LT(*overlap.overlap_in_place, 0.6);
  EXPECT_NEAR(*overlap.load_correlation, 1, 1e-12);
  EXPECT_NEAR(*overlap.coactivation_correlation, 1, 1e-12);
}

TEST(RouterOverlap, OfUnrelatedChoicesIsWhatChanceGives) {
  const auto overlap =
      CompareRouters(With(0, RandomChoice(1)), With(0, RandomChoice(2)), InPlace(kTokens), 1)
          .front();
  // Shares of 4,000 choices: a standard deviation of 0.01.
  EXPECT_NEAR(overlap.overlap, overlap.overlap_by_chance, 0.04);
  EXPECT_LT(overlap.overlap, 0.7);
}

TEST(RouterOverlap, CountsTheSideThatChoosesFewer) {
  RouterChoice all = RandomChoice(1);
  RouterChoice first{.chosen = 1, .experts = {}, .weights = {}, .experts_in_all = kExperts};
  for (std::size_t i = 0; i < all.experts.size(); i += 2) first.experts.push_back(all.experts[i]);
  const auto overlap = CompareRouters(With(0, all), With(0, first), InPlace(kTokens), 1).front();
  EXPECT_EQ(overlap.overlap, 1);
}

TEST(RouterOverlap, LeavesExpertsWithoutPartnerAlone) {
  RouterChoice few{.chosen = 1, .experts = {}, .weights = {}, .experts_in_all = 2};
  for (std::size_t i = 0; i < kTokens; ++i) few.experts.push_back(i % 2);
  const auto overlap =
      CompareRouters(With(0, RandomChoice(1)), With(0, few), InPlace(kTokens), 1).front();
  EXPECT_EQ(std::ranges::count_if(overlap.partner, [](const auto& x) { return !x; }), kExperts - 2);
  EXPECT_FALSE(overlap.overlap_in_place.has_value());
  EXPECT_FALSE(overlap.load_correlation.has_value());  // of two experts
}

TEST(RouterOverlap, NeedsRoutersAndPositions) {
  EXPECT_TRUE(CompareRouters(With(0, RandomChoice(1)), ModelRecord(), InPlace(10), 1).empty());
  EXPECT_TRUE(
      CompareRouters(With(0, RandomChoice(1)), With(0, RandomChoice(1)), InPlace(1), 1).empty());
}

}  // namespace router_overlap_test
}  // namespace modelkin
