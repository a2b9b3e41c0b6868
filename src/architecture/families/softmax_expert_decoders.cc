// Decoders whose experts are chosen by a softmax, and stored one by one.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Family Mellum() {
  return {.name = "mellum",
          .title = "Mellum 2",
          .model_types = {"mellum"},
          .plan = LayerPlan::kSparseStep,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "4", .head_dim = "128"}), DenseSizes(),
                                   ExpertSizes("num_experts|num_local_experts")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       HeadNorms(), GatedMlp(), GatedExperts()}),
          .views = FusedExpertViews(),
          .router = "softmax over all"};
}

// Attention and experts read one norm, side by side.
Family Cohere2Moe() {
  return {
      .name = "cohere2_moe",
      .title = "Cohere 2 with experts",
      .model_types = {"cohere2_moe"},
      .plan = LayerPlan::kDenseFirst,
      .sizes = Join<SizeRule>({DecoderSizes({.head_dim = "128"}),
                               {{"width", "prefix_dense_intermediate_size|intermediate_size"}},
                               ExpertsAsWideAsMlp("num_experts", "8", "2"),
                               SharedSizes("num_shared_experts", "0"),
                               {DenseLayers("first_k_dense_replace", "0")}}),
      .flags = {{"qkv_bias", "attention_bias"},
                {"o_bias", "attention_bias"},
                {"shared", "num_shared_experts"},
                {"parallel", "", true},
                Tied(true)},
      .tensors = Join<TensorRule>({Frame(),
                                   {{"model.layers.{L}.input_layernorm.weight", "residual", kNorm}},
                                   Attention(),
                                   QkvBiases(),
                                   OutputBias(),
                                   GatedMlp(),
                                   GatedExperts(),
                                   SharedExperts()}),
      .views = FusedExpertViews(),
      .norm = "LayerNorm",
      .router = "softmax over all",
      .window = WindowPlan::kAllButEveryNth,
      .default_window = 4096,
      .default_window_period = 4};
}

// The correction bias is a row.
Family Ernie45Moe() {
  constexpr std::string_view kBias = "model.layers.{L}.mlp.moe_statics.e_score_correction_bias";
  return {.name = "ernie4_5_moe",
          .title = "ERNIE 4.5 with experts",
          .model_types = {"ernie4_5_moe"},
          .plan = LayerPlan::kSparseRange,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "4"}),
                                   DenseSizes(),
                                   {{"experts", "moe_num_experts", "64"},
                                    {"experts_per_token", "moe_k", "6"},
                                    {"expert_width", "moe_intermediate_size", "1536"}},
                                   SharedSizes("moe_num_shared_experts", "2"),
                                   {DenseLayers("moe_layer_start_index", "1")}}),
          .flags = {{"qkv_bias", "use_bias"},
                    {"o_bias", "use_bias"},
                    {"mlp_bias", "use_bias"},
                    {"head_bias", "use_bias"},
                    {"shared", "moe_num_shared_experts", true},
                    Tied(true)},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       OutputBias(),
                                       GatedMlp(),
                                       GatedMlpBiases(),
                                       GatedExperts(),
                                       SharedExperts(),
                                       SharedExpertBiases(),
                                       {{"lm_head.bias", "vocab", kHead, kOnce, "head_bias"},
                                        {.name = kBias,
                                         .shape = "1, experts",
                                         .module = kRouter,
                                         .where = kExpertLayers,
                                         .always_f32 = true}}}),
          .views = Join<ViewRule>(
              {FusedExpertViews(),
               {{kBias, "model.layers.{L}.mlp.gate.e_score_correction_bias", "experts"}}}),
          .router =
              "softmax over all; a correction bias takes part in the choice, not in the "
              "weights"};
}

}  // namespace

std::vector<Family> SoftmaxExpertDecoders() { return {Mellum(), Cohere2Moe(), Ernie45Moe()}; }

}  // namespace modelkin::families
