#include "lineage/model_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lineage/attending_layers.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace model_parts_test {

using ::testing::ElementsAre;

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

TEST(ModelParts, OfMetasNames) {
  const ModelParts model = PartsOfShapes({{"tok_embeddings.weight", {32, 8}},
                                          {"layers.0.attention.wq.weight", {8, 8}},
                                          {"layers.0.attention.wo.weight", {8, 8}},
                                          {"layers.0.attention_norm.weight", {8}},
                                          {"layers.0.feed_forward.w1.weight", {20, 8}},
                                          {"layers.0.feed_forward.w2.weight", {8, 20}},
                                          {"layers.0.feed_forward.w3.weight", {20, 8}},
                                          {"freqs_cos", {16, 4}},
                                          {"norm.weight", {8}}});
  EXPECT_EQ(model.residual, 8U);
  EXPECT_EQ(AxisOf(model, "model.embed_tokens.weight"), 1U);
  EXPECT_EQ(AxisOf(model, "model.norm.weight"), 0U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.mlp.down_proj.weight"), 0U);
  // Square, under a name that says that outputs come first.
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.q_proj.weight"), 1U);
  EXPECT_EQ(model.Find("freqs_cos"), nullptr);
  ASSERT_EQ(model.mlps.size(), 1U);
  EXPECT_EQ(model.mlps[0].width, 20U);
  EXPECT_NE(model.mlps[0].gate, nullptr);
  EXPECT_THAT(model.layers, ElementsAre(0));
}

TEST(ModelParts, OfTransformerLensNames) {
  const ModelParts model = PartsOfShapes({{"embed.W_E", {11, 8}},
                                          {"unembed.W_U", {8, 11}},
                                          {"blocks.0.attn.W_Q", {2, 8, 4}},
                                          {"blocks.0.attn.W_O", {2, 4, 8}},
                                          {"blocks.0.mlp.W_in", {8, 24}},
                                          {"blocks.0.mlp.W_out", {24, 8}}});
  EXPECT_EQ(model.residual, 8U);
  EXPECT_EQ(AxisOf(model, "lm_head.weight"), 0U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.q_proj.weight"), 1U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.o_proj.weight"), 2U);
  ASSERT_EQ(model.mlps.size(), 1U);
  EXPECT_EQ(model.mlps[0].gate, nullptr);
  EXPECT_EQ(*model.mlps[0].up->residual_axis(), 0U);
}

TEST(ModelParts, OfNanoGptNames) {
  const ModelParts model = PartsOfShapes({{"transformer.wte.weight", {13, 8}},
                                          {"transformer.h.0.ln_1.gamma", {8}},
                                          {"transformer.h.0.attn.c_attn.weight", {24, 8}},
                                          {"transformer.h.0.mlp.c_fc.weight", {32, 8}},
                                          {"transformer.h.0.mlp.c_proj.weight", {8, 32}}});
  EXPECT_EQ(model.residual, 8U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.input_layernorm.weight"), 0U);
  EXPECT_EQ(AxisOf(model, "transformer.h.0.attn.c_attn.weight"), 1U);
  EXPECT_EQ(model.mlps.size(), 1U);
}

TEST(ModelParts, OfAConvolutionalNetHaveNoResidualAxis) {
  const ModelParts model = PartsOfShapes({{"conv1.weight", {16, 3, 3, 3}},
                                          {"conv2.weight", {16, 16, 3, 3}},
                                          {"bn1.weight", {16}},
                                          {"linear.weight", {10, 16}}});
  EXPECT_FALSE(model.residual);
  EXPECT_TRUE(model.mlps.empty());
  EXPECT_EQ(model.parts.size(), 4U);
}

TEST(ModelParts, HeadNormsAndBiasesOfHeadsAreNotResidual) {
  const ModelParts model = PartsOfShapes({{"model.embed_tokens.weight", {32, 8}},
                                          {"model.layers.0.self_attn.q_norm.weight", {8}},
                                          {"model.layers.0.self_attn.q_proj.bias", {8}},
                                          {"model.layers.0.self_attn.o_proj.bias", {8}},
                                          {"model.layers.0.self_attn.q_proj.weight", {8, 8}},
                                          {"model.layers.0.self_attn.o_proj.weight", {8, 8}},
                                          {"model.layers.0.input_layernorm.weight", {8}}});
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.q_norm.weight"), std::nullopt);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.q_proj.bias"), std::nullopt);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.o_proj.bias"), 0U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.q_proj.weight"), 1U);
  EXPECT_EQ(AxisOf(model, "model.layers.0.self_attn.o_proj.weight"), 0U);
}

TEST(ModelParts, MlpsWhoseWeightsDoNotFitAreNone) {
  const ModelParts model = PartsOfShapes({{"model.embed_tokens.weight", {32, 8}},
                                          {"model.layers.0.mlp.gate_proj.weight", {20, 8}},
                                          {"model.layers.0.mlp.up_proj.weight", {24, 8}},
                                          {"model.layers.1.mlp.up_proj.weight", {20, 8}}});
  EXPECT_TRUE(model.mlps.empty());
}

TEST(ModelParts, OfAConfiguredModelHaveExpertsAndSharedOnes) {
  const StoredToy stored(TrainedToy(1));
  const ModelParts model = PartsOf(*stored.traced().checkpoint, stored.traced().spec);
  EXPECT_EQ(model.residual, kToyWidth);
  EXPECT_EQ(model.mlps.size(), 1 + 3 * (kToyExperts + 1));
  EXPECT_THAT(model.layers, ElementsAre(0, 1, 2, 3));
}

// Gemma 4's layers that see all tokens may have fewer keys: tests of heads leave them out.
TEST(ModelParts, LayersWithOtherHeads) {
  const nlohmann::json values = {
      {"model_type", "gemma4_text"},
      {"hidden_size", 8},
      {"num_hidden_layers", 3},
      {"num_attention_heads", 4},
      {"num_key_value_heads", 2},
      {"num_global_key_value_heads", 1},
      {"attention_k_eq_v", true},
      {"layer_types", {"sliding_attention", "sliding_attention", "full_attention"}}};
  const ModelConfig config("config.json", values);
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(config, *FindFamily("gemma4_text"), findings);
  ASSERT_TRUE(spec);
  ToyModel model;
  model.tensors.emplace("model.norm.weight", ToyTensor{{8}, std::vector<float>(8, 1)});
  const StoredToy stored(model);
  const ModelParts parts = PartsOf(*stored.traced().checkpoint, &*spec);
  EXPECT_EQ(parts.heads.query, 4U);
  EXPECT_EQ(parts.heads.groups, 2U);
  EXPECT_TRUE(parts.HasHeads(0));
  EXPECT_FALSE(parts.HasHeads(2));
}

// Where attention is read of a few layers, they are of those that have any.
TEST(LayersReadWhole, AreSuchThatAttend) {
  Shapes shapes;
  for (int layer = 0; layer < 32; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer);
    shapes[prefix + ".input_layernorm.weight"] = {8};
    if (layer % 8 == 7) shapes[prefix + ".self_attn.q_proj.weight"] = {4, 8};
  }
  const ModelParts model = PartsOfShapes(shapes);
  const DrawPlan plan{.layers = 3, .run_bytes = 4096};
  const auto layers = LayersReadWhole(model, model.layers, plan, 1);
  EXPECT_EQ(layers.size(), 3U);
  for (const std::uint32_t layer : layers) EXPECT_EQ(layer % 8, 7U);
  // Without attention, as many of all.
  const std::vector<std::uint32_t> others = {0, 1, 2, 3, 4};
  EXPECT_EQ(LayersReadWhole(model, others, plan, 1).size(), 3U);
}

}  // namespace model_parts_test
}  // namespace modelkin::testing
