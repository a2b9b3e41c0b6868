#include "sketch/make_sketch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lineage/toy_model.h"
#include "sketch/sketch_record.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace make_sketch_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

MadeSketch SketchAt(const std::string& path, unsigned threads = 1) {
  Progress progress;
  return MakeSketch(*OpenModel(path), threads, progress);
}

Sketch SketchOf(const ToyModel& model) {
  const TemporaryDirectory folder;
  WriteToy(model, folder);
  return SketchAt(folder.path()).sketch;
}

double Agreement(const Sketch& a, const Sketch& b) {
  EXPECT_EQ(a.components[0].place, b.components[0].place);
  return static_cast<double>(CountEqualBits(a.components[0].bits, b.components[0].bits)) /
         kComponentBits;
}

// Six standard deviations of 4,096 bits, and of a cosine of 64 x 64 values.
constexpr double kByChance = 6 * (0.5 / 64 + 1 / 64.0 / M_PI);

TEST(MakeSketch, SaysWhatTheModelIs) {
  const Sketch sketch = SketchOf(TrainedToy(1));
  EXPECT_EQ(sketch.family, "glm4_moe");
  EXPECT_EQ(sketch.sizes.layers, 4U);
  EXPECT_EQ(sketch.sizes.width, kToyWidth);
  EXPECT_EQ(sketch.sizes.experts, kToyExperts);
  EXPECT_EQ(sketch.sizes.vocabulary, kToyVocabulary);
  ASSERT_THAT(sketch.components, SizeIs(1));
  EXPECT_EQ(sketch.components[0].kind, Component::kText);
  EXPECT_EQ(sketch.components[0].place.role, Role::kAttentionOutput);
  EXPECT_THAT(sketch.components[0].layers, SizeIs(4));
  EXPECT_THAT(sketch.components[0].keys, SizeIs(4));
  EXPECT_THAT(sketch.components[0].routers, SizeIs(3));
  EXPECT_THAT(sketch.file_digests, SizeIs(1));
  EXPECT_THAT(sketch.content, SizeIs(64));
}

TEST(MakeSketch, IsTheSameForAnyNumberOfThreads) {
  const TemporaryDirectory folder;
  WriteToy(TrainedToy(1), folder);
  EXPECT_EQ(EncodeSketch(SketchAt(folder.path(), 1).sketch),
            EncodeSketch(SketchAt(folder.path(), 5).sketch));
}

TEST(MakeSketch, StrangersAgreeByChance) {
  EXPECT_NEAR(Agreement(SketchOf(TrainedToy(1)), SketchOf(TrainedToy(2))), 0.5, kByChance);
}

TEST(MakeSketch, NoisyCopiesAgree) {
  ToyModel copy = TrainedToy(1);
  AddNoise(copy, 0.1, 3);
  EXPECT_GT(Agreement(SketchOf(TrainedToy(1)), SketchOf(copy)), 0.95);
}

TEST(MakeSketch, CopiesOfDroppedAndDoubledLayersAgree) {
  const ToyModel model = TrainedToy(1);
  const Sketch whole = SketchOf(model);
  // Cosines of sqrt(2/4) and of (1 + 1 + 2 + 2) / sqrt(4 * 10): agreements of 1 - acos(c) / pi.
  EXPECT_NEAR(Agreement(whole, SketchOf(WithLayers(model, {1, 3}))), 0.75, 0.05);
  EXPECT_NEAR(Agreement(whole, SketchOf(WithLayers(model, {0, 1, 2, 3, 2, 3}))), 0.897, 0.05);
}

// What the bits do not see: the invariant part does.
TEST(MakeSketch, PermutedUnitsKeepTheInvariantPart) {
  ToyModel copy = TrainedToy(1);
  ReverseResidual(copy);
  PermuteExperts(copy, 4);
  const Sketch a = SketchOf(TrainedToy(1)), b = SketchOf(copy);
  EXPECT_NEAR(Agreement(a, b), 0.5, kByChance);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(a.components[0].layers[i].attention_norm, b.components[0].layers[i].attention_norm);
    EXPECT_EQ(a.components[0].layers[i].mlp_norm, b.components[0].layers[i].mlp_norm);
    for (std::size_t k = 0; k < kSpectrumValues; ++k) {
      EXPECT_NEAR(a.components[0].keys[i].values[k], b.components[0].keys[i].values[k], 1);
    }
  }
}

TEST(MakeSketch, OfNamesThatTellNothingItTakesMatricesOfOneShape) {
  ToyModel renamed = TrainedToy(1);
  RenameTensors(renamed);
  const SketchedComponent component = SketchOf(renamed).components.at(0);
  EXPECT_TRUE(component.nameless);
  EXPECT_EQ(component.place.role, Role::kUnknown);
  EXPECT_GT(component.layers.size(), 4U);
  EXPECT_TRUE(component.layers[0].attention_norm);
}

TEST(MakeSketch, TakesTheCardsBaseModels) {
  const TemporaryDirectory folder;
  WriteToy(TrainedToy(1), folder);
  folder.WriteFile("README.md", "---\nbase_model:\n- org/first\n- org/second\n---\n# A model\n");
  EXPECT_THAT(SketchAt(folder.path()).sketch.base_models, ElementsAre("org/first", "org/second"));
}

TEST(MakeSketch, ContentTellsModelsOfEqualHeadersApart) {
  const Sketch a = SketchOf(TrainedToy(1)), b = SketchOf(TrainedToy(2));
  EXPECT_EQ(a.file_digests, b.file_digests);
  EXPECT_NE(a.content, b.content);
}

TEST(MakeSketch, RefusesWhatHasNoLayers) {
  const TemporaryDirectory folder;
  folder.WriteFile("model.safetensors", SafetensorsFile({{"w", "F32", {1}, "abcd"}}));
  const Error error = CatchError(ErrorKind::kBadInput, [&] { SketchAt(folder.path()); });
  EXPECT_THAT(error.what(), HasSubstr("nothing can be sketched"));
}

TEST(MakeSketch, RefusesZerosAlone) {
  ToyModel model = TrainedToy(1);
  for (auto& [name, tensor] : model.tensors) std::ranges::fill(tensor.values, 0.0F);
  EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { SketchOf(model); }).what(),
              HasSubstr("nothing can be sketched"));
}

}  // namespace make_sketch_test
}  // namespace modelkin::testing
