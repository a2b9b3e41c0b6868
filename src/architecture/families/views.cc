// Stored tensors under Llama-like names: renamed, taken apart, turned round.
#include "architecture/families/parts.h"

namespace modelkin::families {

// Fused as transformers 5 has them in memory: gate above up, experts outermost.
Views TurnedExpertViews() {
  constexpr std::string_view kGateUp = "model.layers.{L}.mlp.experts.gate_up_proj";
  return {{kGateUp, "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           "expert * 2 * expert_width * residual", "1, 2 * expert_width"},
          {kGateUp, "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           "expert * 2 * expert_width * residual + expert_width", "1, 2 * expert_width"},
          {"model.layers.{L}.mlp.experts.down_proj",
           "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           "expert * expert_width * residual", "1, residual"}};
}

Views FusedExpertViews() {
  return {{"model.layers.{L}.mlp.experts.gate_up_proj",
           "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           "expert * 2 * expert_width * residual"},
          {"model.layers.{L}.mlp.experts.gate_up_proj",
           "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           "(expert * 2 + 1) * expert_width * residual"},
          {"model.layers.{L}.mlp.experts.down_proj",
           "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           "expert * residual * expert_width"}};
}

Views BlockSparseViews() {
  return {{"model.layers.{L}.block_sparse_moe.gate.weight", "model.layers.{L}.mlp.gate.weight"},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w1.weight",
           "model.layers.{L}.mlp.experts.{E}.gate_proj.weight"},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w2.weight",
           "model.layers.{L}.mlp.experts.{E}.down_proj.weight"},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w3.weight",
           "model.layers.{L}.mlp.experts.{E}.up_proj.weight"}};
}

Views PhiMoeViews() {
  return Join<ViewRule>(
      {BlockSparseViews(),
       FusedExpertViews(),
       {{"model.layers.{L}.mlp.router.weight", "model.layers.{L}.mlp.gate.weight"}}});
}

// q above k above v; "" where there is no bias.
Views StackedQkvViews(std::string_view weight, std::string_view bias) {
  Views views = {{weight, "model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual"},
                 {weight, "model.layers.{L}.self_attn.k_proj.weight",
                  "kv_heads * head_dim, residual", "heads * head_dim * residual"},
                 {weight, "model.layers.{L}.self_attn.v_proj.weight",
                  "kv_heads * head_dim, residual", "(heads + kv_heads) * head_dim * residual"}};
  if (bias.empty()) return views;
  views.push_back({bias, "model.layers.{L}.self_attn.q_proj.bias", "heads * head_dim"});
  views.push_back(
      {bias, "model.layers.{L}.self_attn.k_proj.bias", "kv_heads * head_dim", "heads * head_dim"});
  views.push_back({bias, "model.layers.{L}.self_attn.v_proj.bias", "kv_heads * head_dim",
                   "(heads + kv_heads) * head_dim"});
  return views;
}

// For each head of keys the queries that share it, the key, and the value; "" as above.
Views GroupedQkvViews(std::string_view weight, std::string_view bias) {
  constexpr std::string_view kQueries = "kv_heads, heads / kv_heads * head_dim, residual";
  constexpr std::string_view kKeys = "kv_heads, head_dim, residual";
  constexpr std::string_view kStrides = "(heads / kv_heads + 2) * head_dim * residual, residual, 1";
  constexpr std::string_view kBiasStrides = "(heads / kv_heads + 2) * head_dim, 1";
  Views views = {
      {weight, "model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual", "0",
       kStrides, kQueries},
      {weight, "model.layers.{L}.self_attn.k_proj.weight", "kv_heads * head_dim, residual",
       "heads / kv_heads * head_dim * residual", kStrides, kKeys},
      {weight, "model.layers.{L}.self_attn.v_proj.weight", "kv_heads * head_dim, residual",
       "(heads / kv_heads + 1) * head_dim * residual", kStrides, kKeys}};
  if (bias.empty()) return views;
  views.push_back({bias, "model.layers.{L}.self_attn.q_proj.bias", "heads * head_dim", "0",
                   kBiasStrides, "kv_heads, heads / kv_heads * head_dim"});
  views.push_back({bias, "model.layers.{L}.self_attn.k_proj.bias", "kv_heads * head_dim",
                   "heads / kv_heads * head_dim", kBiasStrides, "kv_heads, head_dim"});
  views.push_back({bias, "model.layers.{L}.self_attn.v_proj.bias", "kv_heads * head_dim",
                   "(heads / kv_heads + 1) * head_dim", kBiasStrides, "kv_heads, head_dim"});
  return views;
}

// Gate above up.
Views GateUpViews() {
  return {{"model.layers.{L}.mlp.gate_up_proj.weight", "model.layers.{L}.mlp.gate_proj.weight",
           "width, residual"},
          {"model.layers.{L}.mlp.gate_up_proj.weight", "model.layers.{L}.mlp.up_proj.weight",
           "width, residual", "width * residual"}};
}

Views Phi3Views() {
  return Join<ViewRule>(
      {StackedQkvViews("model.layers.{L}.self_attn.qkv_proj.weight"), GateUpViews()});
}

// Where these normalise after attention, Llama does before the MLP, under the same name.
Views OutputNormViews() {
  return {{"model.layers.{L}.post_attention_layernorm.weight",
           "model.layers.{L}.attention_output_layernorm.weight"},
          {"model.layers.{L}.post_feedforward_layernorm.weight",
           "model.layers.{L}.mlp_output_layernorm.weight"}};
}

Views GemmaViews() {
  return Join<ViewRule>({OutputNormViews(),
                         {{"model.layers.{L}.pre_feedforward_layernorm.weight",
                           "model.layers.{L}.post_attention_layernorm.weight"}}});
}

Views RouterGateViews() {
  return {
      {"model.layers.{L}.mlp.router.gate.weight", "model.layers.{L}.mlp.gate.weight"},
      {"model.layers.{L}.mlp.expert_bias", "model.layers.{L}.mlp.gate.e_score_correction_bias"}};
}

Views Qwen2MoeViews() {
  return {{"model.layers.{L}.mlp.shared_expert.gate_proj.weight",
           "model.layers.{L}.mlp.shared_experts.gate_proj.weight"},
          {"model.layers.{L}.mlp.shared_expert.up_proj.weight",
           "model.layers.{L}.mlp.shared_experts.up_proj.weight"},
          {"model.layers.{L}.mlp.shared_expert.down_proj.weight",
           "model.layers.{L}.mlp.shared_experts.down_proj.weight"}};
}

// Input first, and gate and up columns in turn.
Views GptOssViews() {
  return {{"model.layers.{L}.mlp.router.weight", "model.layers.{L}.mlp.gate.weight"},
          {"model.layers.{L}.mlp.router.bias", "model.layers.{L}.mlp.gate.bias"},
          {"model.layers.{L}.mlp.experts.gate_up_proj",
           "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           "expert * residual * 2 * expert_width", "2, 2 * expert_width"},
          {"model.layers.{L}.mlp.experts.gate_up_proj",
           "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           "expert * residual * 2 * expert_width + 1", "2, 2 * expert_width"},
          {"model.layers.{L}.mlp.experts.gate_up_proj_bias",
           "model.layers.{L}.mlp.experts.{E}.gate_proj.bias", "expert_width",
           "expert * 2 * expert_width", "2"},
          {"model.layers.{L}.mlp.experts.gate_up_proj_bias",
           "model.layers.{L}.mlp.experts.{E}.up_proj.bias", "expert_width",
           "expert * 2 * expert_width + 1", "2"},
          {"model.layers.{L}.mlp.experts.down_proj",
           "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           "expert * expert_width * residual", "1, residual"},
          {"model.layers.{L}.mlp.experts.down_proj_bias",
           "model.layers.{L}.mlp.experts.{E}.down_proj.bias", "residual", "expert * residual"}};
}

// Conv1D weights have the input first.
// What GPT-2's layers have beside weights that are stored in two ways.
Views Gpt2NormsAndBiases() {
  return {
      {"transformer.wte.weight", "model.embed_tokens.weight"},
      {"transformer.wpe.weight", "model.embed_positions.weight"},
      {"transformer.ln_f.weight", "model.norm.weight"},
      {"transformer.ln_f.bias", "model.norm.bias"},
      {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
      {"transformer.h.{L}.ln_1.bias", "model.layers.{L}.input_layernorm.bias"},
      {"transformer.h.{L}.ln_2.weight", "model.layers.{L}.post_attention_layernorm.weight"},
      {"transformer.h.{L}.ln_2.bias", "model.layers.{L}.post_attention_layernorm.bias"},
      {"transformer.h.{L}.attn.c_attn.bias", "model.layers.{L}.self_attn.q_proj.bias", "residual"},
      {"transformer.h.{L}.attn.c_attn.bias", "model.layers.{L}.self_attn.k_proj.bias", "residual",
       "residual"},
      {"transformer.h.{L}.attn.c_attn.bias", "model.layers.{L}.self_attn.v_proj.bias", "residual",
       "2 * residual"},
      {"transformer.h.{L}.attn.c_proj.bias", "model.layers.{L}.self_attn.o_proj.bias"},
      {"transformer.h.{L}.mlp.c_fc.bias", "model.layers.{L}.mlp.up_proj.bias"},
      {"transformer.h.{L}.mlp.c_proj.bias", "model.layers.{L}.mlp.down_proj.bias"}};
}

Views Gpt2Views() {
  return Join<ViewRule>(
      {Gpt2NormsAndBiases(),
       {{"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.q_proj.weight",
         "residual, residual", "0", "1, 3 * residual"},
        {"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.k_proj.weight",
         "residual, residual", "residual", "1, 3 * residual"},
        {"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.v_proj.weight",
         "residual, residual", "2 * residual", "1, 3 * residual"},
        {"transformer.h.{L}.attn.c_proj.weight", "model.layers.{L}.self_attn.o_proj.weight",
         "residual, residual", "0", "1, residual"},
        {"transformer.h.{L}.mlp.c_fc.weight", "model.layers.{L}.mlp.up_proj.weight",
         "width, residual", "0", "1, width"},
        {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight",
         "residual, width", "0", "1, residual"}}});
}

Views NanoGptViews() {
  return Join<ViewRule>(
      {Gpt2NormsAndBiases(),
       {{"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.q_proj.weight",
         "residual, residual"},
        {"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.k_proj.weight",
         "residual, residual", "residual * residual"},
        {"transformer.h.{L}.attn.c_attn.weight", "model.layers.{L}.self_attn.v_proj.weight",
         "residual, residual", "2 * residual * residual"},
        {"transformer.h.{L}.attn.c_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
        {"transformer.h.{L}.mlp.c_fc.weight", "model.layers.{L}.mlp.up_proj.weight"},
        {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"}}});
}

// Rows of q, k and v in turn, head by head.
Views GptNeoXViews() {
  constexpr std::string_view kQkv = "gpt_neox.layers.{L}.attention.query_key_value.weight";
  constexpr std::string_view kBias = "gpt_neox.layers.{L}.attention.query_key_value.bias";
  constexpr std::string_view kShape = "heads * head_dim, residual";
  constexpr std::string_view kStrides = "3 * head_dim * residual, residual, 1";
  constexpr std::string_view kDimensions = "heads, head_dim, residual";
  return {
      {"gpt_neox.embed_in.weight", "model.embed_tokens.weight"},
      {"embed_out.weight", "lm_head.weight"},
      {"gpt_neox.final_layer_norm.weight", "model.norm.weight"},
      {"gpt_neox.final_layer_norm.bias", "model.norm.bias"},
      {"gpt_neox.layers.{L}.input_layernorm.weight", "model.layers.{L}.input_layernorm.weight"},
      {"gpt_neox.layers.{L}.input_layernorm.bias", "model.layers.{L}.input_layernorm.bias"},
      {"gpt_neox.layers.{L}.post_attention_layernorm.weight",
       "model.layers.{L}.post_attention_layernorm.weight"},
      {"gpt_neox.layers.{L}.post_attention_layernorm.bias",
       "model.layers.{L}.post_attention_layernorm.bias"},
      {kQkv, "model.layers.{L}.self_attn.q_proj.weight", kShape, "0", kStrides, kDimensions},
      {kQkv, "model.layers.{L}.self_attn.k_proj.weight", kShape, "head_dim * residual", kStrides,
       kDimensions},
      {kQkv, "model.layers.{L}.self_attn.v_proj.weight", kShape, "2 * head_dim * residual",
       kStrides, kDimensions},
      {kBias, "model.layers.{L}.self_attn.q_proj.bias", "heads * head_dim", "0", "3 * head_dim, 1",
       "heads, head_dim"},
      {kBias, "model.layers.{L}.self_attn.k_proj.bias", "heads * head_dim", "head_dim",
       "3 * head_dim, 1", "heads, head_dim"},
      {kBias, "model.layers.{L}.self_attn.v_proj.bias", "heads * head_dim", "2 * head_dim",
       "3 * head_dim, 1", "heads, head_dim"},
      {"gpt_neox.layers.{L}.attention.dense.weight", "model.layers.{L}.self_attn.o_proj.weight"},
      {"gpt_neox.layers.{L}.attention.dense.bias", "model.layers.{L}.self_attn.o_proj.bias"},
      {"gpt_neox.layers.{L}.mlp.dense_h_to_4h.weight", "model.layers.{L}.mlp.up_proj.weight"},
      {"gpt_neox.layers.{L}.mlp.dense_h_to_4h.bias", "model.layers.{L}.mlp.up_proj.bias"},
      {"gpt_neox.layers.{L}.mlp.dense_4h_to_h.weight", "model.layers.{L}.mlp.down_proj.weight"},
      {"gpt_neox.layers.{L}.mlp.dense_4h_to_h.bias", "model.layers.{L}.mlp.down_proj.bias"}};
}

}  // namespace modelkin::families
