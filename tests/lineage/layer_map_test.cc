#include "lineage/layer_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lineage/attention_sums.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace layer_map_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LayerMap MapOf(const ToyModel& a, const ToyModel& b, unsigned threads = 2) {
  const StoredToy stored_a(a), stored_b(b);
  Progress progress;
  return MapLayers(PartsOf(*stored_a.traced().checkpoint, stored_a.traced().spec),
                   PartsOf(*stored_b.traced().checkpoint, stored_b.traced().spec), false, threads,
                   progress);
}

ToyModel Changed(ToyModel model) {
  AddNoise(model, 0.3, 9);
  return model;
}

std::vector<int> Sources(const LayerMap& map) {
  std::vector<int> sources;
  for (const auto& source : map.source) {
    sources.push_back(source ? static_cast<int>(map.layers_a[*source]) : -1);
  }
  return sources;
}

TEST(LayerMap, OfACopyIsTheIdentity) {
  const ToyModel a = TrainedToy(1);
  const LayerMap map = MapOf(a, Changed(a));
  EXPECT_THAT(Sources(map), ElementsAre(0, 1, 2, 3));
}

TEST(LayerMap, FollowsDroppedDoubledAndSwappedLayers) {
  const ToyModel a = TrainedToy(1);
  EXPECT_THAT(Sources(MapOf(a, Changed(WithLayers(a, {0, 2, 3})))), ElementsAre(0, 2, 3));
  EXPECT_THAT(Sources(MapOf(a, Changed(WithLayers(a, {0, 1, 1, 2, 3})))),
              ElementsAre(0, 1, 1, 2, 3));
  EXPECT_THAT(Sources(MapOf(a, Changed(WithLayers(a, {0, 2, 1, 3})))), ElementsAre(0, 2, 1, 3));
}

TEST(LayerMap, OfStrangersIsEmptyAndItsCellsAreStandardNormal) {
  double squares = 0, cells = 0;
  for (std::uint64_t seed = 2; seed < 14; ++seed) {
    const LayerMap map = MapOf(TrainedToy(1), TrainedToy(seed));
    EXPECT_EQ(map.linked(), 0U) << seed;
    for (const double z : map.z) {
      squares += z * z;
      ++cells;
    }
  }
  // 192 cells; those of a pair share one permutation, hence the wide bound.
  EXPECT_GT(squares / cells, 0.5);
  EXPECT_LT(squares / cells, 2);
}

// The trace statistic over the rows that two layers have: K is formed here, and not there.
std::vector<double> CentredSums(const ToyModel& model, std::uint32_t layer) {
  const StoredToy stored(model);
  const ModelParts parts = PartsOf(*stored.traced().checkpoint, stored.traced().spec);
  const auto rows = AttentionSums(parts, layer, parts.heads);
  std::vector<double> centred(rows.begin(), rows.end());
  for (std::size_t row = 0; row < kAttentionSums; ++row) {
    double* const values = centred.data() + row * kToyWidth;
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < kToyWidth; ++i) mean += values[i] / kToyWidth;
    for (std::size_t i = 0; i < kToyWidth; ++i) squares += std::pow(values[i] - mean, 2);
    for (std::size_t i = 0; i < kToyWidth; ++i) values[i] = (values[i] - mean) / std::sqrt(squares);
  }
  return centred;
}

TEST(LayerMap, CellsAreTheTraceStatistic) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  const LayerMap map = MapOf(a, b);
  const std::size_t d = kToyWidth;
  std::vector<double> k(d * d, 0);
  for (const char* role :
       {"self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
        "self_attn.o_proj.weight", "input_layernorm.weight", "post_attention_layernorm.weight"}) {
    std::vector<std::vector<double>> rows[2];
    double squares[2] = {0, 0};
    for (int side = 0; side < 2; ++side) {
      const ToyTensor& tensor =
          (side == 0 ? a : b)
              .tensors.at(std::string("model.layers.") + (side == 0 ? "1." : "2.") + role);
      const bool turned = std::string_view(role) == "self_attn.o_proj.weight";
      const std::size_t positions = tensor.values.size() / d;
      for (std::size_t p = 0; p < std::min<std::size_t>(positions, 64); ++p) {
        std::vector<double> row(d);
        double mean = 0;
        for (std::size_t i = 0; i < d; ++i) {
          row[i] = turned ? tensor.values[i * positions + p] : tensor.values[p * d + i];
          mean += row[i] / static_cast<double>(d);
        }
        for (double& value : row) {
          value -= mean;
          squares[side] += value * value;
        }
        rows[side].push_back(row);
      }
    }
    for (std::size_t p = 0; p < rows[0].size(); ++p) {
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) {
          k[i * d + j] += rows[0][p][i] * rows[1][p][j] / std::sqrt(squares[0] * squares[1]);
        }
      }
    }
  }
  // Sums of attention, each centred and scaled to a norm of 1.
  const auto sums_a = CentredSums(a, 1), sums_b = CentredSums(b, 2);
  for (std::size_t row = 0; row < kAttentionSums; ++row) {
    for (std::size_t i = 0; i < d * d; ++i) {
      k[i] += sums_a[row * d + i / d] * sums_b[row * d + i % d];
    }
  }
  EXPECT_NEAR(map.At(1, 2), TraceTestMoments(k.data(), d)->z(), 1e-3);
}

TEST(LayerMap, NeedsLayersAndTheSameWidth) {
  ToyModel without = TrainedToy(1);
  std::erase_if(without.tensors,
                [](const auto& item) { return item.first.find("layers") != std::string::npos; });
  without.config.clear();
  EXPECT_THAT(MapOf(without, without).layers_b, IsEmpty());
  EXPECT_THAT(MapOf(TrainedToy(1), without).layers_b, IsEmpty());
}

TEST(LayerMap, SameForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  EXPECT_EQ(MapOf(a, b, 1).z, MapOf(a, b, 7).z);
}

}  // namespace layer_map_test
}  // namespace modelkin::testing
