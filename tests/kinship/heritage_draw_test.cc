// Tensors that are traced one by one where not all are.
#include "kinship/heritage_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "fingerprint/parts_in_memory.h"
#include "kinship/tensor_heritage.h"

namespace modelkin::testing {
namespace heritage_draw_test {

constexpr std::size_t kLayers = 12, kWidth = 32, kUnits = 48;

std::string InLayer(std::size_t layer, const std::string& name) {
  return "model.layers." + std::to_string(layer) + "." + name + ".weight";
}

// Three matrices of each layer; `noise` is added to layers from `first` on.
ModelParts Layers(double noise, std::size_t first = 0) {
  std::vector<TestTensor> tensors;
  std::uint64_t seed = 1;
  const auto add = [&](std::size_t layer, const std::string& name, std::size_t rows,
                       std::size_t columns) {
    auto values = NormalNumbers(rows * columns, ++seed);
    const auto change = NormalNumbers(values.size(), ++seed);
    for (std::size_t i = 0; i < values.size() && layer >= first; ++i) {
      values[i] += static_cast<float>(noise) * change[i];
    }
    tensors.push_back(TensorOf(InLayer(layer, name), "F32", {rows, columns}, values));
  };
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    add(layer, "mlp.gate_proj", kUnits, kWidth);
    add(layer, "mlp.up_proj", kUnits, kWidth);
    add(layer, "mlp.down_proj", kWidth, kUnits);
  }
  return PartsInMemory(tensors);
}

// An embedding of 2^22 values, of which `changed` rows from the end on are others in B.
constexpr std::size_t kRows = 1 << 14, kColumns = 256;
ModelParts Embedding(std::size_t changed, double noise = 0) {
  auto rows = NormalNumbers(kRows * kColumns, 3);
  const auto change = NormalNumbers(rows.size(), 4);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] += static_cast<float>(i >= (kRows - changed) * kColumns ? 1 : noise) * change[i];
  }
  return EmbeddingInMemory(rows, kColumns);
}

std::vector<TensorHeritage> Traced(const ModelParts& a, const ModelParts& b,
                                   const HeritageDraw& draw, unsigned threads = 2) {
  const PairAnalysis pair{.a = PartsOf(a.checkpoint, nullptr), .b = PartsOf(b.checkpoint, nullptr)};
  TraceSettings options;
  options.threads = threads;
  const Alignment alignment = AlignModels(a, b, pair, nullptr, {}, draw, options);
  Progress progress;
  return TraceHeritage(alignment, a, b, draw, threads, progress);
}

CopiedTensors CopiesOf(const ModelParts& a, const ModelParts& b) {
  Progress progress;
  return FindCopies(a.checkpoint, b.checkpoint, 1, progress);
}

TEST(DrawHeritage, TakesTheSameFewLayersOfEachRole) {
  const ModelParts b = Layers(0);
  const HeritageDraw draw = DrawHeritage(b, nullptr, 1);
  EXPECT_FALSE(draw.takes_all);
  EXPECT_EQ(draw.drawn.size(), 3U * 4);
  std::map<std::size_t, std::size_t> by_layer;
  for (const Part& part : b.parts) {
    const bool drawn = draw.Takes(part.tensor->name);
    by_layer[*part.layer] += drawn ? 1 : 0;
    EXPECT_EQ(draw.WeightOf(part.tensor->name), drawn ? kLayers / 4.0 : 0);
    EXPECT_EQ(draw.RowsOf(part.tensor->name), nullptr);
  }
  // One of each quarter of the layers.
  for (std::size_t quarter = 0; quarter < 4; ++quarter) {
    std::multiset<std::size_t> counts;
    for (std::size_t i = 0; i < 3; ++i) counts.insert(by_layer[3 * quarter + i]);
    EXPECT_EQ(counts, (std::multiset<std::size_t>{0, 0, 3}));
  }
  std::set<std::string> first, second;
  for (const auto& [name, tensor] : draw.drawn) first.insert(name);
  for (const auto& [name, tensor] : DrawHeritage(b, nullptr, 2).drawn) second.insert(name);
  EXPECT_NE(first, second);
}

TEST(DrawHeritage, DrawsAmongWhatIsNotTheSameAlready) {
  const ModelParts a = Layers(0), b = Layers(0.1, 10);
  const CopiedTensors copies = CopiesOf(a, b);
  const HeritageDraw draw = DrawHeritage(b, &copies, 1);
  EXPECT_EQ(draw.same.size(), 3U * 10);
  EXPECT_EQ(draw.drawn.size(), 3U * 2);
  std::map<HeritageClass, std::size_t> classes;
  for (const TensorHeritage& tensor : Traced(a, b, draw)) {
    ++classes[tensor.heritage];
    EXPECT_EQ(tensor.weight, 1);
    EXPECT_EQ(tensor.link.a, tensor.link.b->tensor->name);
  }
  EXPECT_EQ(classes, (std::map<HeritageClass, std::size_t>{{HeritageClass::kIdentical, 30},
                                                           {HeritageClass::kDrifted, 6}}));
}

TEST(DrawHeritage, WhatIsNotDrawnIsUndecided) {
  const ModelParts a = Layers(0), b = Layers(0.1);
  const CopiedTensors copies = CopiesOf(a, b);
  std::map<HeritageClass, std::size_t> classes;
  for (const TensorHeritage& tensor : Traced(a, b, DrawHeritage(b, &copies, 1))) {
    ++classes[tensor.heritage];
    EXPECT_EQ(tensor.note == "not drawn", tensor.heritage == HeritageClass::kUndecided);
    EXPECT_EQ(tensor.weight, tensor.heritage == HeritageClass::kUndecided ? 0 : 3);
  }
  EXPECT_EQ(classes, (std::map<HeritageClass, std::size_t>{{HeritageClass::kDrifted, 12},
                                                           {HeritageClass::kUndecided, 24}}));
}

TEST(DrawHeritage, OfALargeMatrixTilesOfRows) {
  const ModelParts b = Embedding(0);
  const HeritageDraw draw = DrawHeritage(b, nullptr, 1);
  const auto* const rows = draw.RowsOf("model.embed_tokens.weight");
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(rows->size() * kColumns, std::size_t{1} << 21);
  EXPECT_TRUE(std::ranges::is_sorted(*rows));
  for (std::size_t i = 0; i < rows->size(); ++i) EXPECT_EQ((*rows)[i] % 128, i % 128);
}

TEST(DrawHeritage, DrawnRowsHaveTheClassOfAll) {
  const ModelParts a = Embedding(0), noisy = Embedding(0, 0.1), stranger = Embedding(kRows, 0);
  for (const ModelParts* const b : {&noisy, &stranger}) {
    const HeritageDraw draw = DrawHeritage(*b, nullptr, 1);
    const TensorHeritage all = Traced(a, *b, {}).front(), drawn = Traced(a, *b, draw).front();
    EXPECT_EQ(all.heritage, drawn.heritage);
    EXPECT_EQ(drawn.changes->compared, std::uint64_t{1} << 21);
    EXPECT_NEAR(*drawn.changes->relative_change(), *all.changes->relative_change(), 0.005);
    EXPECT_EQ(drawn.note, "8192 of 16384 rows were drawn");
    // Not by one bit with other numbers of threads.
    EXPECT_EQ(Traced(a, *b, draw, 1).front().changes->products, drawn.changes->products);
  }
}

TEST(DrawHeritage, RowsThatAreTheSameAreNoProofThatAllAre) {
  const ModelParts a = Embedding(0), b = Embedding(1);
  const CopiedTensors copies = CopiesOf(a, b);
  HeritageDraw draw;
  std::uint64_t seed = 0;
  do {
    draw = DrawHeritage(b, &copies, ++seed);
  } while (draw.RowsOf("model.embed_tokens.weight")->back() == kRows - 1);
  const TensorHeritage traced = Traced(a, b, draw).front();
  EXPECT_EQ(traced.changes->equal, traced.changes->compared);
  EXPECT_EQ(traced.heritage, HeritageClass::kSparseEdit);
}

TEST(DrawHeritage, Edges) {
  EXPECT_TRUE(
      DrawHeritage(ModelParts{.checkpoint = Checkpoint("", {}, {}, {})}, nullptr, 1).drawn.empty());
  const HeritageDraw everything;
  EXPECT_TRUE(everything.Takes("any"));
  EXPECT_EQ(everything.WeightOf("any"), 1);
  EXPECT_EQ(everything.RowsOf("any"), nullptr);
}

}  // namespace heritage_draw_test
}  // namespace modelkin::testing
