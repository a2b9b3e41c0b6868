#include "lineage/drawn_mlps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

namespace modelkin {
namespace drawn_mlps_test {

using ::testing::ElementsAre;

// Layers of so many MLPs each; one of no layer at the end.
std::vector<Mlp> Layers(const std::vector<std::size_t>& sizes) {
  std::vector<Mlp> mlps;
  for (std::uint32_t layer = 0; layer < sizes.size(); ++layer) {
    for (std::size_t i = 0; i < sizes[layer]; ++i) mlps.push_back({.layer = layer});
  }
  mlps.push_back({});
  return mlps;
}

std::vector<std::size_t> AllOf(const std::vector<Mlp>& mlps) {
  std::vector<std::size_t> all(mlps.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

// How many of each layer; -1 for no layer.
std::map<std::int64_t, std::size_t> CountsOf(const std::vector<Mlp>& mlps,
                                             const std::vector<std::size_t>& chosen) {
  std::map<std::int64_t, std::size_t> counts;
  for (const std::size_t i : chosen) ++counts[mlps[i].layer ? std::int64_t{*mlps[i].layer} : -1];
  return counts;
}

TEST(DrawnMlps, AreAllWhereThereAreNoMore) {
  const std::vector<Mlp> mlps = Layers({3, 2});
  EXPECT_THAT(DrawnMlps(mlps, {0, 2, 5}, 1, 3), ElementsAre(0, 2, 5));
  EXPECT_THAT(DrawnMlps(mlps, {0, 2, 5}, 1, UINT64_MAX), ElementsAre(0, 2, 5));
  EXPECT_TRUE(DrawnMlps(mlps, {}, 1, 3).empty());
  EXPECT_TRUE(DrawnMlps(mlps, {0, 2, 5}, 1, 0).empty());
}

// A dense layer beside mixtures, and shared experts of no layer: both always take part.
TEST(DrawnMlps, AreOneOfEachLayerAtLeastAndThenEven) {
  const std::vector<Mlp> mlps = Layers({1, 40, 40, 40, 3});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (std::uint64_t count = 1; count <= mlps.size(); ++count) {
      const auto chosen = DrawnMlps(mlps, AllOf(mlps), seed, count);
      ASSERT_EQ(chosen.size(), count);
      EXPECT_TRUE(std::ranges::is_sorted(chosen));
      EXPECT_EQ(std::ranges::adjacent_find(chosen), chosen.end());
      auto counts = CountsOf(mlps, chosen);
      if (count < 6) {
        for (const auto& [layer, own] : counts) EXPECT_EQ(own, 1U);
        continue;
      }
      EXPECT_EQ(counts[-1], 1U);
      EXPECT_EQ(counts[0], 1U);
      const auto [fewest, most] = std::minmax({counts[1], counts[2], counts[3]});
      EXPECT_LE(most - fewest, 1U);
      EXPECT_GE(counts[4] + 1, std::min<std::size_t>(3, fewest));
      EXPECT_GE(fewest + 1, counts[4]);
    }
  }
}

TEST(DrawnMlps, AreAnyOfALayerAndTheSameForASeed) {
  const std::vector<Mlp> mlps = Layers({10, 10});
  std::vector<std::size_t> taken(mlps.size(), 0);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto chosen = DrawnMlps(mlps, AllOf(mlps), seed, 3);
    EXPECT_EQ(chosen, DrawnMlps(mlps, AllOf(mlps), seed, 3));
    for (const std::size_t i : chosen) ++taken[i];
  }
  // 30 expected of each of the twenty.
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_NEAR(static_cast<double>(taken[i]), 30, 4.5 * 5.2) << i;
  }
  EXPECT_EQ(taken[20], 300U);
}

}  // namespace drawn_mlps_test
}  // namespace modelkin
