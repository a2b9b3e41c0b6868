// Decoders whose experts are published fused: one tensor for all of a layer.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Tensors Llama4Tensors() {
  return {
      {"model.layers.{L}.feed_forward.gate_proj.weight", "width, residual", kDenseMlp,
       kDenseLayers},
      {"model.layers.{L}.feed_forward.up_proj.weight", "width, residual", kDenseMlp, kDenseLayers},
      {"model.layers.{L}.feed_forward.down_proj.weight", "residual, width", kDenseMlp,
       kDenseLayers},
      {"model.layers.{L}.feed_forward.router.weight", "experts, residual", kRouter, kExpertLayers},
      {"model.layers.{L}.feed_forward.experts.gate_up_proj", "experts, residual, 2 * expert_width",
       kRoutedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.experts.down_proj", "experts, expert_width, residual",
       kRoutedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.shared_expert.gate_proj.weight", "expert_width, residual",
       kSharedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.shared_expert.up_proj.weight", "expert_width, residual",
       kSharedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.shared_expert.down_proj.weight", "residual, expert_width",
       kSharedExperts, kExpertLayers}};
}

// Of experts whose weights have the input first, gate columns before those of up.
Views InputFirstViews(std::string_view gate_up, std::string_view down) {
  return {{gate_up, "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           "expert * residual * 2 * expert_width", "1, 2 * expert_width"},
          {gate_up, "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           "expert * residual * 2 * expert_width + expert_width", "1, 2 * expert_width"},
          {down, "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           "expert * expert_width * residual", "1, residual"}};
}

Views Llama4Views() {
  return Join<ViewRule>(
      {InputFirstViews("model.layers.{L}.feed_forward.experts.gate_up_proj",
                       "model.layers.{L}.feed_forward.experts.down_proj"),
       {{"model.layers.{L}.feed_forward.router.weight", "model.layers.{L}.mlp.gate.weight"},
        {"model.layers.{L}.feed_forward.gate_proj.weight", "model.layers.{L}.mlp.gate_proj.weight"},
        {"model.layers.{L}.feed_forward.up_proj.weight", "model.layers.{L}.mlp.up_proj.weight"},
        {"model.layers.{L}.feed_forward.down_proj.weight", "model.layers.{L}.mlp.down_proj.weight"},
        {"model.layers.{L}.feed_forward.shared_expert.gate_proj.weight",
         "model.layers.{L}.mlp.shared_experts.gate_proj.weight"},
        {"model.layers.{L}.feed_forward.shared_expert.up_proj.weight",
         "model.layers.{L}.mlp.shared_experts.up_proj.weight"},
        {"model.layers.{L}.feed_forward.shared_expert.down_proj.weight",
         "model.layers.{L}.mlp.shared_experts.down_proj.weight"}}});
}

// Three layers in four attend to chunks; the fourth to all, without rotation.
Family Llama4() {
  return {.name = "llama4_text",
          .title = "Llama 4",
          .model_types = {"llama4_text", "llama4"},
          .plan = LayerPlan::kSparseStep,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8", .head_dim = "128"}),
                                   {{"width", "intermediate_size_mlp", "16384"}},
                                   ExpertsAsWideAsMlp("num_local_experts", "16", "1"),
                                   {{"shared_width", "", "expert_width"}}}),
          .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(), Llama4Tensors()}),
          .views = Llama4Views(),
          .attention = "grouped-query, in chunks in three of four layers,",
          .router = "sigmoid of the chosen, which the expert's input is multiplied by",
          .expert_step_key = "interleave_moe_layer_step"};
}

Tensors GraniteExperts() {
  return {{"model.layers.{L}.block_sparse_moe.router.layer.weight", "experts, residual", kRouter,
           kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.input_linear.weight",
           "experts, 2 * expert_width, residual", kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.output_linear.weight",
           "experts, residual, expert_width", kRoutedExperts, kExpertLayers}};
}

Views GraniteExpertViews() {
  constexpr std::string_view kInput = "model.layers.{L}.block_sparse_moe.input_linear.weight";
  return {
      {"model.layers.{L}.block_sparse_moe.router.layer.weight", "model.layers.{L}.mlp.gate.weight"},
      {kInput, "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
       "expert * 2 * expert_width * residual"},
      {kInput, "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
       "(expert * 2 + 1) * expert_width * residual"},
      {"model.layers.{L}.block_sparse_moe.output_linear.weight",
       "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
       "expert * residual * expert_width"}};
}

Family GraniteMoe() {
  return {
      .name = "granitemoe",
      .title = "Granite 3 MoE",
      .model_types = {"granitemoe"},
      .plan = LayerPlan::kExperts,
      .sizes = Join<SizeRule>({DecoderSizes(), ExpertsAsWideAsMlp("num_local_experts", "8", "2")}),
      .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
      .tensors = Join<TensorRule>(
          {Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(), GraniteExperts()}),
      .views = GraniteExpertViews(),
      .router = "softmax over the chosen",
      .score_scale_key = "attention_multiplier"};
}

// Gate above up here as well.
Family GraniteMoeShared() {
  constexpr std::string_view kInput = "model.layers.{L}.shared_mlp.input_linear.weight";
  constexpr std::string_view kOutput = "model.layers.{L}.shared_mlp.output_linear.weight";
  Family family = GraniteMoe();
  family.name = "granitemoeshared";
  family.title = "Granite MoE with a shared expert";
  family.model_types = {"granitemoeshared"};
  family.sizes =
      Join<SizeRule>({family.sizes, {{"shared_width", "shared_intermediate_size", "0"}}});
  family.flags.push_back({"shared", "shared_intermediate_size"});
  family.tensors = Join<TensorRule>(
      {family.tensors,
       {{kInput, "2 * shared_width, residual", kSharedExperts, kExpertLayers, "shared"},
        {kOutput, "residual, shared_width", kSharedExperts, kExpertLayers, "shared"}}});
  family.views = Join<ViewRule>(
      {family.views,
       {{kInput, "model.layers.{L}.mlp.shared_experts.gate_proj.weight", "shared_width, residual"},
        {kInput, "model.layers.{L}.mlp.shared_experts.up_proj.weight", "shared_width, residual",
         "shared_width * residual"},
        {kOutput, "model.layers.{L}.mlp.shared_experts.down_proj.weight"}}});
  return family;
}

Family AriaText() {
  constexpr std::string_view kFirst = "model.layers.{L}.mlp.experts.fc1.weight";
  constexpr std::string_view kSecond = "model.layers.{L}.mlp.experts.fc2.weight";
  return {.name = "aria_text",
          .title = "Aria",
          .model_types = {"aria_text"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes(),
                                   {{"experts", "moe_num_experts", "8"},
                                    {"experts_per_token", "moe_topk", "2"},
                                    {"expert_width", "intermediate_size"}},
                                   SharedSizes("moe_num_shared_experts", "2")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"mlp_bias", "mlp_bias"},
                    {"shared", "moe_num_shared_experts", true},
                    Tied()},
          .tensors = Join<TensorRule>(
              {Frame(),
               PreNorms(),
               Attention(),
               QkvBiases(),
               OutputBias(),
               SharedExperts(),
               SharedExpertBiases(),
               {{"model.layers.{L}.mlp.router.weight", "experts, residual", kRouter, kExpertLayers},
                {kFirst, "experts, residual, 2 * expert_width", kRoutedExperts, kExpertLayers},
                {kSecond, "experts, expert_width, residual", kRoutedExperts, kExpertLayers}}}),
          .views = Join<ViewRule>(
              {InputFirstViews(kFirst, kSecond),
               {{"model.layers.{L}.mlp.router.weight", "model.layers.{L}.mlp.gate.weight"}}}),
          .router = "softmax over the chosen"};
}

}  // namespace

std::vector<Family> FusedExpertDecoders() {
  return {Llama4(), GraniteMoe(), GraniteMoeShared(), AriaText()};
}

}  // namespace modelkin::families
