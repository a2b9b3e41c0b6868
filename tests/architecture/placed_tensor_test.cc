#include "architecture/placed_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "architecture/configs.h"
#include "architecture/name_pattern.h"
#include "architecture/role_names.h"
#include "architecture/size_expression.h"

namespace modelkin {
namespace placed_tensor_test {

using ::testing::ElementsAre;

constexpr std::uint64_t kResidual = 8;

Tensor TensorOf(std::string name, Shape shape) {
  Tensor tensor{.name = std::move(name), .shape = std::move(shape)};
  tensor.elements = *ElementCount(tensor.shape);
  return tensor;
}

// With axes, of a model of which no more than names and shapes is known.
PlacedTensor Placed(const Tensor& tensor) {
  const TensorPlacer placer(nullptr);
  std::vector<PlacedTensor> placed = {placer.Place(tensor)};
  placer.PlaceAxes(kResidual, placed);
  return placed.front();
}

TEST(TensorPlacer, LlamaLikeNames) {
  const Tensor tensor = TensorOf("model.layers.3.self_attn.k_proj.bias", {4});
  const PlacedTensor placed = Placed(tensor);
  EXPECT_EQ(placed.role, Role::kKey);
  EXPECT_TRUE(placed.is_bias);
  EXPECT_EQ(placed.module, ModuleKind::kAttention);
  EXPECT_EQ(placed.component, Component::kText);
  EXPECT_EQ(placed.layer, 3U);
  EXPECT_EQ(placed.expert, std::nullopt);
  EXPECT_EQ(placed.pattern, "self_attn.k_proj.bias");
  EXPECT_THAT(placed.axes, ElementsAre(Axis::kHeads));
  EXPECT_EQ(placed.NameInLayer(5), "model.layers.5.self_attn.k_proj.bias");
  EXPECT_EQ(placed.NameInOwnLayer(Role::kMlpNorm),
            "model.layers.3.post_attention_layernorm.weight");
  EXPECT_EQ(placed.mlp_name(), "");
}

TEST(TensorPlacer, PartsOfMlps) {
  const Tensor tensor = TensorOf("model.layers.3.mlp.experts.5.down_proj.weight", {8, 20});
  const PlacedTensor placed = Placed(tensor);
  EXPECT_EQ(placed.role, Role::kDown);
  EXPECT_EQ(placed.module, ModuleKind::kRoutedExperts);
  EXPECT_EQ(placed.expert, 5U);
  EXPECT_EQ(placed.mlp_name(), "model.layers.3.mlp.experts.5");
  EXPECT_EQ(placed.mlp_name(), MlpName(3, {ModuleKind::kRoutedExperts, 5}));
  EXPECT_THAT(placed.axes, ElementsAre(Axis::kResidual, Axis::kUnits));
  EXPECT_EQ(placed.residual_axis(), 0U);
}

TEST(TensorPlacer, RolesOfNames) {
  const auto role = [](const char* name) { return Placed(TensorOf(name, {8, 8})).role; };
  EXPECT_EQ(role("model.embed_tokens.weight"), Role::kEmbedding);
  EXPECT_EQ(role("lm_head.weight"), Role::kHead);
  EXPECT_EQ(role("model.norm.weight"), Role::kFinalNorm);
  EXPECT_EQ(role("model.layers.0.shared_head.norm.weight"), Role::kOtherNorm);
  EXPECT_EQ(role("model.layers.0.mlp.gate.weight"), Role::kRouter);
  EXPECT_EQ(role("model.layers.0.mlp.gate.e_score_correction_bias"), Role::kRouterCorrection);
  EXPECT_EQ(role("model.layers.0.mlp.gate_proj.weight"), Role::kGate);
  EXPECT_EQ(role("model.layers.0.self_attn.sinks"), Role::kSinks);
  EXPECT_EQ(role("model.layers.0.encoder_attn.q_proj.weight"), Role::kOtherAttentionInput);
  EXPECT_EQ(role("model.layers.0.encoder_attn.o_proj.weight"), Role::kOtherAttentionOutput);
  EXPECT_EQ(role("model.layers.0.self_attn.out_proj.weight"), Role::kOtherAttention);
  EXPECT_EQ(role("model.layers.0.mlp.fc1.weight"), Role::kOtherMlp);
  EXPECT_EQ(role("backbone.layers.0.mixer.in_proj.weight"), Role::kUnknown);
}

TEST(TensorPlacer, ModelsOfACheckpoint) {
  const auto component = [](const char* name) { return Placed(TensorOf(name, {8})).component; };
  EXPECT_EQ(component("vision_tower.encoder.layers.0.input_layernorm.weight"), Component::kVision);
  EXPECT_EQ(component("model.visual.blocks.0.norm1.weight"), Component::kVision);
  EXPECT_EQ(component("audio_tower.layers.0.self_attn.k_proj.weight"), Component::kAudio);
  EXPECT_EQ(component("multi_modal_projector.linear_1.weight"), Component::kProjector);
  EXPECT_EQ(component("language_model.model.layers.0.input_layernorm.weight"), Component::kText);
}

// Where both axes are as long as the residual stream is wide, the order of axes has to be known.
TEST(TensorPlacer, SquareMatrices) {
  const Tensor known = TensorOf("model.layers.0.self_attn.o_proj.weight", {8, 8});
  EXPECT_THAT(Placed(known).axes, ElementsAre(Axis::kResidual, Axis::kHeads));
  const Tensor meta = Renamed(TensorOf("layers.0.attention.wq.weight", {8, 8}),
                              "model.layers.0.self_attn.q_proj.weight");
  EXPECT_THAT(Placed(meta).axes, ElementsAre(Axis::kHeads, Axis::kResidual));
  const Tensor other = Renamed(TensorOf("transformer.h.0.mlp.c_fc.weight", {8, 8}),
                               "model.layers.0.mlp.up_proj.weight");
  EXPECT_EQ(Placed(other).residual_axis(), std::nullopt);
}

// Channels of a convolution may be as many as residual coordinates, and are none.
TEST(TensorPlacer, Convolutions) {
  const Tensor filters = TensorOf("model.layers.0.conv.conv.weight", {8, 1, 3});
  EXPECT_EQ(Placed(filters).residual_axis(), std::nullopt);
  const Tensor patches = TensorOf("model.visual.patch_embed.proj.weight", {8, 3, 2});
  EXPECT_EQ(Placed(patches).residual_axis(), 0U);
}

// The norm inside Mamba is as long as the residual stream is wide, and over something else.
TEST(TensorPlacer, AxesFromTheFamilysRules) {
  const ModelConfig config = testing::Config(testing::Small(
      "falcon_h1",
      {{"mamba_d_ssm", 8}, {"mamba_n_heads", 2}, {"mamba_rms_norm", true}, {"mamba_d_state", 3}}));
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(config, *FindFamily("falcon_h1"), findings);
  ASSERT_TRUE(spec);
  const TensorPlacer placer(&*spec);
  const auto residual_axis = [&](const char* name, const Shape& shape) {
    const Tensor tensor = TensorOf(name, shape);
    std::vector<PlacedTensor> placed = {placer.Place(tensor)};
    placer.PlaceAxes(8, placed);
    return placed.front().residual_axis();
  };
  EXPECT_EQ(residual_axis("model.layers.0.mamba.norm.weight", {8}), std::nullopt);
  EXPECT_EQ(residual_axis("model.layers.0.input_layernorm.weight", {8}), 0U);
  EXPECT_EQ(residual_axis("model.layers.0.mamba.out_proj.weight", {8, 8}), 0U);
  EXPECT_EQ(residual_axis("model.layers.0.mamba.in_proj.weight", {24, 8}), 1U);
}

TEST(TensorPlacer, ComponentsFromTheFamilysRules) {
  const ModelConfig config = testing::Config({{"model_type", "bert"},
                                              {"hidden_size", 8},
                                              {"num_hidden_layers", 1},
                                              {"num_attention_heads", 2},
                                              {"intermediate_size", 16},
                                              {"vocab_size", 10},
                                              {"max_position_embeddings", 4}});
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(config, *FindFamily("bert"), findings);
  ASSERT_TRUE(spec);
  const TensorPlacer placer(&*spec);
  const auto module = [&](const char* name) { return placer.Place(TensorOf(name, {8, 8})).module; };
  EXPECT_EQ(module("model.layers.0.mlp.down_proj.weight"), ModuleKind::kDenseMlp);
  EXPECT_EQ(module("model.embed_positions.weight"), ModuleKind::kPositionEmbedding);
  EXPECT_EQ(module("pooler.dense.weight"), ModuleKind::kPooler);
  EXPECT_EQ(module("something.else"), ModuleKind::kOther);
}

// What families say of a tensor's axes, by sizes, is what its role says.
TEST(Roles, AgreeWithTheShapesOfFamilies) {
  std::size_t compared = 0;
  const auto compare = [&](std::string_view name, std::string_view shape) {
    const PlacedTensor placed = Placed(TensorOf(NameOf(name, 0, 0), {1}));
    const RoleEntry* const entry = EntryOf(placed.role);
    const std::vector<std::string_view> lengths = SplitShape(shape);
    if (entry == nullptr || lengths.empty() || lengths.size() > 2) return;
    // An encoder's, over joined patches.
    if (name.find("merger") != std::string_view::npos) return;
    // GPT-2's heads are as wide as the residual stream all together, and so are its keys.
    if (shape == "residual, residual" || (placed.is_bias && shape == "residual")) return;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (lengths[i] == "expert_input") continue;  // the stream, or a latent vector
      EXPECT_EQ(lengths[i] == "residual", entry->axes[i] == Axis::kResidual) << name;
      ++compared;
    }
  };
  for (const Family& family : Families()) {
    for (const TensorRule& rule : family.tensors) {
      // What has views goes by their names.
      const bool viewed =
          std::ranges::find(family.views, rule.name, &ViewRule::stored) != family.views.end();
      if (!viewed) compare(rule.name, rule.shape);
    }
    for (const ViewRule& view : family.views) compare(view.name, view.shape);
  }
  EXPECT_GT(compared, 300U);
}

// Every part that a family is taken apart into has a role, or is known as something beside those.
TEST(Roles, ViewsOfFamiliesLeadToThem) {
  for (const Family& family : Families()) {
    for (const ViewRule& view : family.views) {
      const PlacedTensor placed = Placed(TensorOf(NameOf(view.name, 0, 0), {1}));
      // What mixes tokens in place of attention has names of its own.
      const bool is_mixer = view.name.find(".mamba.") != std::string_view::npos ||
                            view.name.find(".linear_attn.") != std::string_view::npos;
      EXPECT_TRUE(is_mixer || placed.role != Role::kUnknown) << family.name << " " << view.name;
    }
  }
}

}  // namespace placed_tensor_test
}  // namespace modelkin
