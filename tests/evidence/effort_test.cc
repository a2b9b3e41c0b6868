#include "evidence/effort.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evidence/linked_shares.h"
#include "evidence/toy_trace.h"
#include "source/byte_source.h"

namespace modelkin::testing {
namespace effort_test {

// Of one tensor that nobody reads.
Checkpoint ModelOf(std::uint64_t values) {
  return Checkpoint(
      "", {}, {{.name = "w", .dtype = DType::kBF16, .shape = {values}, .elements = values}}, {});
}

std::vector<DrawPlan> Plans(std::uint64_t values, TraceOptions options = {}) {
  return PlansOf(options, ModelOf(16), ModelOf(values));
}

TEST(PlansOf, TakeAllOfSmallModelsAndDrawOfLargerOnes) {
  ASSERT_EQ(Plans(kWholeValues).size(), 1U);
  EXPECT_TRUE(Plans(kWholeValues).front().is_all());
  const auto looks = Plans(kWholeValues + 1);
  ASSERT_EQ(looks.size(), 3U);
  for (std::size_t i = 1; i < looks.size(); ++i) {
    EXPECT_GT(looks[i].rows, looks[i - 1].rows);
    EXPECT_GT(looks[i].units, looks[i - 1].units);
    EXPECT_GT(looks[i].mlps, looks[i - 1].mlps);
  }
  EXPECT_EQ(looks.front().run_bytes, 1U);
  const auto large = Plans(kLargeValues + 1);
  ASSERT_EQ(large.size(), 1U);
  EXPECT_EQ(large.front().run_bytes, kMovedBlockBytes);
}

TEST(PlansOf, OfFullEffortTakeAllOfAnyModel) {
  const auto plans = Plans(kLargeValues + 1, {.effort = Effort::kFull});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_TRUE(plans.front().is_all());
}

TEST(PlansOf, OfQuickEffortAreOneSmallDraw) {
  const auto plans = Plans(16, {.effort = Effort::kQuick});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_LE(plans.front().mlps, 12U);
}

TEST(PlansOf, AreLoweredByWhatIsAskedFor) {
  const auto plans = Plans(16, {.most_rows = 256, .most_units = 32});
  ASSERT_EQ(plans.size(), 3U);
  for (const DrawPlan& plan : plans) {
    EXPECT_EQ(plan.rows, 256U);
    EXPECT_EQ(plan.units, 32U);
  }
  EXPECT_EQ(Plans(16, {.effort = Effort::kFull, .most_units = 32}).front().units, 32U);
}

TEST(IsSettled, WhereSharesAreKnownWithinTwoPoints) {
  const DrawPlan drawn{.rows = 4096};
  Verdict verdict{.category = VerdictCategory::kDerived};
  verdict.shares = {.mlps = 96, .mlps_linked = 96};
  EXPECT_TRUE(IsSettled(verdict, std::nullopt, drawn, 6144));
  verdict.shares.mlps_linked = 48;
  EXPECT_FALSE(IsSettled(verdict, std::nullopt, drawn, 6144));
  EXPECT_TRUE(IsSettled(verdict, std::nullopt, drawn, 96));
  EXPECT_TRUE(IsSettled(verdict, std::nullopt, DrawPlan{}, 6144));
}

TEST(LeastShare, OfDrawnMlpsIsWhatTheShareIsAtLeast) {
  LinkedShares shares{.mlps = 128, .mlps_linked = 100, .mlp_parameters = 100.0 / 128};
  EXPECT_GE(*LeastShare(shares), kDerivedShare);
  shares.mlps_drawn_from = 6144;
  EXPECT_LT(*LeastShare(shares), kDerivedShare);
  shares.mlps_linked = 128;
  shares.mlp_parameters = 1;
  EXPECT_GE(*LeastShare(shares), 0.97);
}

TEST(IsSettled, WhereOnePercentWouldHaveBeenFound) {
  const DrawPlan drawn{.rows = 4096};
  const Verdict verdict{.category = VerdictCategory::kNoEvidence};
  EXPECT_TRUE(IsSettled(verdict, PowerStatement{.residual_trace = 0.009}, drawn, 10));
  EXPECT_FALSE(IsSettled(verdict, PowerStatement{.residual_trace = 0.01}, drawn, 10));
  EXPECT_FALSE(IsSettled(verdict, PowerStatement{}, drawn, 10));
  EXPECT_FALSE(IsSettled(verdict, std::nullopt, drawn, 10));
}

Trace Drawn(const ToyModel& a, const ToyModel& b, TraceOptions options) {
  const StoredToy stored_a(a), stored_b(b);
  TraceState state;
  Progress progress;
  return TraceLineage({.a = stored_a.traced(), .b = stored_b.traced()}, {options, 2}, state,
                      progress);
}

TEST(TraceByDraws, FindsANoisyCopyInTheFirstLook) {
  ToyModel b = TrainedToy(1);
  AddNoise(b, 0.2, 3);
  const Trace trace = Drawn(TrainedToy(1), b, {.most_rows = 256, .most_units = 32});
  EXPECT_EQ(trace.verdict.category, VerdictCategory::kDerived);
  EXPECT_EQ(trace.effort.taken, 1U);
  EXPECT_EQ(trace.effort.planned, 3U);
  EXPECT_TRUE(trace.effort.settled);
  EXPECT_GT(trace.pair.residual.weights.rows, 0U);
}

TEST(TraceByDraws, FindsNothingBetweenStrangers) {
  const Trace trace = Drawn(TrainedToy(1), TrainedToy(2), {.most_rows = 256, .most_units = 32});
  EXPECT_EQ(trace.verdict.category, VerdictCategory::kNoEvidence);
  ASSERT_TRUE(trace.power);
}

}  // namespace effort_test
}  // namespace modelkin::testing
