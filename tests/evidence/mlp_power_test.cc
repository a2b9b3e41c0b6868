#include "evidence/mlp_power.h"

#include <gtest/gtest.h>

#include "evidence/drawn_planting.h"
#include "lineage/one_mlp.h"

namespace modelkin::testing {
namespace mlp_power_test {

constexpr double kLevel = -13.8;

// A pair whose one MLP was matched.
PairAnalysis PairOf(const ToyModel& a, const ToyModel& b) {
  const StoredToy stored_a(a), stored_b(b);
  PairAnalysis pair{.a = PartsOf(*stored_a.traced().checkpoint, nullptr),
                    .b = PartsOf(*stored_b.traced().checkpoint, nullptr)};
  pair.mlps = {MatchMlps(pair.a, 0, pair.b, 0, 1, 1)};
  pair.counts = {true};
  return pair;
}

PowerStatement PowerOf(const PairAnalysis& pair, const DrawPlan& plan, unsigned threads = 2) {
  TraceSettings settings;
  settings.threads = threads;
  settings.plan = plan;
  PowerStatement power;
  SimulateMlpPower(pair, kLevel, settings, power);
  return power;
}

class MlpPower : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Mlps, MlpPower, ::testing::Bool(),
                         [](const auto& made) { return made.param ? "Gated" : "NotGated"; });

// One makes rows of mixtures, the other cosines of them out of those of their parts.
TEST_P(MlpPower, OfAllUnitsDrawnIsThatOfAllUnits) {
  const PairAnalysis pair = PairOf(OneMlp(1, 60, GetParam()), OneMlp(2, 60, GetParam()));
  const PowerStatement all = PowerOf(pair, {}), drawn = PowerOf(pair, {.units = 60});
  ASSERT_TRUE(all.gate_up && all.gate_up_fitted);
  EXPECT_GT(*all.gate_up, 0.1);
  EXPECT_LT(*all.gate_up, 0.9);
  EXPECT_EQ(drawn.gate_up, all.gate_up);
  EXPECT_EQ(drawn.gate_up_fitted, all.gate_up_fitted);
  EXPECT_EQ(drawn.mlps, 1U);
}

TEST_P(MlpPower, OfFewUnitsIsNearThatOfAll) {
  const PairAnalysis pair = PairOf(OneMlp(1, 300, GetParam()), OneMlp(2, 300, GetParam()));
  const PowerStatement all = PowerOf(pair, {}), drawn = PowerOf(pair, {.units = 64});
  ASSERT_TRUE(all.gate_up_fitted && drawn.gate_up_fitted);
  EXPECT_NEAR(*drawn.gate_up_fitted, *all.gate_up_fitted, 0.06);
}

TEST(MlpPower, SameForAnyNumberOfThreads) {
  const PairAnalysis pair = PairOf(OneMlp(1, 200), OneMlp(2, 200));
  const PowerStatement one = PowerOf(pair, {.units = 40}, 1);
  for (const unsigned threads : {2U, 7U}) {
    const PowerStatement other = PowerOf(pair, {.units = 40}, threads);
    EXPECT_EQ(other.gate_up, one.gate_up);
    EXPECT_EQ(other.gate_up_fitted, one.gate_up_fitted);
  }
}

TEST(MlpPower, NeedsOneWidth) {
  const PairAnalysis pair = PairOf(OneMlp(1, 100), OneMlp(2, 90));
  const PowerStatement power = PowerOf(pair, {.units = 40});
  EXPECT_EQ(power.mlps, 0U);
  EXPECT_FALSE(power.gate_up || power.gate_up_fitted);
}

TEST(DrawnPlanting, AllOfAIsFoundAndNothingOfItIsNot) {
  const PairAnalysis pair = PairOf(OneMlp(1, 200), OneMlp(2, 200));
  const DrawnPlanting planting(pair, pair.mlps[0], {.seed = 1, .units = 32, .threads = 1});
  std::uint64_t agreed = 0;
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    const MlpMatch all = planting.Match(1, draw);
    EXPECT_EQ(all.units_a, 200U);
    EXPECT_EQ(all.units_b, 32U);
    EXPECT_EQ(all.agreed, 32U);
    agreed += planting.Match(0, draw).agreed;
  }
  EXPECT_LE(agreed, 12U);  // 3.2 expected
}

// Units that are dead in A can't be planted; those dead in B leave all of a unit to A.
TEST(DrawnPlanting, DeadUnits) {
  ToyModel a = OneMlp(1, 60), b = OneMlp(2, 60);
  for (const char* role : {"gate_proj.weight", "up_proj.weight"}) {
    std::fill_n(a.At(kOneMlpPrefix + role).values.begin(), 20 * kOneMlpWidth, 0.0F);
    std::fill_n(b.At(kOneMlpPrefix + role).values.begin(), 60 * kOneMlpWidth, 0.0F);
  }
  PairAnalysis pair = PairOf(a, OneMlp(2, 60));
  const StoredToy stored(b);
  pair.b = PartsOf(*stored.traced().checkpoint, nullptr);
  const DrawnPlanting planting(pair, pair.mlps[0], {.seed = 1, .units = 60, .threads = 1});
  const MlpMatch match = planting.Match(0.01, 1);
  EXPECT_EQ(match.units_a, 40U);
  EXPECT_EQ(match.units_b, 40U);
  EXPECT_EQ(match.agreed, 40U);
}

}  // namespace mlp_power_test
}  // namespace modelkin::testing
