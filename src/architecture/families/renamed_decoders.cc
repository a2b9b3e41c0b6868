// Decoders of Llama's kind, some of whose tensors have other names.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Tensors GlmMlp() {
  return {{"model.layers.{L}.mlp.gate_up_proj.weight", "2 * width, residual", kDenseMlp},
          {"model.layers.{L}.mlp.down_proj.weight", "residual, width", kDenseMlp}};
}

Family Glm() {
  return {
      .name = "glm",
      .title = "GLM-4 9B, as transformers has it",
      .model_types = {"glm"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "2", .head_dim = "128"}), DenseSizes()}),
      .flags = {{"qkv_bias", "attention_bias", true}, Tied()},
      .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), GlmMlp()}),
      .views = GateUpViews(),
      .default_rotary_share = 0.5};
}

Family Glm4() {
  Family family = Glm();
  family.name = "glm4";
  family.title = "GLM-4-0414 and GLM-Z1";
  family.model_types = {"glm4"};
  family.tensors =
      Join<TensorRule>({family.tensors,
                        {{"model.layers.{L}.post_self_attn_layernorm.weight", "residual", kNorm},
                         {"model.layers.{L}.post_mlp_layernorm.weight", "residual", kNorm}}});
  family.views = Join<ViewRule>({GateUpViews(),
                                 {{"model.layers.{L}.post_self_attn_layernorm.weight",
                                   "model.layers.{L}.attention_output_layernorm.weight"},
                                  {"model.layers.{L}.post_mlp_layernorm.weight",
                                   "model.layers.{L}.mlp_output_layernorm.weight"}}});
  family.norm_place = NormPlace::kAround;
  return family;
}

// The activation function xIELU (arXiv 2411.13010) has two weights of its own.
Family Apertus() {
  return {.name = "apertus",
          .title = "Apertus",
          .model_types = {"apertus"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    Tied()},
          .tensors = Join<TensorRule>(
              {Frame(),
               {{"model.layers.{L}.attention_layernorm.weight", "residual", kNorm},
                {"model.layers.{L}.feedforward_layernorm.weight", "residual", kNorm},
                {"model.layers.{L}.mlp.act_fn.alpha_p", "1", kDenseMlp},
                {"model.layers.{L}.mlp.act_fn.alpha_n", "1", kDenseMlp},
                {"model.layers.{L}.mlp.act_fn.beta", "", kBuffer},
                {"model.layers.{L}.mlp.act_fn.eps", "", kBuffer}},
               Attention(),
               QkvBiases(),
               OutputBias(),
               HeadNorms(),
               PlainMlp()}),
          .views = {{"model.layers.{L}.attention_layernorm.weight",
                     "model.layers.{L}.input_layernorm.weight"},
                    {"model.layers.{L}.feedforward_layernorm.weight",
                     "model.layers.{L}.post_attention_layernorm.weight"}},
          .default_activation = "xielu"};
}

Views ExaoneViews() {
  return {{"transformer.wte.weight", "model.embed_tokens.weight"},
          {"transformer.ln_f.weight", "model.norm.weight"},
          {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
          {"transformer.h.{L}.ln_2.weight", "model.layers.{L}.post_attention_layernorm.weight"},
          {"transformer.h.{L}.attn.attention.q_proj.weight",
           "model.layers.{L}.self_attn.q_proj.weight"},
          {"transformer.h.{L}.attn.attention.k_proj.weight",
           "model.layers.{L}.self_attn.k_proj.weight"},
          {"transformer.h.{L}.attn.attention.v_proj.weight",
           "model.layers.{L}.self_attn.v_proj.weight"},
          {"transformer.h.{L}.attn.attention.out_proj.weight",
           "model.layers.{L}.self_attn.o_proj.weight"},
          {"transformer.h.{L}.mlp.c_fc_0.weight", "model.layers.{L}.mlp.gate_proj.weight"},
          {"transformer.h.{L}.mlp.c_fc_1.weight", "model.layers.{L}.mlp.up_proj.weight"},
          {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"}};
}

// Llama under names of GPT-2's kind.
Family Exaone() {
  return {.name = "exaone",
          .title = "EXAONE 3 and Deep",
          .model_types = {"exaone"},
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "hidden_size"},
                    {"layers", "num_layers|num_hidden_layers"},
                    {"heads", "num_attention_heads"},
                    {"kv_heads", "num_key_value_heads", "8", "heads"},
                    {"head_dim", "head_dim", "residual / heads"},
                    {"vocab", "vocab_size"},
                    {"positions", "max_position_embeddings", "0"},
                    {"width", "intermediate_size"}},
          .flags = {Tied()},
          .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                      {"transformer.ln_f.weight", "residual", kNorm, kOnce},
                      {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                      {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
                      {"transformer.h.{L}.ln_2.weight", "residual", kNorm},
                      {"transformer.h.{L}.attn.attention.q_proj.weight",
                       "heads * head_dim, residual", kAttention},
                      {"transformer.h.{L}.attn.attention.k_proj.weight",
                       "kv_heads * head_dim, residual", kAttention},
                      {"transformer.h.{L}.attn.attention.v_proj.weight",
                       "kv_heads * head_dim, residual", kAttention},
                      {"transformer.h.{L}.attn.attention.out_proj.weight",
                       "residual, heads * head_dim", kAttention},
                      {"transformer.h.{L}.attn.rotary.inv_freq", "head_dim / 2", kBuffer},
                      {"transformer.h.{L}.mlp.c_fc_0.weight", "width, residual", kDenseMlp},
                      {"transformer.h.{L}.mlp.c_fc_1.weight", "width, residual", kDenseMlp},
                      {"transformer.h.{L}.mlp.c_proj.weight", "residual, width", kDenseMlp}},
          .views = ExaoneViews(),
          .activation_key = "activation_function"};
}

}  // namespace

std::vector<Family> RenamedDecoders() { return {Glm(), Glm4(), Apertus(), Exaone()}; }

}  // namespace modelkin::families
