// Decoders whose code came with their checkpoints: Qwen, Baichuan, InternLM2, ChatGLM.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// q, k and v one after the other.
Family Baichuan() {
  constexpr std::string_view kQkv = "model.layers.{L}.self_attn.W_pack.weight";
  return {.name = "baichuan",
          .title = "Baichuan and Baichuan 2",
          .model_types = {"baichuan"},
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "hidden_size"},
                    {"layers", "num_hidden_layers"},
                    {"heads", "num_attention_heads"},
                    {"kv_heads", "", "heads"},
                    {"head_dim", "", "residual / heads"},
                    {"vocab", "vocab_size"},
                    {"positions", "max_position_embeddings|model_max_length", "0"},
                    {"width", "intermediate_size"}},
          .flags = {Tied()},
          .tensors = Join<TensorRule>(
              {Frame(),
               PreNorms(),
               {{kQkv, "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
                {"model.layers.{L}.self_attn.o_proj.weight", "residual, residual", kAttention},
                {"model.layers.{L}.self_attn.rotary_emb.inv_freq", "head_dim / 2", kBuffer}},
               GatedMlp()}),
          .views = StackedQkvViews(kQkv),
          .attention = "multi-head"};
}

Views QwenViews() {
  return {{"transformer.wte.weight", "model.embed_tokens.weight"},
          {"transformer.ln_f.weight", "model.norm.weight"},
          {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
          {"transformer.h.{L}.ln_2.weight", "model.layers.{L}.post_attention_layernorm.weight"},
          {"transformer.h.{L}.attn.c_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
          {"transformer.h.{L}.mlp.w1.weight", "model.layers.{L}.mlp.up_proj.weight"},
          {"transformer.h.{L}.mlp.w2.weight", "model.layers.{L}.mlp.gate_proj.weight"},
          {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"}};
}

// "intermediate_size" counts gate and up.
Family Qwen() {
  return {.name = "qwen",
          .title = "Qwen",
          .model_types = {"qwen"},
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "hidden_size"},
                    {"layers", "num_hidden_layers"},
                    {"heads", "num_attention_heads"},
                    {"kv_heads", "", "heads"},
                    {"head_dim", "kv_channels", "residual / heads"},
                    {"vocab", "vocab_size"},
                    {"positions", "seq_length|max_position_embeddings", "0"},
                    {"both_widths", "intermediate_size"},
                    {"width", "", "both_widths / 2"}},
          .flags = {{"qkv_bias", "", true}, Tied()},
          .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                      {"transformer.ln_f.weight", "residual", kNorm, kOnce},
                      {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                      {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
                      {"transformer.h.{L}.ln_2.weight", "residual", kNorm},
                      {"transformer.h.{L}.attn.c_attn.weight",
                       "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
                      {"transformer.h.{L}.attn.c_attn.bias", "(heads + 2 * kv_heads) * head_dim",
                       kAttention},
                      {"transformer.h.{L}.attn.c_proj.weight", "residual, heads * head_dim",
                       kAttention},
                      {"transformer.h.{L}.mlp.w1.weight", "width, residual", kDenseMlp},
                      {"transformer.h.{L}.mlp.w2.weight", "width, residual", kDenseMlp},
                      {"transformer.h.{L}.mlp.c_proj.weight", "residual, width", kDenseMlp}},
          .views = Join<ViewRule>({StackedQkvViews("transformer.h.{L}.attn.c_attn.weight",
                                                   "transformer.h.{L}.attn.c_attn.bias"),
                                   QwenViews()}),
          .attention = "multi-head"};
}

Views InternLm2Views() {
  return {{"model.tok_embeddings.weight", "model.embed_tokens.weight"},
          {"output.weight", "lm_head.weight"},
          {"model.layers.{L}.attention_norm.weight", "model.layers.{L}.input_layernorm.weight"},
          {"model.layers.{L}.ffn_norm.weight", "model.layers.{L}.post_attention_layernorm.weight"},
          {"model.layers.{L}.attention.wo.weight", "model.layers.{L}.self_attn.o_proj.weight"},
          {"model.layers.{L}.feed_forward.w1.weight", "model.layers.{L}.mlp.gate_proj.weight"},
          {"model.layers.{L}.feed_forward.w2.weight", "model.layers.{L}.mlp.down_proj.weight"},
          {"model.layers.{L}.feed_forward.w3.weight", "model.layers.{L}.mlp.up_proj.weight"}};
}

Family InternLm2() {
  return {.name = "internlm2",
          .title = "InternLM2 and 2.5",
          .model_types = {"internlm2"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {Tied()},
          .tensors = {{"model.tok_embeddings.weight", "vocab, residual", kEmbedding, kOnce},
                      {"model.norm.weight", "residual", kNorm, kOnce},
                      {"output.weight", "vocab, residual", kHead, kOnce, "!tied"},
                      {"model.layers.{L}.attention_norm.weight", "residual", kNorm},
                      {"model.layers.{L}.ffn_norm.weight", "residual", kNorm},
                      {"model.layers.{L}.attention.wqkv.weight",
                       "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
                      {"model.layers.{L}.attention.wo.weight", "residual, heads * head_dim",
                       kAttention},
                      {"model.layers.{L}.feed_forward.w1.weight", "width, residual", kDenseMlp},
                      {"model.layers.{L}.feed_forward.w2.weight", "residual, width", kDenseMlp},
                      {"model.layers.{L}.feed_forward.w3.weight", "width, residual", kDenseMlp}},
          .views = Join<ViewRule>(
              {GroupedQkvViews("model.layers.{L}.attention.wqkv.weight"), InternLm2Views()})};
}

Views ChatGlmViews() {
  constexpr std::string_view kMlp = "transformer.encoder.layers.{L}.mlp.dense_h_to_4h.weight";
  return {{"transformer.embedding.word_embeddings.weight", "model.embed_tokens.weight"},
          {"transformer.encoder.final_layernorm.weight", "model.norm.weight"},
          {"transformer.output_layer.weight", "lm_head.weight"},
          {"transformer.encoder.layers.{L}.input_layernorm.weight",
           "model.layers.{L}.input_layernorm.weight"},
          {"transformer.encoder.layers.{L}.post_attention_layernorm.weight",
           "model.layers.{L}.post_attention_layernorm.weight"},
          {"transformer.encoder.layers.{L}.self_attention.dense.weight",
           "model.layers.{L}.self_attn.o_proj.weight"},
          {kMlp, "model.layers.{L}.mlp.gate_proj.weight", "width, residual"},
          {kMlp, "model.layers.{L}.mlp.up_proj.weight", "width, residual", "width * residual"},
          {"transformer.encoder.layers.{L}.mlp.dense_4h_to_h.weight",
           "model.layers.{L}.mlp.down_proj.weight"}};
}

Family ChatGlm() {
  return {
      .name = "chatglm",
      .title = "ChatGLM2, ChatGLM3 and GLM-4 9B",
      .model_types = {"chatglm"},
      .plan = LayerPlan::kDense,
      .sizes = {{"residual", "hidden_size"},
                {"layers", "num_layers|num_hidden_layers"},
                {"heads", "num_attention_heads"},
                {"kv_heads", "multi_query_group_num", "heads"},
                {"head_dim", "kv_channels", "residual / heads"},
                {"vocab", "padded_vocab_size|vocab_size"},
                {"positions", "seq_length", "0"},
                {"width", "ffn_hidden_size"}},
      .flags = {{"qkv_bias", "add_qkv_bias"}, Tied()},
      .tensors = {{"transformer.embedding.word_embeddings.weight", "vocab, residual", kEmbedding,
                   kOnce},
                  {"transformer.encoder.final_layernorm.weight", "residual", kNorm, kOnce},
                  {"transformer.output_layer.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"transformer.rotary_pos_emb.inv_freq", "head_dim / 4", kBuffer, kOnce},
                  {"transformer.encoder.layers.{L}.input_layernorm.weight", "residual", kNorm},
                  {"transformer.encoder.layers.{L}.post_attention_layernorm.weight", "residual",
                   kNorm},
                  {"transformer.encoder.layers.{L}.self_attention.query_key_value.weight",
                   "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
                  {"transformer.encoder.layers.{L}.self_attention.query_key_value.bias",
                   "(heads + 2 * kv_heads) * head_dim", kAttention, kEveryLayer, "qkv_bias"},
                  {"transformer.encoder.layers.{L}.self_attention.dense.weight",
                   "residual, heads * head_dim", kAttention},
                  {"transformer.encoder.layers.{L}.mlp.dense_h_to_4h.weight", "2 * width, residual",
                   kDenseMlp},
                  {"transformer.encoder.layers.{L}.mlp.dense_4h_to_h.weight", "residual, width",
                   kDenseMlp}},
      .views = Join<ViewRule>(
          {StackedQkvViews("transformer.encoder.layers.{L}.self_attention.query_key_value.weight",
                           "transformer.encoder.layers.{L}.self_attention.query_key_value.bias"),
           ChatGlmViews()}),
      .default_rotary_share = 0.5};
}

}  // namespace

std::vector<Family> RemoteCodeDecoders() { return {Baichuan(), Qwen(), InternLm2(), ChatGlm()}; }

}  // namespace modelkin::families
