// Qwen3-Next and Qwen3.5: three layers in four mix tokens by a gated delta rule (Gated DeltaNet,
// arXiv 2412.06464), the others attend.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr LayerParts kDeltaRule = LayerPart::kLinearAttention;

Sizes LinearSizes() {
  return {{"linear_key_heads", "linear_num_key_heads", "16"},
          {"linear_value_heads", "linear_num_value_heads", "32"},
          {"linear_key_dim", "linear_key_head_dim", "128"},
          {"linear_value_dim", "linear_value_head_dim", "128"},
          {"kernel", "linear_conv_kernel_dim", "4"},
          // Of all heads.
          {"linear_keys", "", "linear_key_heads * linear_key_dim"},
          {"linear_values", "", "linear_value_heads * linear_value_dim"}};
}

// What the projections give goes through a convolution over each channel's last tokens. A_log,
// dt_bias and the output's norm are of value heads.
Tensors DeltaRule() {
  return In(kDeltaRule,
            {{"model.layers.{L}.linear_attn.A_log", "linear_value_heads", kLinearAttention},
             {"model.layers.{L}.linear_attn.dt_bias", "linear_value_heads", kLinearAttention},
             {"model.layers.{L}.linear_attn.conv1d.weight",
              "2 * linear_keys + linear_values, 1, kernel", kLinearAttention},
             {"model.layers.{L}.linear_attn.norm.weight", "linear_value_dim", kLinearAttention},
             {"model.layers.{L}.linear_attn.out_proj.weight", "residual, linear_values",
              kLinearAttention}});
}

// Queries, keys, values and output gates of one key head after the other.
Tensors InterleavedInputs() {
  return In(kDeltaRule, {{"model.layers.{L}.linear_attn.in_proj_qkvz.weight",
                          "2 * linear_keys + 2 * linear_values, residual", kLinearAttention},
                         {"model.layers.{L}.linear_attn.in_proj_ba.weight",
                          "2 * linear_value_heads, residual", kLinearAttention}});
}

Tensors SeparateInputs() {
  return In(kDeltaRule, {{"model.layers.{L}.linear_attn.in_proj_qkv.weight",
                          "2 * linear_keys + linear_values, residual", kLinearAttention},
                         {"model.layers.{L}.linear_attn.in_proj_z.weight",
                          "linear_values, residual", kLinearAttention},
                         {"model.layers.{L}.linear_attn.in_proj_b.weight",
                          "linear_value_heads, residual", kLinearAttention},
                         {"model.layers.{L}.linear_attn.in_proj_a.weight",
                          "linear_value_heads, residual", kLinearAttention}});
}

// Queries have a gate for the output beside them, head by head.
Tensors GatedAttention() {
  return In(LayerPart::kAttention,
            Join<TensorRule>({{{"model.layers.{L}.self_attn.q_proj.weight",
                                "heads * 2 * head_dim, residual", kAttention},
                               {"model.layers.{L}.self_attn.k_proj.weight",
                                "kv_heads * head_dim, residual", kAttention},
                               {"model.layers.{L}.self_attn.v_proj.weight",
                                "kv_heads * head_dim, residual", kAttention},
                               {"model.layers.{L}.self_attn.o_proj.weight",
                                "residual, heads * head_dim", kAttention},
                               {"model.layers.{L}.self_attn.q_proj.bias", "heads * 2 * head_dim",
                                kAttention, kEveryLayer, "qkv_bias"},
                               {"model.layers.{L}.self_attn.k_proj.bias", "kv_heads * head_dim",
                                kAttention, kEveryLayer, "qkv_bias"},
                               {"model.layers.{L}.self_attn.v_proj.bias", "kv_heads * head_dim",
                                kAttention, kEveryLayer, "qkv_bias"}},
                              OutputBias(),
                              HeadNorms()}));
}

Tensors GatedSharedExpert() {
  return {{"model.layers.{L}.mlp.shared_expert.gate_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers},
          {"model.layers.{L}.mlp.shared_expert.up_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers},
          {"model.layers.{L}.mlp.shared_expert.down_proj.weight", "residual, shared_width",
           kSharedExperts, kExpertLayers},
          {"model.layers.{L}.mlp.shared_expert_gate.weight", "1, residual", kSharedExperts,
           kExpertLayers}};
}

Views GatedAttentionViews() {
  constexpr std::string_view kQuery = "model.layers.{L}.self_attn.q_proj.weight";
  constexpr std::string_view kBias = "model.layers.{L}.self_attn.q_proj.bias";
  constexpr std::string_view kShape = "heads * head_dim, residual";
  constexpr std::string_view kStrides = "2 * head_dim * residual, residual, 1";
  constexpr std::string_view kDimensions = "heads, head_dim, residual";
  return {{kQuery, kQuery, kShape, "0", kStrides, kDimensions},
          {kQuery, "model.layers.{L}.self_attn.output_gate.weight", kShape, "head_dim * residual",
           kStrides, kDimensions},
          {kBias, kBias, "heads * head_dim", "0", "2 * head_dim, 1", "heads, head_dim"},
          {kBias, "model.layers.{L}.self_attn.output_gate.bias", "heads * head_dim", "head_dim",
           "2 * head_dim, 1", "heads, head_dim"}};
}

Views SeparateInputViews() {
  constexpr std::string_view kStored = "model.layers.{L}.linear_attn.in_proj_qkv.weight";
  return {{kStored, "model.layers.{L}.linear_attn.q_proj.weight", "linear_keys, residual"},
          {kStored, "model.layers.{L}.linear_attn.k_proj.weight", "linear_keys, residual",
           "linear_keys * residual"},
          {kStored, "model.layers.{L}.linear_attn.v_proj.weight", "linear_values, residual",
           "2 * linear_keys * residual"}};
}

// What goes with a key head is of `linear_value_heads / linear_key_heads` value heads.
Views InterleavedInputViews() {
  constexpr std::string_view kQkvz = "model.layers.{L}.linear_attn.in_proj_qkvz.weight";
  constexpr std::string_view kBa = "model.layers.{L}.linear_attn.in_proj_ba.weight";
  constexpr std::string_view kStrides =
      "(2 * linear_keys + 2 * linear_values) / linear_key_heads * residual, residual, 1";
  constexpr std::string_view kOfKeys = "linear_key_heads, linear_key_dim, residual";
  constexpr std::string_view kOfValues =
      "linear_key_heads, linear_values / linear_key_heads, residual";
  constexpr std::string_view kBaStrides =
      "2 * linear_value_heads / linear_key_heads * residual, residual, 1";
  constexpr std::string_view kBaOf =
      "linear_key_heads, linear_value_heads / linear_key_heads, residual";
  return {
      {kQkvz, "model.layers.{L}.linear_attn.q_proj.weight", "linear_keys, residual", "0", kStrides,
       kOfKeys},
      {kQkvz, "model.layers.{L}.linear_attn.k_proj.weight", "linear_keys, residual",
       "linear_key_dim * residual", kStrides, kOfKeys},
      {kQkvz, "model.layers.{L}.linear_attn.v_proj.weight", "linear_values, residual",
       "2 * linear_key_dim * residual", kStrides, kOfValues},
      {kQkvz, "model.layers.{L}.linear_attn.in_proj_z.weight", "linear_values, residual",
       "(2 * linear_key_dim + linear_values / linear_key_heads) * residual", kStrides, kOfValues},
      {kBa, "model.layers.{L}.linear_attn.in_proj_b.weight", "linear_value_heads, residual", "0",
       kBaStrides, kBaOf},
      {kBa, "model.layers.{L}.linear_attn.in_proj_a.weight", "linear_value_heads, residual",
       "linear_value_heads / linear_key_heads * residual", kBaStrides, kBaOf}};
}

std::vector<LayerTypeRule> EveryFourthAttends() {
  return {{.types = {{"full_attention", LayerPart::kAttention}, {"linear_attention", kDeltaRule}},
           .list_keys = "layer_types",
           .step_key = "full_attention_interval",
           .step = 4}};
}

Flags QwenFlags() {
  return {{"qkv_bias", "attention_bias"},
          {"o_bias", "attention_bias"},
          {"qk_norm", "", true},
          {"tied", "tie_word_embeddings"}};
}

Sizes QwenExpertSizes() {
  return Join<SizeRule>({ExpertSizes("num_experts|num_local_experts"),
                         {{"shared_width", "shared_expert_intermediate_size"}}});
}

// What all of them have in common, with the MLPs and experts of `more`.
Family Qwen(std::string_view kv_heads, const Tensors& inputs, const Tensors& mlps,
            const Views& views) {
  return {.plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>(
              {DecoderSizes({.kv_heads = kv_heads, .head_dim = "256"}), LinearSizes()}),
          .flags = QwenFlags(),
          .tensors =
              Join<TensorRule>({Frame(), PreNorms(), GatedAttention(), DeltaRule(), inputs, mlps}),
          .views = Join<ViewRule>({GatedAttentionViews(), views}),
          .norm = "RMSNorm (1 + weight)",
          .attention = "gated grouped-query",
          .default_rotary_share = 0.25,
          .layer_types = EveryFourthAttends()};
}

constexpr std::string_view kRouterText =
    "softmax over all; the shared expert has a sigmoid gate of its own";

Family Qwen3Next() {
  Family family = Qwen(
      "2", InterleavedInputs(), Join<TensorRule>({GatedMlp(), GatedExperts(), GatedSharedExpert()}),
      Join<ViewRule>({InterleavedInputViews(), Qwen2MoeViews(), FusedExpertViews()}));
  family.name = "qwen3_next";
  family.title = "Qwen3-Next";
  family.model_types = {"qwen3_next"};
  family.plan = LayerPlan::kSparseStep;
  family.sizes =
      Join<SizeRule>({family.sizes, {{"width", "intermediate_size", "5632"}}, QwenExpertSizes()});
  family.router = kRouterText;
  return family;
}

Family Qwen35() {
  Family family = Qwen("4", SeparateInputs(), GatedMlp(), SeparateInputViews());
  family.name = "qwen3_5";
  family.title = "Qwen3.5 and Qwen3.6";
  family.model_types = {"qwen3_5_text", "qwen3_5"};
  family.sizes = Join<SizeRule>({family.sizes, DenseSizes()});
  return family;
}

Family Qwen35Moe() {
  Family family =
      Qwen("2", SeparateInputs(), Join<TensorRule>({GatedExperts(), GatedSharedExpert()}),
           Join<ViewRule>({SeparateInputViews(), Qwen2MoeViews(), FusedExpertViews()}));
  family.name = "qwen3_5_moe";
  family.title = "Qwen3.5 and Qwen3.6 with experts";
  family.model_types = {"qwen3_5_moe_text", "qwen3_5_moe"};
  family.plan = LayerPlan::kExperts;
  family.sizes = Join<SizeRule>({family.sizes, QwenExpertSizes()});
  family.router_normalises = true;
  family.router = kRouterText;
  return family;
}

// The prediction of further tokens, below "mtp.": layers that attend, from the stream and the next
// token's embedding. Embedding and head are the text model's.
Family PredictionOf(Family text, std::string_view name, std::string_view title) {
  text.name = name;
  text.title = title;
  text.component = Component::kPrediction;
  text.layer_types = {};
  for (SizeRule& size : text.sizes) {
    if (size.size == "layers") size = {"layers", "mtp_num_hidden_layers", "1"};
  }
  std::erase_if(text.tensors, [](const TensorRule& rule) {
    return rule.needs.Has(kDeltaRule) || rule.module == kEmbedding || rule.module == kHead;
  });
  std::erase_if(text.views, [](const ViewRule& view) {
    return view.stored.find("linear_attn") != std::string_view::npos;
  });
  text.tensors =
      Join<TensorRule>({{{"fc.weight", "residual, 2 * residual", kMultiTokenPrediction, kOnce},
                         {"pre_fc_norm_embedding.weight", "residual", kNorm, kOnce},
                         {"pre_fc_norm_hidden.weight", "residual", kNorm, kOnce}},
                        text.tensors});
  return text;
}

}  // namespace

std::vector<Family> LinearAttentionDecoders() {
  return {Qwen3Next(),
          Qwen35(),
          Qwen35Moe(),
          PredictionOf(Qwen3Next(), "qwen3_next_mtp", "Prediction of further tokens of Qwen3-Next"),
          PredictionOf(Qwen35(), "qwen3_5_mtp", "Prediction of further tokens of Qwen3.5"),
          PredictionOf(Qwen35Moe(), "qwen3_5_moe_mtp",
                       "Prediction of further tokens of Qwen3.5 with experts")};
}

}  // namespace modelkin::families
