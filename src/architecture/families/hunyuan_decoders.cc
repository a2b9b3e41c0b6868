// Tencent's Hunyuan: norms of heads come after the rotation; beside routed experts an MLP that all
// tokens pass.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Tensors HunYuanHeadNorms() {
  return {{"model.layers.{L}.self_attn.query_layernorm.weight", "head_dim", kAttention, kEveryLayer,
           "qk_norm"},
          {"model.layers.{L}.self_attn.key_layernorm.weight", "head_dim", kAttention, kEveryLayer,
           "qk_norm"}};
}

Views HunYuanHeadNormViews() {
  return {{"model.layers.{L}.self_attn.query_layernorm.weight",
           "model.layers.{L}.self_attn.q_norm.weight"},
          {"model.layers.{L}.self_attn.key_layernorm.weight",
           "model.layers.{L}.self_attn.k_norm.weight"}};
}

Family HunYuanDense() {
  return {.name = "hunyuan_v1_dense",
          .title = "Hunyuan dense and HY-MT",
          .model_types = {"hunyuan_v1_dense"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "use_qk_norm", true},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       HunYuanHeadNorms(), GatedMlp()}),
          .views = HunYuanHeadNormViews()};
}

Tensors SharedMlp() {
  return {{"model.layers.{L}.mlp.shared_mlp.gate_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.mlp.shared_mlp.up_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.mlp.shared_mlp.down_proj.weight", "residual, shared_width",
           kSharedExperts, kExpertLayers, "shared"}};
}

Tensors SharedMlpBiases() {
  return {{"model.layers.{L}.mlp.shared_mlp.gate_proj.bias", "shared_width", kSharedExperts,
           kExpertLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.shared_mlp.up_proj.bias", "shared_width", kSharedExperts,
           kExpertLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.shared_mlp.down_proj.bias", "residual", kSharedExperts,
           kExpertLayers, "mlp_bias"}};
}

Views SharedMlpViews() {
  return {{"model.layers.{L}.mlp.shared_mlp.gate_proj.weight",
           "model.layers.{L}.mlp.shared_experts.gate_proj.weight"},
          {"model.layers.{L}.mlp.shared_mlp.up_proj.weight",
           "model.layers.{L}.mlp.shared_experts.up_proj.weight"},
          {"model.layers.{L}.mlp.shared_mlp.down_proj.weight",
           "model.layers.{L}.mlp.shared_experts.down_proj.weight"}};
}

Views SharedMlpBiasViews() {
  return {{"model.layers.{L}.mlp.shared_mlp.gate_proj.bias",
           "model.layers.{L}.mlp.shared_experts.gate_proj.bias"},
          {"model.layers.{L}.mlp.shared_mlp.up_proj.bias",
           "model.layers.{L}.mlp.shared_experts.up_proj.bias"},
          {"model.layers.{L}.mlp.shared_mlp.down_proj.bias",
           "model.layers.{L}.mlp.shared_experts.down_proj.bias"}};
}

Family HyV3() {
  return {.name = "hy_v3",
          .title = "Hunyuan 3",
          .model_types = {"hy_v3"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8", .head_dim = "128"}),
                                   DenseSizes(),
                                   ExpertSizes("num_experts|num_local_experts"),
                                   SharedSizes("num_shared_experts", "1"),
                                   {DenseLayers("first_k_dense_replace", "1")}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"mlp_bias", "mlp_bias"},
                    {"qk_norm", "", true},
                    {"shared", "num_shared_experts", true},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       HeadNorms(), GatedMlp(), GatedMlpBiases(), RouterGate(),
                                       RoutedExperts(), SharedMlp(), SharedMlpBiases()}),
          .views = Join<ViewRule>(
              {FusedExpertViews(), RouterGateViews(), SharedMlpViews(), SharedMlpBiasViews()}),
          .router = kSigmoidRouter};
}

Family HunYuanMoe() {
  return {.name = "hunyuan_v1_moe",
          .title = "Hunyuan-A13B",
          .model_types = {"hunyuan_v1_moe"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes(),
                                   {{"experts", "num_experts|num_local_experts", "1"},
                                    {"experts_per_token", "moe_topk|num_experts_per_tok", "1"},
                                    {"expert_width", "moe_intermediate_size|intermediate_size"},
                                    {"shared_width", "intermediate_size"}}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "use_qk_norm", true},
                    {"shared", "use_mixed_mlp_moe", true},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       OutputBias(),
                                       HunYuanHeadNorms(),
                                       {{"model.layers.{L}.mlp.gate.wg.weight", "experts, residual",
                                         kRouter, kExpertLayers}},
                                       RoutedExperts(),
                                       SharedMlp()}),
          .views = Join<ViewRule>(
              {FusedExpertViews(),
               HunYuanHeadNormViews(),
               SharedMlpViews(),
               {{"model.layers.{L}.mlp.gate.wg.weight", "model.layers.{L}.mlp.gate.weight"}}}),
          .router = "softmax over all",
          .router_normalises = true};
}

}  // namespace

std::vector<Family> HunYuanDecoders() { return {HunYuanDense(), HunYuanMoe(), HyV3()}; }

}  // namespace modelkin::families
