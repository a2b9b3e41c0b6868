// Decoders of 2021 to 2023 with LayerNorm, an MLP without a gate, and q, k and v apart: GPT-J,
// GPT-Neo, OPT, BioGPT, XGLM.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr std::string_view kSquare = "residual, residual";
constexpr std::string_view kLayerNormWithBias = "LayerNorm with bias";

Sizes MultiHead(std::string_view layers, std::string_view heads, std::string_view width,
                std::string_view default_width) {
  return {{"residual", "hidden_size|n_embd|d_model"},
          {"layers", layers},
          {"heads", heads},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"vocab", "vocab_size"},
          {"positions", "max_position_embeddings|n_positions", "0"},
          {"width", width, default_width}};
}

// Attention and MLP read one norm, side by side.
Family GptJ() {
  return {
      .name = "gptj",
      .title = "GPT-J",
      .model_types = {"gptj"},
      .plan = LayerPlan::kDense,
      .sizes = MultiHead("n_layer", "n_head", "n_inner", "4 * residual"),
      .flags = {{"parallel", "", true}, {"head_bias", "", true}, Tied()},
      .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                  {"transformer.ln_f.weight", "residual", kNorm, kOnce},
                  {"transformer.ln_f.bias", "residual", kNorm, kOnce},
                  {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"lm_head.bias", "vocab", kHead, kOnce},
                  {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
                  {"transformer.h.{L}.ln_1.bias", "residual", kNorm},
                  {"transformer.h.{L}.attn.q_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.k_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.v_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.out_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.bias", "1, 1, positions, positions", kBuffer},
                  {"transformer.h.{L}.attn.masked_bias", "", kBuffer},
                  {"transformer.h.{L}.mlp.fc_in.weight", "width, residual", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_in.bias", "width", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_out.weight", "residual, width", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_out.bias", "residual", kDenseMlp}},
      .views =
          {{"transformer.wte.weight", "model.embed_tokens.weight"},
           {"transformer.ln_f.weight", "model.norm.weight"},
           {"transformer.ln_f.bias", "model.norm.bias"},
           {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
           {"transformer.h.{L}.ln_1.bias", "model.layers.{L}.input_layernorm.bias"},
           {"transformer.h.{L}.attn.q_proj.weight", "model.layers.{L}.self_attn.q_proj.weight"},
           {"transformer.h.{L}.attn.k_proj.weight", "model.layers.{L}.self_attn.k_proj.weight"},
           {"transformer.h.{L}.attn.v_proj.weight", "model.layers.{L}.self_attn.v_proj.weight"},
           {"transformer.h.{L}.attn.out_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
           {"transformer.h.{L}.mlp.fc_in.weight", "model.layers.{L}.mlp.up_proj.weight"},
           {"transformer.h.{L}.mlp.fc_in.bias", "model.layers.{L}.mlp.up_proj.bias"},
           {"transformer.h.{L}.mlp.fc_out.weight", "model.layers.{L}.mlp.down_proj.weight"},
           {"transformer.h.{L}.mlp.fc_out.bias", "model.layers.{L}.mlp.down_proj.bias"}},
      .norm = kLayerNormWithBias,
      .attention = "multi-head",
      .activation_key = "activation_function",
      .default_activation = "gelu_new"};
}

Views GptNeoViews() {
  return {
      {"transformer.wte.weight", "model.embed_tokens.weight"},
      {"transformer.wpe.weight", "model.embed_positions.weight"},
      {"transformer.ln_f.weight", "model.norm.weight"},
      {"transformer.ln_f.bias", "model.norm.bias"},
      {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
      {"transformer.h.{L}.ln_1.bias", "model.layers.{L}.input_layernorm.bias"},
      {"transformer.h.{L}.ln_2.weight", "model.layers.{L}.post_attention_layernorm.weight"},
      {"transformer.h.{L}.ln_2.bias", "model.layers.{L}.post_attention_layernorm.bias"},
      {"transformer.h.{L}.attn.attention.q_proj.weight",
       "model.layers.{L}.self_attn.q_proj.weight"},
      {"transformer.h.{L}.attn.attention.k_proj.weight",
       "model.layers.{L}.self_attn.k_proj.weight"},
      {"transformer.h.{L}.attn.attention.v_proj.weight",
       "model.layers.{L}.self_attn.v_proj.weight"},
      {"transformer.h.{L}.attn.attention.out_proj.weight",
       "model.layers.{L}.self_attn.o_proj.weight"},
      {"transformer.h.{L}.attn.attention.out_proj.bias", "model.layers.{L}.self_attn.o_proj.bias"},
      {"transformer.h.{L}.mlp.c_fc.weight", "model.layers.{L}.mlp.up_proj.weight"},
      {"transformer.h.{L}.mlp.c_fc.bias", "model.layers.{L}.mlp.up_proj.bias"},
      {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"},
      {"transformer.h.{L}.mlp.c_proj.bias", "model.layers.{L}.mlp.down_proj.bias"}};
}

// Every second layer has a window; scores are not scaled.
Family GptNeo() {
  return {
      .name = "gpt_neo",
      .title = "GPT-Neo",
      .model_types = {"gpt_neo"},
      .plan = LayerPlan::kDense,
      .sizes = MultiHead("num_layers", "num_heads", "intermediate_size", "4 * residual"),
      .flags = {{"o_bias", "", true}, Tied(true)},
      .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                  {"transformer.wpe.weight", "positions, residual", kPositionEmbedding, kOnce},
                  {"transformer.ln_f.weight", "residual", kNorm, kOnce},
                  {"transformer.ln_f.bias", "residual", kNorm, kOnce},
                  {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
                  {"transformer.h.{L}.ln_1.bias", "residual", kNorm},
                  {"transformer.h.{L}.ln_2.weight", "residual", kNorm},
                  {"transformer.h.{L}.ln_2.bias", "residual", kNorm},
                  {"transformer.h.{L}.attn.attention.q_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.attention.k_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.attention.v_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.attention.out_proj.weight", kSquare, kAttention},
                  {"transformer.h.{L}.attn.attention.out_proj.bias", "residual", kAttention},
                  {"transformer.h.{L}.attn.attention.bias", "1, 1, positions, positions", kBuffer},
                  {"transformer.h.{L}.attn.attention.masked_bias", "", kBuffer},
                  {"transformer.h.{L}.mlp.c_fc.weight", "width, residual", kDenseMlp},
                  {"transformer.h.{L}.mlp.c_fc.bias", "width", kDenseMlp},
                  {"transformer.h.{L}.mlp.c_proj.weight", "residual, width", kDenseMlp},
                  {"transformer.h.{L}.mlp.c_proj.bias", "residual", kDenseMlp}},
      .views = GptNeoViews(),
      .norm = kLayerNormWithBias,
      .attention = "multi-head",
      .activation_key = "activation_function",
      .default_activation = "gelu_new",
      .rotary = false};
}

// What fairseq's decoders have in a layer, under a prefix.
struct FairseqNames {
  std::string_view embedding, positions, norm, norm_bias, head;
  std::string_view query, query_bias, key, key_bias, value, value_bias, output, output_bias;
  std::string_view attention_norm, attention_norm_bias, mlp_norm, mlp_norm_bias;
  std::string_view up, up_bias, down, down_bias;
};

// Biases by "bias".
Tensors FairseqTensors(const FairseqNames& names) {
  return {{names.embedding, "vocab, residual", kEmbedding, kOnce},
          {names.norm, "residual", kNorm, kOnce},
          {names.norm_bias, "residual", kNorm, kOnce},
          {names.head, "vocab, residual", kHead, kOnce, "!tied"},
          {names.query, kSquare, kAttention},
          {names.query_bias, "residual", kAttention, kEveryLayer, "bias"},
          {names.key, kSquare, kAttention},
          {names.key_bias, "residual", kAttention, kEveryLayer, "bias"},
          {names.value, kSquare, kAttention},
          {names.value_bias, "residual", kAttention, kEveryLayer, "bias"},
          {names.output, kSquare, kAttention},
          {names.output_bias, "residual", kAttention, kEveryLayer, "bias"},
          {names.attention_norm, "residual", kNorm},
          {names.attention_norm_bias, "residual", kNorm},
          {names.mlp_norm, "residual", kNorm},
          {names.mlp_norm_bias, "residual", kNorm},
          {names.up, "width, residual", kDenseMlp},
          {names.up_bias, "width", kDenseMlp, kEveryLayer, "bias"},
          {names.down, "residual, width", kDenseMlp},
          {names.down_bias, "residual", kDenseMlp, kEveryLayer, "bias"}};
}

Views FairseqViews(const FairseqNames& names) {
  return {{names.embedding, "model.embed_tokens.weight"},
          {names.norm, "model.norm.weight"},
          {names.norm_bias, "model.norm.bias"},
          {names.head, "lm_head.weight"},
          {names.query, "model.layers.{L}.self_attn.q_proj.weight"},
          {names.query_bias, "model.layers.{L}.self_attn.q_proj.bias"},
          {names.key, "model.layers.{L}.self_attn.k_proj.weight"},
          {names.key_bias, "model.layers.{L}.self_attn.k_proj.bias"},
          {names.value, "model.layers.{L}.self_attn.v_proj.weight"},
          {names.value_bias, "model.layers.{L}.self_attn.v_proj.bias"},
          {names.output, "model.layers.{L}.self_attn.o_proj.weight"},
          {names.output_bias, "model.layers.{L}.self_attn.o_proj.bias"},
          {names.attention_norm, "model.layers.{L}.input_layernorm.weight"},
          {names.attention_norm_bias, "model.layers.{L}.input_layernorm.bias"},
          {names.mlp_norm, "model.layers.{L}.post_attention_layernorm.weight"},
          {names.mlp_norm_bias, "model.layers.{L}.post_attention_layernorm.bias"},
          {names.up, "model.layers.{L}.mlp.up_proj.weight"},
          {names.up_bias, "model.layers.{L}.mlp.up_proj.bias"},
          {names.down, "model.layers.{L}.mlp.down_proj.weight"},
          {names.down_bias, "model.layers.{L}.mlp.down_proj.bias"}};
}

// Positions are stored from the third row on.
Family Fairseq(std::string_view name, std::string_view title, const FairseqNames& names,
               const Sizes& sizes) {
  Family family{.name = name,
                .title = title,
                .model_types = {name},
                .plan = LayerPlan::kDense,
                .sizes = sizes,
                .flags = {{"bias", "enable_bias", true}, Tied(true)},
                .tensors = FairseqTensors(names),
                .views = FairseqViews(names),
                .norm = kLayerNormWithBias,
                .attention = "multi-head",
                .default_activation = "gelu",
                .rotary = false};
  if (names.positions.empty()) return family;
  family.tensors.push_back({names.positions, "positions + 2, residual", kPositionEmbedding, kOnce});
  family.views.push_back({names.positions, "model.embed_positions.weight"});
  return family;
}

// The 350M model, whose embeddings are narrower and whose norms come after, is not described.
Family Opt() {
  Family family =
      Fairseq("opt", "OPT",
              {.embedding = "model.decoder.embed_tokens.weight",
               .positions = "model.decoder.embed_positions.weight",
               .norm = "model.decoder.final_layer_norm.weight",
               .norm_bias = "model.decoder.final_layer_norm.bias",
               .head = "lm_head.weight",
               .query = "model.decoder.layers.{L}.self_attn.q_proj.weight",
               .query_bias = "model.decoder.layers.{L}.self_attn.q_proj.bias",
               .key = "model.decoder.layers.{L}.self_attn.k_proj.weight",
               .key_bias = "model.decoder.layers.{L}.self_attn.k_proj.bias",
               .value = "model.decoder.layers.{L}.self_attn.v_proj.weight",
               .value_bias = "model.decoder.layers.{L}.self_attn.v_proj.bias",
               .output = "model.decoder.layers.{L}.self_attn.out_proj.weight",
               .output_bias = "model.decoder.layers.{L}.self_attn.out_proj.bias",
               .attention_norm = "model.decoder.layers.{L}.self_attn_layer_norm.weight",
               .attention_norm_bias = "model.decoder.layers.{L}.self_attn_layer_norm.bias",
               .mlp_norm = "model.decoder.layers.{L}.final_layer_norm.weight",
               .mlp_norm_bias = "model.decoder.layers.{L}.final_layer_norm.bias",
               .up = "model.decoder.layers.{L}.fc1.weight",
               .up_bias = "model.decoder.layers.{L}.fc1.bias",
               .down = "model.decoder.layers.{L}.fc2.weight",
               .down_bias = "model.decoder.layers.{L}.fc2.bias"},
              MultiHead("num_hidden_layers", "num_attention_heads", "ffn_dim", "3072"));
  family.activation_key = "activation_function";
  family.default_activation = "relu";
  return family;
}

Family BioGpt() {
  return Fairseq("biogpt", "BioGPT",
                 {.embedding = "biogpt.embed_tokens.weight",
                  .positions = "biogpt.embed_positions.weight",
                  .norm = "biogpt.layer_norm.weight",
                  .norm_bias = "biogpt.layer_norm.bias",
                  .head = "output_projection.weight",
                  .query = "biogpt.layers.{L}.self_attn.q_proj.weight",
                  .query_bias = "biogpt.layers.{L}.self_attn.q_proj.bias",
                  .key = "biogpt.layers.{L}.self_attn.k_proj.weight",
                  .key_bias = "biogpt.layers.{L}.self_attn.k_proj.bias",
                  .value = "biogpt.layers.{L}.self_attn.v_proj.weight",
                  .value_bias = "biogpt.layers.{L}.self_attn.v_proj.bias",
                  .output = "biogpt.layers.{L}.self_attn.out_proj.weight",
                  .output_bias = "biogpt.layers.{L}.self_attn.out_proj.bias",
                  .attention_norm = "biogpt.layers.{L}.self_attn_layer_norm.weight",
                  .attention_norm_bias = "biogpt.layers.{L}.self_attn_layer_norm.bias",
                  .mlp_norm = "biogpt.layers.{L}.final_layer_norm.weight",
                  .mlp_norm_bias = "biogpt.layers.{L}.final_layer_norm.bias",
                  .up = "biogpt.layers.{L}.fc1.weight",
                  .up_bias = "biogpt.layers.{L}.fc1.bias",
                  .down = "biogpt.layers.{L}.fc2.weight",
                  .down_bias = "biogpt.layers.{L}.fc2.bias"},
                 MultiHead("num_hidden_layers", "num_attention_heads", "intermediate_size", ""));
}

// Positions are computed.
Family Xglm() {
  Family family = Fairseq("xglm", "XGLM",
                          {.embedding = "model.embed_tokens.weight",
                           .positions = "",
                           .norm = "model.layer_norm.weight",
                           .norm_bias = "model.layer_norm.bias",
                           .head = "lm_head.weight",
                           .query = "model.layers.{L}.self_attn.q_proj.weight",
                           .query_bias = "model.layers.{L}.self_attn.q_proj.bias",
                           .key = "model.layers.{L}.self_attn.k_proj.weight",
                           .key_bias = "model.layers.{L}.self_attn.k_proj.bias",
                           .value = "model.layers.{L}.self_attn.v_proj.weight",
                           .value_bias = "model.layers.{L}.self_attn.v_proj.bias",
                           .output = "model.layers.{L}.self_attn.out_proj.weight",
                           .output_bias = "model.layers.{L}.self_attn.out_proj.bias",
                           .attention_norm = "model.layers.{L}.self_attn_layer_norm.weight",
                           .attention_norm_bias = "model.layers.{L}.self_attn_layer_norm.bias",
                           .mlp_norm = "model.layers.{L}.final_layer_norm.weight",
                           .mlp_norm_bias = "model.layers.{L}.final_layer_norm.bias",
                           .up = "model.layers.{L}.fc1.weight",
                           .up_bias = "model.layers.{L}.fc1.bias",
                           .down = "model.layers.{L}.fc2.weight",
                           .down_bias = "model.layers.{L}.fc2.bias"},
                          MultiHead("num_layers", "attention_heads", "ffn_dim", "4096"));
  family.activation_key = "activation_function";
  return family;
}

}  // namespace

std::vector<Family> EarlyDecoders() { return {GptJ(), GptNeo(), Opt(), BioGpt(), Xglm()}; }

}  // namespace modelkin::families
