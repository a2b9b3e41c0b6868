// Families from before Llama's names became usual: GPT-2, nanoGPT, GPT-NeoX.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Sizes Gpt2Sizes() {
  return {{"residual", "n_embd"},
          {"layers", "n_layer"},
          {"heads", "n_head"},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"vocab", "vocab_size"},
          {"positions", "n_positions|n_ctx|block_size"},
          {"width", "n_inner", "4 * residual"}};
}

// Whether a weight is stored with its outputs first, as Linear layers are, or its inputs.
enum class Layout : std::uint8_t { kLinear, kConv1D };

Tensors Gpt2Tensors(Layout layout, std::string_view bias) {
  const bool linear = layout == Layout::kLinear;
  return {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
          {"transformer.wpe.weight", "positions, residual", kPositionEmbedding, kOnce},
          {"transformer.ln_f.weight", "residual", kNorm, kOnce},
          {"transformer.ln_f.bias", "residual", kNorm, kOnce, bias},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
          {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
          {"transformer.h.{L}.ln_1.bias", "residual", kNorm, kEveryLayer, bias},
          {"transformer.h.{L}.attn.c_attn.weight",
           linear ? "3 * residual, residual" : "residual, 3 * residual", kAttention},
          {"transformer.h.{L}.attn.c_attn.bias", "3 * residual", kAttention, kEveryLayer, bias},
          {"transformer.h.{L}.attn.c_proj.weight", "residual, residual", kAttention},
          {"transformer.h.{L}.attn.c_proj.bias", "residual", kAttention, kEveryLayer, bias},
          {"transformer.h.{L}.attn.bias", "1, 1, positions, positions", kBuffer},
          {"transformer.h.{L}.attn.masked_bias", "", kBuffer},
          {"transformer.h.{L}.ln_2.weight", "residual", kNorm},
          {"transformer.h.{L}.ln_2.bias", "residual", kNorm, kEveryLayer, bias},
          {"transformer.h.{L}.mlp.c_fc.weight", linear ? "width, residual" : "residual, width",
           kDenseMlp},
          {"transformer.h.{L}.mlp.c_fc.bias", "width", kDenseMlp, kEveryLayer, bias},
          {"transformer.h.{L}.mlp.c_proj.weight", linear ? "residual, width" : "width, residual",
           kDenseMlp},
          {"transformer.h.{L}.mlp.c_proj.bias", "residual", kDenseMlp, kEveryLayer, bias}};
}

Family Gpt2() {
  return {.name = "gpt2",
          .title = "GPT-2",
          .model_types = {"gpt2"},
          .plan = LayerPlan::kDense,
          .sizes = Gpt2Sizes(),
          .flags = {{"tied", "tie_word_embeddings", true}},
          .tensors = Gpt2Tensors(Layout::kConv1D, ""),
          .views = Gpt2Views(),
          .norm = "LayerNorm with bias",
          .attention = "multi-head",
          .activation_key = "activation_function",
          .default_activation = "gelu_new",
          .rotary = false};
}

// GPT-2's names on Linear layers; its files often say "gpt2" as well.
Family NanoGpt() {
  return {.name = "nanogpt",
          .title = "nanoGPT",
          .model_types = {"nanogpt", "gpt2"},
          .plan = LayerPlan::kDense,
          .sizes = Gpt2Sizes(),
          .flags = {{"bias", "bias", true}, {"tied", "tie_word_embeddings", true}},
          .tensors = Gpt2Tensors(Layout::kLinear, "bias"),
          .views = NanoGptViews(),
          .norm = "LayerNorm",
          .attention = "multi-head",
          .activation_key = "activation_function",
          .default_activation = "gelu",
          .rotary = false};
}

Family GptNeoX() {
  return {
      .name = "gpt_neox",
      .title = "GPT-NeoX and Pythia",
      .model_types = {"gpt_neox"},
      .plan = LayerPlan::kDense,
      .sizes = MultiHeadSizes(),
      .flags = {{"tied", "tie_word_embeddings"},
                {"bias", "attention_bias", true},
                {"parallel", "use_parallel_residual", true}},
      .tensors = {{"gpt_neox.embed_in.weight", "vocab, residual", kEmbedding, kOnce},
                  {"embed_out.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"gpt_neox.final_layer_norm.weight", "residual", kNorm, kOnce},
                  {"gpt_neox.final_layer_norm.bias", "residual", kNorm, kOnce},
                  {"gpt_neox.layers.{L}.input_layernorm.weight", "residual", kNorm},
                  {"gpt_neox.layers.{L}.input_layernorm.bias", "residual", kNorm},
                  {"gpt_neox.layers.{L}.post_attention_layernorm.weight", "residual", kNorm},
                  {"gpt_neox.layers.{L}.post_attention_layernorm.bias", "residual", kNorm},
                  {"gpt_neox.layers.{L}.attention.query_key_value.weight", "3 * residual, residual",
                   kAttention},
                  {"gpt_neox.layers.{L}.attention.query_key_value.bias", "3 * residual", kAttention,
                   kEveryLayer, "bias"},
                  {"gpt_neox.layers.{L}.attention.dense.weight", "residual, residual", kAttention},
                  {"gpt_neox.layers.{L}.attention.dense.bias", "residual", kAttention, kEveryLayer,
                   "bias"},
                  {"gpt_neox.layers.{L}.attention.bias", "1, 1, positions, positions", kBuffer},
                  {"gpt_neox.layers.{L}.attention.masked_bias", "", kBuffer},
                  {"gpt_neox.layers.{L}.attention.rotary_emb.inv_freq", "head_dim / 8", kBuffer},
                  {"gpt_neox.layers.{L}.mlp.dense_h_to_4h.weight", "width, residual", kDenseMlp},
                  {"gpt_neox.layers.{L}.mlp.dense_h_to_4h.bias", "width", kDenseMlp},
                  {"gpt_neox.layers.{L}.mlp.dense_4h_to_h.weight", "residual, width", kDenseMlp},
                  {"gpt_neox.layers.{L}.mlp.dense_4h_to_h.bias", "residual", kDenseMlp}},
      .views = GptNeoXViews(),
      .norm = "LayerNorm with bias",
      .attention = "multi-head",
      .default_rotary_share = 0.25};
}

}  // namespace

std::vector<Family> OldNames() { return {Gpt2(), NanoGpt(), GptNeoX()}; }

}  // namespace modelkin::families
