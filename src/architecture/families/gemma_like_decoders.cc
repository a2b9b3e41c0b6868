// Gemma's relatives: norms that multiply by 1 + weight, embeddings scaled by the square root of the
// width. Gemma 2 and 3 are in dense_decoders.cc.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;

constexpr std::string_view kGemmaNorm = "RMSNorm (1 + weight)";

Family Gemma() {
  return {
      .name = "gemma",
      .title = "Gemma",
      .model_types = {"gemma"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "16", .head_dim = "256"}), DenseSizes()}),
      .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied(true)},
      .tensors = Join<TensorRule>(
          {Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(), GatedMlp()}),
      .norm = kGemmaNorm,
      .default_activation = "gelu_pytorch_tanh"};
}

// One norm before attention, one before the MLP, under Gemma 2's names.
Family VaultGemma() {
  return {
      .name = "vaultgemma",
      .title = "VaultGemma",
      .model_types = {"vaultgemma"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "4", .head_dim = "256"}), DenseSizes()}),
      .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied(true)},
      .tensors = Join<TensorRule>(
          {Frame(),
           {{"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
            {"model.layers.{L}.pre_feedforward_layernorm.weight", "residual", kNorm}},
           Attention(),
           QkvBiases(),
           OutputBias(),
           GatedMlp()}),
      .views = {{"model.layers.{L}.pre_feedforward_layernorm.weight",
                 "model.layers.{L}.post_attention_layernorm.weight"}},
      .norm = kGemmaNorm,
      .window = WindowPlan::kEverySecond,
      .default_window = 4096,
      .activation_key = "hidden_activation",
      .default_activation = "gelu_pytorch_tanh",
      .score_divisor_key = "query_pre_attn_scalar",
      .default_score_divisor = 256};
}

}  // namespace

std::vector<Family> GemmaLikeDecoders() { return {Gemma(), VaultGemma()}; }

}  // namespace modelkin::families
