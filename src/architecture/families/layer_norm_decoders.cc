// Decoders with LayerNorm, under Llama's names or nearly so.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr std::string_view kLayerNorm = "LayerNorm with bias";

// Attention and MLP read one norm, side by side.
Tensors CohereTensors() {
  return Join<TensorRule>({Frame(),
                           {{"model.layers.{L}.input_layernorm.weight", "residual", kNorm}},
                           Attention(),
                           QkvBiases(),
                           OutputBias(),
                           GatedMlp()});
}

Flags CohereFlags() {
  return {{"qkv_bias", "attention_bias"},
          {"o_bias", "attention_bias"},
          {"parallel", "", true},
          Tied(true)};
}

Family Cohere() {
  return {.name = "cohere",
          .title = "Command R and Aya",
          .model_types = {"cohere"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = Join<FlagRule>({CohereFlags(), {{"heads_norm", "use_qk_norm"}}}),
          .tensors =
              Join<TensorRule>({CohereTensors(),
                                {{"model.layers.{L}.self_attn.q_norm.weight", "heads, head_dim",
                                  kAttention, kEveryLayer, "heads_norm"},
                                 {"model.layers.{L}.self_attn.k_norm.weight", "kv_heads, head_dim",
                                  kAttention, kEveryLayer, "heads_norm"}}}),
          .norm = "LayerNorm"};
}

// Layers without a window have no rotation.
Family Cohere2() {
  return {.name = "cohere2",
          .title = "Command R7B, Command A and later Aya",
          .model_types = {"cohere2"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = CohereFlags(),
          .tensors = CohereTensors(),
          .norm = "LayerNorm",
          .window = WindowPlan::kAllButEveryNth,
          .default_window = 4096,
          .default_window_period = 4};
}

// The norms multiply by 1 + weight.
Family Nemotron() {
  return {.name = "nemotron",
          .title = "Nemotron-4 and Minitron",
          .model_types = {"nemotron"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = LlamaFlags(),
          .tensors = Join<TensorRule>({Frame(), PreNorms(), NormBiases(), Attention(), QkvBiases(),
                                       OutputBias(), PlainMlp(), PlainMlpBiases()}),
          .norm = "LayerNorm (1 + weight) with bias",
          .default_rotary_share = 0.5,
          .default_activation = "relu2"};
}

Family Jais2() {
  return {.name = "jais2",
          .title = "Jais 2",
          .model_types = {"jais2"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias", true},
                    {"o_bias", "attention_bias", true},
                    {"mlp_bias", "mlp_bias", true},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), NormBiases(), Attention(), QkvBiases(),
                                       OutputBias(), PlainMlp(), PlainMlpBiases()}),
          .norm = kLayerNorm,
          .default_activation = "relu2"};
}

Family StarCoder2() {
  return {
      .name = "starcoder2",
      .title = "StarCoder2",
      .model_types = {"starcoder2"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "2"}), DenseSizes()}),
      .flags = {{"qkv_bias", "use_bias", true},
                {"o_bias", "use_bias", true},
                {"mlp_bias", "use_bias", true},
                Tied(true)},
      .tensors = Join<TensorRule>(
          {Frame(),
           PreNorms(),
           NormBiases(),
           Attention(),
           QkvBiases(),
           OutputBias(),
           {{"model.layers.{L}.mlp.c_fc.weight", "width, residual", kDenseMlp},
            {"model.layers.{L}.mlp.c_fc.bias", "width", kDenseMlp, kEveryLayer, "mlp_bias"},
            {"model.layers.{L}.mlp.c_proj.weight", "residual, width", kDenseMlp},
            {"model.layers.{L}.mlp.c_proj.bias", "residual", kDenseMlp, kEveryLayer, "mlp_bias"}}}),
      .views = {{"model.layers.{L}.mlp.c_fc.weight", "model.layers.{L}.mlp.up_proj.weight"},
                {"model.layers.{L}.mlp.c_fc.bias", "model.layers.{L}.mlp.up_proj.bias"},
                {"model.layers.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"},
                {"model.layers.{L}.mlp.c_proj.bias", "model.layers.{L}.mlp.down_proj.bias"}},
      .norm = kLayerNorm,
      .window = WindowPlan::kAll,
      .default_activation = "gelu_pytorch_tanh"};
}

// StableLM 2 12B has a norm for each head, under a number: those tensors are not explained.
Family StableLm() {
  return {
      .name = "stablelm",
      .title = "StableLM",
      .model_types = {"stablelm"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32"}), DenseSizes()}),
      .flags = {{"qkv_bias", "use_qkv_bias"}, {"parallel", "use_parallel_residual"}, Tied()},
      .tensors = Join<TensorRule>({Frame(),
                                   {{"model.norm.bias", "residual", kNorm, kOnce},
                                    {"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
                                    {"model.layers.{L}.input_layernorm.bias", "residual", kNorm},
                                    {"model.layers.{L}.post_attention_layernorm.weight", "residual",
                                     kNorm, kEveryLayer, "!parallel"},
                                    {"model.layers.{L}.post_attention_layernorm.bias", "residual",
                                     kNorm, kEveryLayer, "!parallel"}},
                                   Attention(),
                                   QkvBiases(),
                                   GatedMlp()}),
      .norm = kLayerNorm,
      .default_rotary_share = 0.25};
}

Views PhiViews() {
  return {
      {"model.final_layernorm.weight", "model.norm.weight"},
      {"model.final_layernorm.bias", "model.norm.bias"},
      {"model.layers.{L}.self_attn.dense.weight", "model.layers.{L}.self_attn.o_proj.weight"},
      {"model.layers.{L}.self_attn.dense.bias", "model.layers.{L}.self_attn.o_proj.bias"},
      {"model.layers.{L}.self_attn.q_layernorm.weight", "model.layers.{L}.self_attn.q_norm.weight"},
      {"model.layers.{L}.self_attn.q_layernorm.bias", "model.layers.{L}.self_attn.q_norm.bias"},
      {"model.layers.{L}.self_attn.k_layernorm.weight", "model.layers.{L}.self_attn.k_norm.weight"},
      {"model.layers.{L}.self_attn.k_layernorm.bias", "model.layers.{L}.self_attn.k_norm.bias"},
      {"model.layers.{L}.mlp.fc1.weight", "model.layers.{L}.mlp.up_proj.weight"},
      {"model.layers.{L}.mlp.fc1.bias", "model.layers.{L}.mlp.up_proj.bias"},
      {"model.layers.{L}.mlp.fc2.weight", "model.layers.{L}.mlp.down_proj.weight"},
      {"model.layers.{L}.mlp.fc2.bias", "model.layers.{L}.mlp.down_proj.bias"}};
}

Tensors PhiHeadNorms() {
  constexpr std::string_view kIf = "qk_norm";
  return {
      {"model.layers.{L}.self_attn.q_layernorm.weight", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.q_layernorm.bias", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.k_layernorm.weight", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.k_layernorm.bias", "head_dim", kAttention, kEveryLayer, kIf}};
}

Family Phi() {
  return {
      .name = "phi",
      .title = "Phi-1, Phi-1.5 and Phi-2",
      .model_types = {"phi"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
      .flags = {{"qkv_bias", "", true},
                {"o_bias", "", true},
                {"mlp_bias", "", true},
                {"head_bias", "", true},
                {"parallel", "", true},
                {"qk_norm", "qk_layernorm"},
                Tied()},
      .tensors = Join<TensorRule>(
          {{{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
            {"model.final_layernorm.weight", "residual", kNorm, kOnce},
            {"model.final_layernorm.bias", "residual", kNorm, kOnce},
            {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
            {"lm_head.bias", "vocab", kHead, kOnce},
            {"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
            {"model.layers.{L}.input_layernorm.bias", "residual", kNorm},
            {"model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual", kAttention},
            {"model.layers.{L}.self_attn.k_proj.weight", "kv_heads * head_dim, residual",
             kAttention},
            {"model.layers.{L}.self_attn.v_proj.weight", "kv_heads * head_dim, residual",
             kAttention},
            {"model.layers.{L}.self_attn.dense.weight", "residual, heads * head_dim", kAttention},
            {"model.layers.{L}.self_attn.dense.bias", "residual", kAttention},
            {"model.layers.{L}.mlp.fc1.weight", "width, residual", kDenseMlp},
            {"model.layers.{L}.mlp.fc1.bias", "width", kDenseMlp},
            {"model.layers.{L}.mlp.fc2.weight", "residual, width", kDenseMlp},
            {"model.layers.{L}.mlp.fc2.bias", "residual", kDenseMlp}},
           QkvBiases(),
           PhiHeadNorms()}),
      .views = PhiViews(),
      .norm = kLayerNorm,
      .default_rotary_share = 0.5,
      .default_activation = "gelu_new"};
}

// Norms without weights.
Family Olmo() {
  return {.name = "olmo",
          .title = "OLMo",
          .model_types = {"olmo"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {{{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
                {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"}},
               Attention(),
               QkvBiases(),
               OutputBias(),
               GatedMlp()}),
          .norm = "LayerNorm without weights"};
}

// Norms without weights, of heads of q and k as well.
Family NanoChat() {
  return {.name = "nanochat",
          .title = "nanochat",
          .model_types = {"nanochat"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {{{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
                {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                {"model.layers.{L}.mlp.fc1.weight", "width, residual", kDenseMlp},
                {"model.layers.{L}.mlp.fc2.weight", "residual, width", kDenseMlp}},
               Attention(),
               QkvBiases(),
               OutputBias()}),
          .views = {{"model.layers.{L}.mlp.fc1.weight", "model.layers.{L}.mlp.up_proj.weight"},
                    {"model.layers.{L}.mlp.fc2.weight", "model.layers.{L}.mlp.down_proj.weight"}},
          .norm = "RMSNorm without weights",
          .default_activation = "relu2"};
}

}  // namespace

std::vector<Family> LayerNormDecoders() {
  return {Cohere(),   Cohere2(), Nemotron(), Jais2(),   StarCoder2(),
          StableLm(), Phi(),     Olmo(),     NanoChat()};
}

}  // namespace modelkin::families
