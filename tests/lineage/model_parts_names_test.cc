// Parts of checkpoints without a config.json, where names are doubtful or axes can't be told apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lineage/model_parts.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace model_parts_names_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Shapes = std::map<std::string, std::vector<std::uint64_t>>;

ModelParts PartsOfShapes(const Shapes& shapes) {
  ToyModel model;
  for (const auto& [name, shape] : shapes) {
    std::uint64_t count = 1;
    for (const std::uint64_t length : shape) count *= length;
    model.tensors.emplace(name, ToyTensor{shape, std::vector<float>(count, 1)});
  }
  const StoredToy stored(model);
  return PartsOf(*stored.traced().checkpoint, nullptr);
}

std::optional<std::size_t> AxisOf(const ModelParts& model, const std::string& name) {
  const Part* const part = model.Find(name);
  EXPECT_NE(part, nullptr) << name;
  return part == nullptr ? std::nullopt : part->residual_axis();
}

TEST(ModelPartsNames, KnownNameThatIsTakenIsNotGivenAgain) {
  const ModelParts model = PartsOfShapes({{"tok_embeddings.weight", {32, 8}},
                                          {"embed.W_E", {32, 8}},
                                          {"norm.weight", {8}},
                                          {"model.norm.weight", {8}}});
  EXPECT_EQ(model.parts.size(), 4U);
  ASSERT_NE(model.Find("model.norm.weight"), nullptr);
  EXPECT_EQ(model.Find("model.norm.weight")->tensor->stored_name(), "model.norm.weight");
  EXPECT_NE(model.Find("norm.weight"), nullptr);
  EXPECT_NE(model.Find("model.embed_tokens.weight"), nullptr);
}

TEST(ModelPartsNames, MixtralExpertsAreMlpsOfTheirLayers) {
  Shapes shapes = {{"model.embed_tokens.weight", {32, 8}},
                   {"model.layers.0.block_sparse_moe.gate.weight", {2, 8}}};
  for (const std::string layer : {"0", "3"}) {
    for (const std::string expert : {"0", "1"}) {
      const std::string prefix =
          "model.layers." + layer + ".block_sparse_moe.experts." + expert + ".";
      shapes[prefix + "w1.weight"] = shapes[prefix + "w3.weight"] = {20, 8};
      shapes[prefix + "w2.weight"] = {8, 20};
    }
  }
  const ModelParts model = PartsOfShapes(shapes);
  ASSERT_EQ(model.mlps.size(), 4U);
  EXPECT_THAT(model.layers, ElementsAre(0, 3));
  const Mlp& last = model.mlps.back();
  EXPECT_EQ(last.name, "model.layers.3.mlp.experts.1");
  EXPECT_EQ(last.layer, 3U);
  EXPECT_EQ(last.expert, 1U);
  EXPECT_EQ(last.width, 20U);
  EXPECT_EQ(last.gate->tensor->stored_name(),
            "model.layers.3.block_sparse_moe.experts.1.w1.weight");
  EXPECT_EQ(last.up->tensor->stored_name(), "model.layers.3.block_sparse_moe.experts.1.w3.weight");
  EXPECT_EQ(last.down->residual_axis(), 0U);
  EXPECT_EQ(model.Find("model.layers.0.mlp.gate.weight")->module, ModuleKind::kRouter);
}

// Of the embedding's lengths the one that other tensors have, whichever comes first.
TEST(ModelPartsNames, ResidualWidthIsTheEmbeddingsMoreCommonLength) {
  for (const bool turned : {false, true}) {
    const ModelParts model =
        PartsOfShapes({{"model.embed_tokens.weight", turned ? std::vector<std::uint64_t>{8, 40}
                                                            : std::vector<std::uint64_t>{40, 8}},
                       {"model.layers.0.input_layernorm.weight", {8}},
                       {"model.layers.0.mlp.up_proj.weight", {20, 8}}});
    EXPECT_EQ(model.residual, 8U);
    EXPECT_EQ(AxisOf(model, "model.embed_tokens.weight"), turned ? 0U : 1U);
  }
}

// Stored under a name that says which axis comes first, and under one of another toolkit.
TEST(ModelPartsNames, SquareMatricesHaveAnAxisOnlyUnderNamesThatTell) {
  const ModelParts model = PartsOfShapes({{"model.embed_tokens.weight", {30, 8}},
                                          {"model.layers.0.mlp.up_proj.weight", {8, 8}},
                                          {"model.layers.0.mlp.down_proj.weight", {8, 8}},
                                          {"model.layers.1.mlp.something.weight", {8, 8}},
                                          {"blocks.2.mlp.W_in", {8, 8}},
                                          {"blocks.2.attn.W_Q", {8, 8, 4}}});
  EXPECT_EQ(AxisOf(model, "model.layers.0.mlp.up_proj.weight"), 1U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.mlp.down_proj.weight"), 0U);
  EXPECT_EQ(AxisOf(model, "model.layers.1.mlp.something.weight"), std::nullopt);
  EXPECT_EQ(AxisOf(model, "model.layers.2.mlp.up_proj.weight"), std::nullopt);
  EXPECT_EQ(AxisOf(model, "model.layers.2.self_attn.q_proj.weight"), std::nullopt);
  ASSERT_EQ(model.mlps.size(), 1U);
  EXPECT_EQ(model.mlps[0].width, 8U);
}

TEST(ModelPartsNames, NormsOfOtherLengthsAreNotResidual) {
  const ModelParts model = PartsOfShapes({{"model.embed_tokens.weight", {30, 8}},
                                          {"model.norm.weight", {8}},
                                          {"model.layers.0.self_attn.kv_a_layernorm.weight", {6}},
                                          {"model.layers.0.self_attn.k_norm.weight", {8}}});
  EXPECT_EQ(AxisOf(model, "model.norm.weight"), 0U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.kv_a_layernorm.weight"), std::nullopt);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.k_norm.weight"), std::nullopt);
}

TEST(ModelPartsNames, EmptyTensorsAndBuffersAreNoParts) {
  const ModelParts model = PartsOfShapes({{"model.embed_tokens.weight", {30, 8}},
                                          {"model.layers.0.mlp.up_proj.weight", {0, 8}},
                                          {"model.layers.0.self_attn.rotary_emb.inv_freq", {8}}});
  EXPECT_EQ(model.parts.size(), 1U);
  EXPECT_EQ(model.Find("model.layers.0.mlp.up_proj.weight"), nullptr);
  EXPECT_EQ(model.Find("no such tensor"), nullptr);
  EXPECT_THAT(model.layers, IsEmpty());
}

TEST(ModelPartsNames, WidthOfOneIsNoResidual) {
  EXPECT_FALSE(PartsOfShapes({{"model.embed_tokens.weight", {30, 1}}, {"x", {1}}}).residual);
  EXPECT_FALSE(PartsOfShapes({}).residual);
}

}  // namespace model_parts_names_test
}  // namespace modelkin::testing
