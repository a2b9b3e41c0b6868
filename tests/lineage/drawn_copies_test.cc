// Copies of large models: what is compared of experts.
#include "lineage/drawn_copies.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace drawn_copies_test {

constexpr DrawPlan kBlocks = {.rows = 64, .run_bytes = 4096};
constexpr std::uint64_t kSeed = 3;
constexpr std::uint64_t kLayersOfExperts = kToyLayers - 1, kTensorsOfAnExpert = 3;
constexpr std::uint64_t kNotDrawn = kLayersOfExperts * (kToyExperts - 1) * kTensorsOfAnExpert;

ModelParts PartsOfToy(const StoredToy& stored) {
  return PartsOf(*stored.traced().checkpoint, stored.traced().spec);
}

struct Found {
  ModelParts a, b;
  CopiedTensors copies;
};

Found CopiesOf(const ToyModel& model_a, const ToyModel& model_b, unsigned threads = 2) {
  const StoredToy stored_a(model_a), stored_b(model_b);
  Found found{.a = PartsOfToy(stored_a), .b = PartsOfToy(stored_b), .copies = {}};
  Progress progress;
  found.copies = FindCopies(found.a.checkpoint, found.b.checkpoint, threads, progress,
                            DrawCopies(found.b, kBlocks, kSeed));
  return found;
}

std::string Experts(int layer) { return "model.layers." + std::to_string(layer) + ".mlp.experts."; }

// The number of the expert of a layer that is drawn.
std::string DrawnExpert(const ModelParts& model, int layer) {
  const CopyDraw draw = DrawCopies(model, kBlocks, kSeed);
  for (std::size_t i = 0; i < draw.places.size(); ++i) {
    const std::string& name = model.checkpoint.tensors()[i].name;
    if (!name.starts_with(Experts(layer)) || !draw.places[i].is_drawn) continue;
    return name.substr(0, name.find('.', Experts(layer).size()) + 1);
  }
  return "";
}

TEST(DrawCopies, TakesOneExpertOfEachLayerAndAllElse) {
  const StoredToy stored(TrainedToy(1));
  const ModelParts model = PartsOfToy(stored);
  const CopyDraw draw = DrawCopies(model, kBlocks, kSeed);
  ASSERT_EQ(draw.places.size(), model.checkpoint.tensors().size());
  std::uint64_t left_out = 0;
  for (std::size_t i = 0; i < draw.places.size(); ++i) {
    const std::string& name = model.checkpoint.tensors()[i].name;
    const bool of_expert = name.find(".mlp.experts.") != std::string::npos;
    EXPECT_EQ(draw.places[i].group.has_value(), of_expert) << name;
    EXPECT_TRUE(of_expert || draw.places[i].is_drawn) << name;
    left_out += draw.places[i].is_drawn ? 0 : 1;
  }
  EXPECT_EQ(left_out, kNotDrawn);
  EXPECT_TRUE(DrawCopies(model, {.rows = 64}, kSeed).empty());
  EXPECT_TRUE(DrawCopies(model, {}, kSeed).empty());
}

TEST(DrawCopies, OfStrangersOthersAreNotCompared) {
  const Found found = CopiesOf(TrainedToy(1), TrainedToy(2));
  EXPECT_EQ(found.copies.not_compared.size(), kNotDrawn);
  EXPECT_EQ(found.copies.compared + kNotDrawn, found.b.checkpoint.tensors().size());
  EXPECT_EQ(found.copies.learned, 0U);
  EXPECT_FALSE(found.copies.all_of_b);
}

TEST(DrawCopies, IdenticalModelsAreComparedAsAWhole) {
  const ToyModel model = TrainedToy(1);
  const Found found = CopiesOf(model, model);
  EXPECT_TRUE(found.copies.all_identical);
  EXPECT_TRUE(found.copies.not_compared.empty());
  EXPECT_EQ(found.copies.identical.size(), found.b.checkpoint.tensors().size());
}

// All that is drawn is the same, and one tensor that is not drawn differs.
TEST(DrawCopies, IdenticalMeansAll) {
  const ToyModel a = TrainedToy(1);
  const StoredToy stored(a);
  const std::string drawn = DrawnExpert(PartsOfToy(stored), 2);
  ToyModel b = a;
  const std::string other = Experts(2) + (drawn == Experts(2) + "0." ? "1." : "0.");
  b.At(other + "up_proj.weight").values.back() += 1;
  const Found found = CopiesOf(a, b);
  EXPECT_TRUE(found.copies.not_compared.empty());
  EXPECT_EQ(found.copies.identical.size() + 1, found.b.checkpoint.tensors().size());
  EXPECT_FALSE(found.copies.all_identical);
  EXPECT_FALSE(found.copies.all_of_b);
}

TEST(DrawCopies, OfALayerWithACopyAllExpertsAreCompared) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = TrainedToy(2);
  Take(
      a, [](const std::string& name) { return name.starts_with(Experts(2)); }, b);
  for (const unsigned threads : {1U, 5U}) {
    const Found found = CopiesOf(a, b, threads);
    EXPECT_EQ(found.copies.learned, kToyExperts * kTensorsOfAnExpert);
    EXPECT_EQ(found.copies.not_compared.size(), kNotDrawn - (kToyExperts - 1) * kTensorsOfAnExpert);
    EXPECT_TRUE(std::ranges::none_of(found.copies.not_compared, [](const Tensor* tensor) {
      return tensor->name.starts_with(Experts(2));
    }));
  }
}

TEST(IsSameInBoth, NeedsTheSameBytesUnderTheName) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  b.At("model.norm.weight").values.back() += 1;
  const StoredToy stored_a(a), stored_b(b);
  const ModelParts in_a = PartsOfToy(stored_a), in_b = PartsOfToy(stored_b);
  EXPECT_TRUE(IsSameInBoth(in_a.checkpoint, in_b.checkpoint, "lm_head.weight"));
  EXPECT_FALSE(IsSameInBoth(in_a.checkpoint, in_b.checkpoint, "model.norm.weight"));
  EXPECT_FALSE(IsSameInBoth(in_a.checkpoint, in_b.checkpoint, "nothing"));
}

}  // namespace drawn_copies_test
}  // namespace modelkin::testing
