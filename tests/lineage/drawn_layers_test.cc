// Layer maps and heads by what a plan draws of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lineage/attention_sums.h"
#include "lineage/head_trace.h"
#include "lineage/layer_map.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace drawn_layers_test {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr DrawPlan kTwoLayers = {.layers = 2};
constexpr DrawPlan kRuns = {.layers = 2, .run_bytes = 4096};
constexpr std::uint64_t kSeed = 7;
constexpr std::size_t kWidth = kToyWidth;
constexpr std::size_t kHeads = 8, kGroups = 2;

ModelParts PartsOfToy(const StoredToy& stored) {
  return PartsOf(*stored.traced().checkpoint, stored.traced().spec);
}

LayerMap MapOf(const ToyModel& a, const ToyModel& b, const DrawPlan& plan, unsigned threads = 2) {
  const StoredToy stored_a(a), stored_b(b);
  Progress progress;
  return MapLayers(PartsOfToy(stored_a), PartsOfToy(stored_b), false, threads, progress, plan,
                   kSeed);
}

HeadTrace HeadsOf(const ToyModel& a, const ToyModel& b, std::uint64_t seed = kSeed,
                  unsigned threads = 2, const DrawPlan& plan = kTwoLayers) {
  const StoredToy stored_a(a), stored_b(b);
  Progress progress;
  return TraceHeads(PartsOfToy(stored_a), PartsOfToy(stored_b),
                    {.draws = 2000, .seed = seed, .threads = threads}, progress, plan);
}

using Rows = std::vector<std::vector<double>>;

// Centres rows over coordinates and scales them together to a norm of 1.
void AddNormalised(Rows rows, Rows& all) {
  double squares = 0;
  for (auto& row : rows) {
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / kWidth;
    for (double& value : row) value -= mean;
    for (const double value : row) squares += value * value;
  }
  for (auto& row : rows) {
    for (double& value : row) value /= std::sqrt(squares);
    all.push_back(row);
  }
}

// What is read of a layer, by the definition.
Rows RowsOfLayer(const ToyModel& model, int layer, bool whole, bool in_runs = false) {
  Rows all;
  for (const char* role :
       {"self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
        "self_attn.o_proj.weight", "input_layernorm.weight", "post_attention_layernorm.weight"}) {
    const ToyTensor& tensor =
        model.tensors.at("model.layers." + std::to_string(layer) + "." + role);
    const bool columns = std::string_view(role) == "self_attn.o_proj.weight";
    if (columns && !whole) continue;
    const std::size_t positions = tensor.values.size() / kWidth;
    const std::size_t count = std::min<std::size_t>(positions, 16);
    Rows rows;
    for (std::size_t i = 0; i < count; ++i) {
      const auto first_of = [&](const char* what) -> std::size_t {
        return DrawRuns(kSeed, what, positions, count, count)[0].first;
      };
      const std::size_t p = columns   ? first_of("columns of a weight of a layer") + i
                            : in_runs ? first_of("rows of a weight of a layer") + i
                                      : i * positions / count;
      rows.emplace_back(kWidth);
      for (std::size_t c = 0; c < kWidth; ++c) {
        rows.back()[c] = tensor.values[columns ? c * positions + p : p * kWidth + c];
      }
    }
    AddNormalised(std::move(rows), all);
  }
  if (!whole) return all;
  const StoredToy stored(model);
  const auto sums =
      AttentionSums(PartsOfToy(stored), static_cast<std::uint32_t>(layer), {kHeads, kGroups});
  for (std::size_t i = 0; i < kAttentionSums; ++i) {
    const auto first = sums.begin() + static_cast<std::ptrdiff_t>(i * kWidth);
    AddNormalised({{first, first + kWidth}}, all);
  }
  return all;
}

void ExpectCellsByDefinition(const DrawPlan& plan) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  const LayerMap map = MapOf(a, b, plan);
  const bool in_runs = plan.run_bytes > 1;
  const auto whole = DrawPlaces(kSeed, "layers whose attention is read", kToyLayers, 2);
  ASSERT_EQ(whole.size(), 2U);
  for (int la = 0; la < kToyLayers; ++la) {
    for (int lb = 0; lb < kToyLayers; ++lb) {
      const bool both = std::ranges::count(whole, la) > 0 && std::ranges::count(whole, lb) > 0;
      const Rows rows_a = RowsOfLayer(a, la, both, in_runs),
                 rows_b = RowsOfLayer(b, lb, both, in_runs);
      std::vector<double> k(kWidth * kWidth, 0);
      for (std::size_t p = 0; p < rows_a.size(); ++p) {
        for (std::size_t i = 0; i < k.size(); ++i) {
          k[i] += rows_a[p][i / kWidth] * rows_b[p][i % kWidth];
        }
      }
      EXPECT_NEAR(map.At(static_cast<std::size_t>(la), static_cast<std::size_t>(lb)),
                  TraceTestMoments(k.data(), kWidth)->z(), 1e-3)
          << la << " " << lb;
    }
  }
}

TEST(DrawnLayerMap, CellsAreTheTraceStatisticOfWhatBothLayersHave) {
  ExpectCellsByDefinition(kTwoLayers);
}

TEST(DrawnLayerMap, WhereBlocksMoveRowsLieInOneRun) { ExpectCellsByDefinition(kRuns); }

TEST(DrawnLayerMap, FindsLayersOfRelatives) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = WithLayers(a, {0, 2, 3});
  AddNoise(b, 0.3, 9);
  for (const DrawPlan& plan : {kTwoLayers, kRuns}) {
    std::vector<std::uint32_t> sources;
    const LayerMap map = MapOf(a, b, plan);
    for (const auto& source : map.source) sources.push_back(map.layers_a[source.value()]);
    EXPECT_THAT(sources, ElementsAre(0, 2, 3));
  }
}

TEST(DrawnLayerMap, CellsOfStrangersAreStandardNormal) {
  double squares = 0, cells = 0;
  for (std::uint64_t seed = 2; seed < 14; ++seed) {
    const LayerMap map = MapOf(TrainedToy(1), TrainedToy(seed), kTwoLayers);
    EXPECT_EQ(map.linked(), 0U) << seed;
    for (const double z : map.z) squares += z * z;
    cells += static_cast<double>(map.z.size());
  }
  // Those of a pair share one permutation, hence the wide bound.
  EXPECT_GT(squares / cells, 0.5);
  EXPECT_LT(squares / cells, 2);
}

TEST(DrawnLayerMap, SameForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  EXPECT_EQ(MapOf(a, b, kTwoLayers, 1).z, MapOf(a, b, kTwoLayers, 7).z);
}

TEST(DrawnLayerMap, RowsThatAreConstantOrNotFiniteSayNothing) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  for (auto& [name, tensor] : b.tensors) {
    if (name.find("layers.1.") == std::string::npos) continue;
    std::ranges::fill(tensor.values, name.find("norm") == std::string::npos
                                         ? std::numeric_limits<float>::infinity()
                                         : 2.0F);
  }
  const LayerMap map = MapOf(a, b, kTwoLayers);
  for (std::size_t la = 0; la < 4; ++la) {
    EXPECT_TRUE(std::isnan(map.At(la, 1)));
    EXPECT_FALSE(std::isnan(map.At(la, 0)));
  }
}

// One row of each head of 8 rows: heads in place are as alike as these rows are.
TEST(DrawnHeads, StatisticIsTheSumOfCosinesOfDrawnRows) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  double expected = 0;
  for (int layer = 0; layer < kToyLayers; ++layer) {
    for (const auto& [role, name] : {std::pair(Role::kQuery, "q_proj"),
                                     std::pair(Role::kKey, "k_proj"),
                                     {Role::kValue, "v_proj"}}) {
      const std::string tensor =
          "model.layers." + std::to_string(layer) + ".self_attn." + name + ".weight";
      const auto& of_a = a.tensors.at(tensor).values;
      const auto& of_b = b.tensors.at(tensor).values;
      const auto places =
          DrawRuns(kSeed, "rows of heads of role " + std::to_string(static_cast<int>(role)), 8, 1);
      ASSERT_EQ(places.size(), 1U);
      for (std::size_t row = places[0].first; row < of_a.size() / kWidth; row += 8) {
        double aa = 0, bb = 0, ab = 0;
        for (std::size_t i = row * kWidth; i < (row + 1) * kWidth; ++i) {
          aa += static_cast<double>(of_a[i]) * of_a[i];
          bb += static_cast<double>(of_b[i]) * of_b[i];
          ab += static_cast<double>(of_a[i]) * of_b[i];
        }
        expected += ab / std::sqrt(aa * bb);
      }
    }
  }
  EXPECT_NEAR(HeadsOf(a, b).statistic, expected, 1e-4);
}

// Others than those whose attention is read as a whole are not finite, and are not read.
TEST(DrawnHeads, WhereBlocksMoveOnlyLayersThatAreReadAnyway) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  AddNoise(b, 0.5, 3);
  const DrawPlan plan = {.layers = 3, .run_bytes = 4096};
  const auto layers = LayersOfWholeAttention(plan, kSeed, kToyLayers);
  ASSERT_EQ(layers.size(), 3U);
  for (auto& [name, tensor] : b.tensors) {
    const bool read = std::ranges::any_of(layers, [&](std::uint32_t layer) {
      return name.starts_with("model.layers." + std::to_string(layer) + ".");
    });
    if (!read) std::ranges::fill(tensor.values, std::numeric_limits<float>::quiet_NaN());
  }
  const HeadTrace heads = HeadsOf(a, b, kSeed, 2, plan);
  EXPECT_EQ(heads.layers, 3U);
  EXPECT_LT(heads.tail.log_p, std::log(1e-3));
  EXPECT_EQ(HeadsOf(a, b, kSeed, 5, plan).tail.log_p, heads.tail.log_p);
}

TEST(DrawnHeads, FindsHeadsThatStandInPlace) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  AddNoise(b, 0.5, 3);
  EXPECT_LT(HeadsOf(a, b).tail.log_p, std::log(1e-6));
}

TEST(DrawnHeads, OfStrangersPIsUniform) {
  constexpr int kTests = 60;
  const ToyModel a = TrainedToy(1);
  std::vector<double> p;
  for (std::uint64_t i = 0; i < kTests; ++i) {
    p.push_back(std::exp(HeadsOf(a, TrainedToy(100 + i), i).tail.log_p));
  }
  std::ranges::sort(p);
  double distance = 0;  // Kolmogorov & Smirnov
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max(distance, std::abs(p[i] - (static_cast<double>(i) + 0.5) / kTests));
  }
  EXPECT_LT(distance, 1.63 / std::sqrt(kTests));  // 1 %
}

TEST(DrawnHeads, SameForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  EXPECT_EQ(HeadsOf(a, b, kSeed, 1).tail.log_p, HeadsOf(a, b, kSeed, 5).tail.log_p);
}

// Both started as an identity: its entries are left out, also where a few rows are read.
TEST(DrawnHeads, IdentitiesAreNoEvidence) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  for (ToyModel* const model : {&a, &b}) {
    for (auto& [name, tensor] : model->tensors) {
      if (name.find("q_proj.weight") == std::string::npos) continue;
      for (std::size_t i = 0; i < kWidth; ++i) tensor.values[i * (kWidth + 1)] += 30;
    }
  }
  const HeadTrace heads = HeadsOf(a, b);
  EXPECT_TRUE(heads.skipped.empty());
  EXPECT_GT(heads.tail.log_p, std::log(1e-3));
}

}  // namespace drawn_layers_test
}  // namespace modelkin::testing
