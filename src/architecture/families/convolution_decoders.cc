// LFM2: most layers mix tokens by a gated convolution over three of them, the others attend
// (arXiv 2511.23404).
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr LayerParts kConv = LayerPart::kConvolution;

// Its channels are as many as residual coordinates, but are no such: in_proj makes them.
Sizes ConvolutionSizes() {
  return {{"channels", "", "1 * residual"}, {"kernel", "conv_L_cache", "3"}};
}

// The rows of in_proj are a gate before the convolution, one after it, and what goes through it.
Tensors GatedConvolution() {
  return In(
      kConv,
      {{"model.layers.{L}.conv.in_proj.weight", "3 * channels, residual", kConvolution},
       {"model.layers.{L}.conv.in_proj.bias", "3 * channels", kConvolution, kEveryLayer,
        "conv_bias"},
       {"model.layers.{L}.conv.conv.weight", "channels, 1, kernel", kConvolution},
       {"model.layers.{L}.conv.conv.bias", "channels", kConvolution, kEveryLayer, "conv_bias"},
       {"model.layers.{L}.conv.out_proj.weight", "residual, channels", kConvolution},
       {"model.layers.{L}.conv.out_proj.bias", "residual", kConvolution, kEveryLayer,
        "conv_bias"}});
}

Tensors Lfm2Attention() {
  return In(
      LayerPart::kAttention,
      {{"model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual", kAttention},
       {"model.layers.{L}.self_attn.k_proj.weight", "kv_heads * head_dim, residual", kAttention},
       {"model.layers.{L}.self_attn.v_proj.weight", "kv_heads * head_dim, residual", kAttention},
       {"model.layers.{L}.self_attn.out_proj.weight", "residual, heads * head_dim", kAttention},
       {"model.layers.{L}.self_attn.q_layernorm.weight", "head_dim", kAttention},
       {"model.layers.{L}.self_attn.k_layernorm.weight", "head_dim", kAttention}});
}

Tensors Lfm2Frame() {
  return {{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
          {"model.embedding_norm.weight", "residual", kNorm, kOnce},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
          {"model.layers.{L}.operator_norm.weight", "residual", kNorm},
          {"model.layers.{L}.ffn_norm.weight", "residual", kNorm}};
}

// Gate, down and up, as Llama's own names had it.
Tensors NumberedMlp() {
  return {{"model.layers.{L}.feed_forward.w1.weight", "width, residual", kDenseMlp, kDenseLayers},
          {"model.layers.{L}.feed_forward.w2.weight", "residual, width", kDenseMlp, kDenseLayers},
          {"model.layers.{L}.feed_forward.w3.weight", "width, residual", kDenseMlp, kDenseLayers}};
}

Tensors NumberedExperts() {
  return {
      {"model.layers.{L}.feed_forward.gate.weight", "experts, residual", kRouter, kExpertLayers},
      {.name = "model.layers.{L}.feed_forward.expert_bias",
       .shape = "experts",
       .module = kRouter,
       .where = kExpertLayers,
       .when = "expert_bias",
       .always_f32 = true},
      {"model.layers.{L}.feed_forward.experts.{E}.w1.weight", "expert_width, residual",
       kRoutedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.experts.{E}.w2.weight", "residual, expert_width",
       kRoutedExperts, kExpertLayers},
      {"model.layers.{L}.feed_forward.experts.{E}.w3.weight", "expert_width, residual",
       kRoutedExperts, kExpertLayers}};
}

Views Lfm2Views() {
  return {
      {"model.embedding_norm.weight", "model.norm.weight"},
      {"model.layers.{L}.operator_norm.weight", "model.layers.{L}.input_layernorm.weight"},
      {"model.layers.{L}.ffn_norm.weight", "model.layers.{L}.post_attention_layernorm.weight"},
      {"model.layers.{L}.self_attn.out_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
      {"model.layers.{L}.self_attn.q_layernorm.weight", "model.layers.{L}.self_attn.q_norm.weight"},
      {"model.layers.{L}.self_attn.k_layernorm.weight", "model.layers.{L}.self_attn.k_norm.weight"},
      {"model.layers.{L}.feed_forward.w1.weight", "model.layers.{L}.mlp.gate_proj.weight"},
      {"model.layers.{L}.feed_forward.w2.weight", "model.layers.{L}.mlp.down_proj.weight"},
      {"model.layers.{L}.feed_forward.w3.weight", "model.layers.{L}.mlp.up_proj.weight"}};
}

Views Lfm2ExpertViews() {
  return {{"model.layers.{L}.feed_forward.gate.weight", "model.layers.{L}.mlp.gate.weight"},
          {"model.layers.{L}.feed_forward.expert_bias",
           "model.layers.{L}.mlp.gate.e_score_correction_bias"},
          {"model.layers.{L}.feed_forward.experts.{E}.w1.weight",
           "model.layers.{L}.mlp.experts.{E}.gate_proj.weight"},
          {"model.layers.{L}.feed_forward.experts.{E}.w2.weight",
           "model.layers.{L}.mlp.experts.{E}.down_proj.weight"},
          {"model.layers.{L}.feed_forward.experts.{E}.w3.weight",
           "model.layers.{L}.mlp.experts.{E}.up_proj.weight"}};
}

std::vector<LayerTypeRule> ConvolutionTypes() {
  return {{.types = {{"full_attention", LayerPart::kAttention}, {"conv", kConv}},
           .list_keys = "layer_types",
           .numbers_key = "full_attn_idxs"}};
}

Family Lfm2() {
  return {
      .name = "lfm2",
      .title = "LFM2",
      .model_types = {"lfm2"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}),
                               ConvolutionSizes(),
                               {{"width", "block_ff_dim|intermediate_size", "12288"},
                                {"rounded_to", "block_multiple_of", "256"},
                                // Two thirds of what config.json says, rounded up.
                                {"adjusted_width", "",
                                 "(2 * width // 3 + rounded_to - 1) // rounded_to * rounded_to"}}}),
      .flags = {{"conv_bias", "conv_bias"},
                {"adjusted", "block_auto_adjust_ff_dim", true},
                {"tied", "tie_word_embeddings", true}},
      .tensors =
          Join<TensorRule>({Lfm2Frame(), Lfm2Attention(), GatedConvolution(), NumberedMlp()}),
      .views = Lfm2Views(),
      .layer_types = ConvolutionTypes(),
      .layer_sizes = {{.size = "width", .value = "adjusted_width", .when = "adjusted"}}};
}

Family Lfm2Moe() {
  return {.name = "lfm2_moe",
          .title = "LFM2 with experts",
          .model_types = {"lfm2_moe"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>(
              {DecoderSizes({.kv_heads = "8"}),
               ConvolutionSizes(),
               {{"width", "intermediate_size", "7168"}, {"dense_layers", "num_dense_layers", "2"}},
               ExpertSizes("num_experts")}),
          .flags = {{"conv_bias", "conv_bias"},
                    {"expert_bias", "use_expert_bias", true},
                    {"tied", "tie_word_embeddings", true}},
          .tensors = Join<TensorRule>(
              {Lfm2Frame(), Lfm2Attention(), GatedConvolution(), NumberedMlp(), NumberedExperts()}),
          .views = Join<ViewRule>({Lfm2Views(), Lfm2ExpertViews()}),
          .router = "sigmoid; a bias takes part in the choice, not in the weights",
          .layer_types = ConvolutionTypes()};
}

}  // namespace

std::vector<Family> ConvolutionDecoders() { return {Lfm2(), Lfm2Moe()}; }

}  // namespace modelkin::families
