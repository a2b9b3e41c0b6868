// MLPs compared by plans that do not take all of them.
#include "lineage/mlp_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace mlp_comparison_test {

PairAnalysis Compared(const ToyModel& a, const ToyModel& b, const DrawPlan& plan,
                      unsigned threads = 2) {
  const StoredToy stored_a(a), stored_b(b);
  TraceSettings settings;
  settings.threads = threads;
  settings.draws = 2000;
  settings.plan = plan;
  TraceState state;
  Progress progress;
  return AnalysePair(stored_a.traced(), stored_b.traced(), settings, state, "pair", progress);
}

std::uint64_t Linked(const PairAnalysis& pair) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      pair.mlps, [](const MlpMatch& match) { return match.log_p_linked() < kLinkedLogP; }));
}

ToyModel Hidden(const ToyModel& model) {
  ToyModel hidden = model;
  PermuteHiddenUnits(hidden, 5);
  PermuteExperts(hidden, 6);
  AddNoise(hidden, 0.2, 7);
  return hidden;
}

TEST(MlpComparison, DrawnUnitsAndSumsFindAHiddenCopy) {
  const ToyModel a = TrainedToy(1);
  const PairAnalysis all = Compared(a, Hidden(a), {});
  const PairAnalysis pair = Compared(a, Hidden(a), {.units = 24, .sums = 48});
  ASSERT_EQ(pair.mlps.size(), all.mlps.size());
  EXPECT_EQ(Linked(pair), pair.mlps.size());
  for (std::size_t i = 0; i < pair.mlps.size(); ++i) {
    EXPECT_EQ(pair.mlps[i].a, all.mlps[i].a) << i;
    EXPECT_EQ(pair.mlps[i].units_b, 24U);
  }
  EXPECT_EQ(pair.experts.agreed, all.experts.agreed);
  EXPECT_EQ(pair.similarities_b.size(), all.similarities_b.size());
}

TEST(MlpComparison, StrangersAreNotLinked) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const PairAnalysis pair =
        Compared(TrainedToy(seed), TrainedToy(100 + seed), {.units = 24, .sums = 48});
    EXPECT_EQ(Linked(pair), 0U) << seed;
  }
}

TEST(MlpComparison, DrawnMlpsAreOfAllLayers) {
  const ToyModel a = TrainedToy(1);
  const PairAnalysis pair = Compared(a, a, {.units = 24, .mlps = 7, .sums = 48});
  EXPECT_EQ(pair.mlps.size(), 7U);
  EXPECT_EQ(pair.counts.size(), 7U);
  EXPECT_EQ(Linked(pair), 7U);
  std::map<std::uint32_t, int> of_layer;
  for (const MlpMatch& match : pair.mlps) ++of_layer[*pair.b.mlps[match.b].layer];
  EXPECT_EQ(of_layer.size(), static_cast<std::size_t>(kToyLayers));
  EXPECT_EQ(pair.sources.size(), pair.b.mlps.size());
}

// As a quick trace finds them: nothing of the MLPs themselves is read for it.
TEST(MlpComparison, WithoutSumsSourcesAreFoundByRouters) {
  const ToyModel a = TrainedToy(1);
  const PairAnalysis pair = Compared(a, a, {.units = 24, .sums = 0});
  EXPECT_EQ(Linked(pair), pair.mlps.size());
  EXPECT_FALSE(pair.mlps.empty());
  EXPECT_TRUE(pair.experts.layers.empty());
  EXPECT_TRUE(pair.similarities_a.empty());
}

// Without down weights routers and names have to do; gates and ups are matched.
TEST(MlpComparison, MlpsWithoutDownWeightsAreFoundByRouters) {
  ToyModel a = TrainedToy(1);
  std::erase_if(a.tensors, [](const auto& item) {
    return item.first.find("experts.") != std::string::npos &&
           item.first.find("down_proj") != std::string::npos;
  });
  const PairAnalysis pair = Compared(a, a, {.units = 24, .sums = 48});
  ASSERT_FALSE(pair.mlps.empty());
  for (const MlpMatch& match : pair.mlps) EXPECT_EQ(match.a, match.b);
  EXPECT_EQ(Linked(pair), pair.mlps.size());
}

TEST(MlpComparison, SameForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = Hidden(a);
  const DrawPlan plan{.units = 24, .mlps = 9, .sums = 48};
  const PairAnalysis one = Compared(a, b, plan, 1);
  for (const unsigned threads : {2U, 7U}) {
    const PairAnalysis other = Compared(a, b, plan, threads);
    ASSERT_EQ(other.mlps.size(), one.mlps.size());
    EXPECT_EQ(other.counts, one.counts);
    for (std::size_t i = 0; i < one.mlps.size(); ++i) {
      EXPECT_EQ(other.mlps[i].b, one.mlps[i].b);
      EXPECT_EQ(other.mlps[i].tail.log_p, one.mlps[i].tail.log_p);
      EXPECT_EQ(other.mlps[i].trace_tail.log_p, one.mlps[i].trace_tail.log_p);
      EXPECT_EQ(other.mlps[i].cosine(), one.mlps[i].cosine());
      EXPECT_EQ(other.sources[i]->similarity, one.sources[i]->similarity);
    }
  }
}

}  // namespace mlp_comparison_test
}  // namespace modelkin::testing
