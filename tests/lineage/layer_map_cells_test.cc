// Cells of a layer map in layouts where not everything is read, and the path through them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "lineage/layer_map.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace layer_map_cells_test {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kWidth = 48;
const std::vector<std::string> kRoles = {
    "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
    "self_attn.o_proj.weight", "input_layernorm.weight",  "post_attention_layernorm.weight"};

std::string Name(std::size_t layer, const std::string& role) {
  return "model.layers." + std::to_string(layer) + "." + role;
}

// Attention and norms only. `outputs`: rows of queries, more than are read.
ToyModel Layers(std::uint64_t seed, std::size_t layers, std::uint64_t outputs = 150) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  ToyModel model;
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    ToyTensor tensor{.shape = shape, .values = {}};
    const std::uint64_t count = shape[0] * (shape.size() > 1 ? shape[1] : 1);
    for (std::uint64_t i = 0; i < count; ++i) tensor.values.push_back(normal(random));
    model.tensors.emplace(name, std::move(tensor));
  };
  add("model.embed_tokens.weight", {30, kWidth});
  for (std::size_t layer = 0; layer < layers; ++layer) {
    add(Name(layer, kRoles[0]), {outputs, kWidth});
    add(Name(layer, kRoles[1]), {20, kWidth});
    add(Name(layer, kRoles[2]), {20, kWidth});
    add(Name(layer, kRoles[3]), {kWidth, outputs});
    add(Name(layer, kRoles[4]), {kWidth});
    add(Name(layer, kRoles[5]), {kWidth});
  }
  return model;
}

LayerMap MapOf(const ToyModel& a, const ToyModel& b, unsigned threads = 2, bool quick = false) {
  const StoredToy stored_a(a), stored_b(b);
  Progress progress;
  return MapLayers(PartsOf(*stored_a.traced().checkpoint, nullptr),
                   PartsOf(*stored_b.traced().checkpoint, nullptr), quick, threads, progress);
}

using Rows = std::vector<std::vector<double>>;

// Up to 64 rows over residual coordinates, spread over the `positions` that both models have,
// centred and with a norm of 1 together.
Rows RowsOf(const ToyTensor& tensor, std::size_t positions) {
  const std::size_t own = tensor.values.size() / kWidth;
  const bool turned = tensor.shape.size() == 1 || tensor.shape[1] != kWidth;
  const std::size_t count = std::min<std::size_t>(positions, 64);
  Rows rows(count, std::vector<double>(kWidth));
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t p = i * positions / count;
    double mean = 0;
    for (std::size_t u = 0; u < kWidth; ++u) {
      rows[i][u] = tensor.values[turned ? u * own + p : p * kWidth + u];
      mean += rows[i][u] / static_cast<double>(kWidth);
    }
    for (double& value : rows[i]) {
      value -= mean;
      squares += value * value;
    }
  }
  for (auto& row : rows) {
    for (double& value : row) value /= std::sqrt(squares);
  }
  return rows;
}

// tr(K) / (|K| / sqrt(d - 1)): rows and columns of K have a mean of 0, as its factors do.
double NaiveZ(const ToyModel& a, std::size_t layer_a, const ToyModel& b, std::size_t layer_b,
              const std::vector<std::string>& roles) {
  std::vector<double> k(kWidth * kWidth, 0);
  for (const std::string& role : roles) {
    const ToyTensor& in_a = a.tensors.at(Name(layer_a, role));
    const ToyTensor& in_b = b.tensors.at(Name(layer_b, role));
    const std::size_t positions = std::min(in_a.values.size(), in_b.values.size()) / kWidth;
    const Rows rows_a = RowsOf(in_a, positions), rows_b = RowsOf(in_b, positions);
    for (std::size_t p = 0; p < rows_a.size(); ++p) {
      for (std::size_t cell = 0; cell < k.size(); ++cell) {
        k[cell] += rows_a[p][cell / kWidth] * rows_b[p][cell % kWidth];
      }
    }
  }
  double trace = 0, squares = 0;
  for (std::size_t cell = 0; cell < k.size(); ++cell) {
    squares += k[cell] * k[cell];
    if (cell % (kWidth + 1) == 0) trace += k[cell];
  }
  return trace / std::sqrt(squares / static_cast<double>(kWidth - 1));
}

// In float: z agrees to 1e-4 of itself, for unrelated layers and for copies.
void ExpectCells(const ToyModel& a, const ToyModel& b, bool quick,
                 const std::vector<std::string>& roles) {
  const LayerMap map = MapOf(a, b, 2, quick);
  ASSERT_EQ(map.z.size(), map.layers_a.size() * map.layers_b.size());
  ASSERT_FALSE(map.z.empty());
  for (std::size_t i = 0; i < map.layers_a.size(); ++i) {
    for (std::size_t j = 0; j < map.layers_b.size(); ++j) {
      const double expected = NaiveZ(a, map.layers_a[i], b, map.layers_b[j], roles);
      EXPECT_NEAR(map.At(i, j), expected, 1e-4 * (1 + std::abs(expected))) << i << " " << j;
    }
  }
}

TEST(LayerMapCells, AreTheTraceStatisticOfRowsSpreadOverLongTensors) {
  ToyModel b = Layers(1, 3);
  AddNoise(b, 1, 5);
  ExpectCells(Layers(1, 3), b, false, kRoles);
  ExpectCells(Layers(1, 2), Layers(2, 3), false, kRoles);
}

TEST(LayerMapCells, UseThePositionsOfBothWhereLengthsDiffer) {
  ExpectCells(Layers(1, 2, 150), Layers(2, 3, 100), false, kRoles);
  ExpectCells(Layers(1, 2, 40), Layers(2, 2, 150), false, kRoles);
}

TEST(LayerMapCells, LeaveOutOutputsOfAQuickTrace) {
  std::vector<std::string> roles = kRoles;
  std::erase(roles, "self_attn.o_proj.weight");
  ExpectCells(Layers(1, 2), Layers(2, 2), true, roles);
}

TEST(LayerMapCells, AreNotNumbersForConstantLayers) {
  ToyModel b = Layers(1, 3);
  for (const std::string& role : kRoles) {
    std::ranges::fill(b.At(Name(1, role)).values, role == kRoles[0] ? 0.0F : 1.0F);
  }
  const LayerMap map = MapOf(Layers(1, 3), b);
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_TRUE(std::isnan(map.At(a, 1))) << a;
    EXPECT_TRUE(std::isfinite(map.At(a, 0))) << a;
  }
  EXPECT_THAT(map.source, ElementsAre(0, std::nullopt, 2));
  EXPECT_EQ(map.linked(), 2U);
}

// The other roles of the layer still say where it is from.
TEST(LayerMapCells, LeaveOutRolesThatAreNotFinite) {
  ToyModel b = Layers(1, 3);
  b.At(Name(1, kRoles[0])).values[0] = std::numeric_limits<float>::quiet_NaN();
  b.At(Name(2, kRoles[4])).values[3] = std::numeric_limits<float>::infinity();
  const LayerMap map = MapOf(Layers(1, 3), b);
  for (const double z : map.z) EXPECT_TRUE(std::isfinite(z));
  EXPECT_THAT(map.source, ElementsAre(0, 1, 2));
  std::vector<std::string> roles(kRoles.begin() + 1, kRoles.end());
  const double expected = NaiveZ(Layers(1, 3), 1, b, 1, roles);
  EXPECT_NEAR(map.At(1, 1), expected, 1e-4 * expected);
}

TEST(LayerMapCells, OfStrangersStayUnderTheThreshold) {
  for (std::uint64_t seed = 2; seed < 10; ++seed) {
    const LayerMap map = MapOf(Layers(1, 4), Layers(seed, 5));
    EXPECT_THAT(map.z, Each(::testing::Lt(map.threshold))) << seed;
    EXPECT_THAT(map.source, Each(std::nullopt)) << seed;
    EXPECT_EQ(map.linked(), 0U);
  }
}

// 1e-6 over 20 cells: a normal variable exceeds 5.33 with a probability of 5e-8.
TEST(LayerMapCells, ThresholdIsCorrectedForTheNumberOfCells) {
  const LayerMap map = MapOf(Layers(1, 4), Layers(2, 5));
  EXPECT_NEAR(0.5 * std::erfc(map.threshold / std::sqrt(2.0)), 5e-8, 1e-12);
}

TEST(LayerMapCells, LayersOfAStrangerHaveNoSource) {
  ToyModel b = Layers(1, 4);
  const ToyModel stranger = Layers(2, 4);
  Take(
      stranger, [](const std::string& name) { return name.starts_with("model.layers.2."); }, b);
  const LayerMap map = MapOf(Layers(1, 4), b);
  EXPECT_THAT(map.source, ElementsAre(0, 1, std::nullopt, 3));
}

TEST(LayerMapCells, NumbersOfLayersNeedNotFollowEachOther) {
  ToyModel b;
  for (const auto& [name, tensor] : Layers(1, 3).tensors) {
    std::string renamed = name;
    if (const auto at = name.find("layers.1."); at != std::string::npos) {
      renamed.replace(at, 9, "layers.7.");
    }
    if (name.find("layers.2.") == std::string::npos) b.tensors.emplace(renamed, tensor);
  }
  const LayerMap map = MapOf(Layers(1, 3), b);
  EXPECT_THAT(map.layers_b, ElementsAre(0, 7));
  EXPECT_THAT(map.source, ElementsAre(0, 1));
}

TEST(LayerMapCells, OtherResidualWidthsHaveNoMap) {
  const ToyModel toy = TrainedToy(1);
  EXPECT_THAT(MapOf(Layers(1, 2), {.tensors = toy.tensors, .config = {}}).z, IsEmpty());
}

TEST(LayerMapCells, SameBitsForAnyNumberOfThreads) {
  const ToyModel a = Layers(1, 4);
  ToyModel b = Layers(1, 5);
  AddNoise(b, 2, 5);
  const LayerMap one = MapOf(a, b, 1);
  for (const unsigned threads : {2U, 7U}) {
    const LayerMap other = MapOf(a, b, threads);
    EXPECT_EQ(one.z, other.z) << threads;
    EXPECT_EQ(one.source, other.source) << threads;
  }
}

}  // namespace layer_map_cells_test
}  // namespace modelkin::testing
