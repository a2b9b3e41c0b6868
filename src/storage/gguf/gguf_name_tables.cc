#include "storage/gguf/gguf_name_tables.h"

#include <algorithm>

namespace modelkin {
namespace {

// gguf 0.19, tensor_mapping.py, the names of transformers.
constexpr std::array kLlamaNames = {
    NameRule{"token_embd", "model.embed_tokens"},
    NameRule{"output", "lm_head"},
    NameRule{"output_norm", "model.norm"},
    NameRule{"attn_norm", "model.layers.{L}.input_layernorm"},
    NameRule{"ffn_norm", "model.layers.{L}.post_attention_layernorm"},
    NameRule{"post_attention_norm", "model.layers.{L}.post_attention_layernorm"},
    NameRule{"post_ffw_norm", "model.layers.{L}.post_feedforward_layernorm"},
    NameRule{"attn_q", "model.layers.{L}.self_attn.q_proj"},
    NameRule{"attn_k", "model.layers.{L}.self_attn.k_proj"},
    NameRule{"attn_v", "model.layers.{L}.self_attn.v_proj"},
    NameRule{"attn_qkv", "model.layers.{L}.self_attn.qkv_proj"},
    NameRule{"attn_output", "model.layers.{L}.self_attn.o_proj"},
    NameRule{"attn_q_norm", "model.layers.{L}.self_attn.q_norm"},
    NameRule{"attn_k_norm", "model.layers.{L}.self_attn.k_norm"},
    NameRule{"ffn_gate", "model.layers.{L}.mlp.gate_proj"},
    NameRule{"ffn_up", "model.layers.{L}.mlp.up_proj"},
    NameRule{"ffn_down", "model.layers.{L}.mlp.down_proj"},
    NameRule{"ffn_gate_inp", "model.layers.{L}.mlp.gate"},
    NameRule{"ffn_gate_exps", "model.layers.{L}.mlp.experts.{E}.gate_proj"},
    NameRule{"ffn_up_exps", "model.layers.{L}.mlp.experts.{E}.up_proj"},
    NameRule{"ffn_down_exps", "model.layers.{L}.mlp.experts.{E}.down_proj"},
    NameRule{"ffn_gate_shexp", "model.layers.{L}.mlp.shared_experts.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.mlp.shared_experts.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.mlp.shared_experts.down_proj"},
    NameRule{"exp_probs_b.bias", "model.layers.{L}.mlp.gate.e_score_correction_bias", true},
    NameRule{"exp_probs_b", "model.layers.{L}.mlp.gate.e_score_correction_bias", true},
    NameRule{"nextn.eh_proj", "model.layers.{L}.eh_proj"},
    NameRule{"nextn.embed_tokens", "model.layers.{L}.embed_tokens"},
    NameRule{"nextn.enorm", "model.layers.{L}.enorm"},
    NameRule{"nextn.hnorm", "model.layers.{L}.hnorm"},
    NameRule{"nextn.shared_head_head", "model.layers.{L}.shared_head.head"},
    NameRule{"nextn.shared_head_norm", "model.layers.{L}.shared_head.norm"},
};

constexpr std::array kMixtralNames = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.block_sparse_moe.gate"},
    NameRule{"ffn_gate_exps", "model.layers.{L}.block_sparse_moe.experts.{E}.w1"},
    NameRule{"ffn_down_exps", "model.layers.{L}.block_sparse_moe.experts.{E}.w2"},
    NameRule{"ffn_up_exps", "model.layers.{L}.block_sparse_moe.experts.{E}.w3"},
};

constexpr std::array kGemmaNames = {
    NameRule{"ffn_norm", "model.layers.{L}.pre_feedforward_layernorm"},
};

constexpr std::array kGlm4Names = {
    NameRule{"post_attention_norm", "model.layers.{L}.post_self_attn_layernorm"},
    NameRule{"post_ffw_norm", "model.layers.{L}.post_mlp_layernorm"},
    NameRule{"ffn_up", "model.layers.{L}.mlp.gate_up_proj"},
};

constexpr std::array kPhi3Names = {
    NameRule{"ffn_up", "model.layers.{L}.mlp.gate_up_proj"},
};

constexpr std::array kGptOssNames = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.mlp.router"},
    NameRule{"attn_sinks.weight", "model.layers.{L}.self_attn.sinks", true},
    NameRule{"attn_sinks", "model.layers.{L}.self_attn.sinks", true},
};

constexpr std::array kDeepSeek2Names = {
    NameRule{"attn_q_a", "model.layers.{L}.self_attn.q_a_proj"},
    NameRule{"attn_q_a_norm", "model.layers.{L}.self_attn.q_a_layernorm"},
    NameRule{"attn_q_b", "model.layers.{L}.self_attn.q_b_proj"},
    NameRule{"attn_kv_a_mqa", "model.layers.{L}.self_attn.kv_a_proj_with_mqa"},
    NameRule{"attn_kv_a_norm", "model.layers.{L}.self_attn.kv_a_layernorm"},
    NameRule{"attn_kv_b", "model.layers.{L}.self_attn.kv_b_proj"},
};

constexpr std::array kStarCoder2Names = {
    NameRule{"ffn_up", "model.layers.{L}.mlp.c_fc"},
    NameRule{"ffn_down", "model.layers.{L}.mlp.c_proj"},
};

constexpr std::array kPhi2Names = {
    NameRule{"output_norm", "model.final_layernorm"},
    NameRule{"attn_output", "model.layers.{L}.self_attn.dense"},
    NameRule{"ffn_up", "model.layers.{L}.mlp.fc1"},
    NameRule{"ffn_down", "model.layers.{L}.mlp.fc2"},
};

constexpr std::array kHunYuanNames = {
    NameRule{"attn_q_norm", "model.layers.{L}.self_attn.query_layernorm"},
    NameRule{"attn_k_norm", "model.layers.{L}.self_attn.key_layernorm"},
};

constexpr std::array kGpt2Names = {
    NameRule{"token_embd", "transformer.wte"},
    NameRule{"position_embd", "transformer.wpe"},
    NameRule{"output_norm", "transformer.ln_f"},
    NameRule{"attn_norm", "transformer.h.{L}.ln_1"},
    NameRule{"attn_qkv", "transformer.h.{L}.attn.c_attn"},
    NameRule{"attn_output", "transformer.h.{L}.attn.c_proj"},
    NameRule{"ffn_norm", "transformer.h.{L}.ln_2"},
    NameRule{"ffn_up", "transformer.h.{L}.mlp.c_fc"},
    NameRule{"ffn_down", "transformer.h.{L}.mlp.c_proj"},
};

constexpr std::array kGptNeoXNames = {
    NameRule{"token_embd", "gpt_neox.embed_in"},
    NameRule{"output", "embed_out"},
    NameRule{"output_norm", "gpt_neox.final_layer_norm"},
    NameRule{"attn_norm", "gpt_neox.layers.{L}.input_layernorm"},
    NameRule{"attn_qkv", "gpt_neox.layers.{L}.attention.query_key_value"},
    NameRule{"attn_output", "gpt_neox.layers.{L}.attention.dense"},
    NameRule{"ffn_norm", "gpt_neox.layers.{L}.post_attention_layernorm"},
    NameRule{"ffn_up", "gpt_neox.layers.{L}.mlp.dense_h_to_4h"},
    NameRule{"ffn_down", "gpt_neox.layers.{L}.mlp.dense_4h_to_h"},
};

constexpr std::array kBertNames = {
    NameRule{"token_embd", "embeddings.word_embeddings"},
    NameRule{"position_embd", "embeddings.position_embeddings"},
    NameRule{"token_types", "embeddings.token_type_embeddings"},
    NameRule{"token_embd_norm", "embeddings.LayerNorm"},
    NameRule{"attn_q", "encoder.layer.{L}.attention.self.query"},
    NameRule{"attn_k", "encoder.layer.{L}.attention.self.key"},
    NameRule{"attn_v", "encoder.layer.{L}.attention.self.value"},
    NameRule{"attn_output", "encoder.layer.{L}.attention.output.dense"},
    NameRule{"attn_output_norm", "encoder.layer.{L}.attention.output.LayerNorm"},
    NameRule{"ffn_up", "encoder.layer.{L}.intermediate.dense"},
    NameRule{"ffn_down", "encoder.layer.{L}.output.dense"},
    NameRule{"layer_output_norm", "encoder.layer.{L}.output.LayerNorm"},
};

// Published with gate and up of all experts in one tensor.
constexpr std::array kLlama4Names = {
    NameRule{"ffn_gate", "model.layers.{L}.feed_forward.gate_proj"},
    NameRule{"ffn_up", "model.layers.{L}.feed_forward.up_proj"},
    NameRule{"ffn_down", "model.layers.{L}.feed_forward.down_proj"},
    NameRule{"ffn_gate_inp", "model.layers.{L}.feed_forward.router"},
    NameRule{"ffn_down_exps.weight", "model.layers.{L}.feed_forward.experts.down_proj", true},
    NameRule{"ffn_gate_shexp", "model.layers.{L}.feed_forward.shared_expert.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.feed_forward.shared_expert.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.feed_forward.shared_expert.down_proj"},
};

constexpr std::array kLlama4Joins = {
    JoinRule{"ffn_gate_exps", "ffn_up_exps", "model.layers.{L}.feed_forward.experts.gate_up_proj",
             true},
};

constexpr std::array kGraniteMoeNames = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.block_sparse_moe.router.layer"},
    NameRule{"ffn_down_exps", "model.layers.{L}.block_sparse_moe.output_linear"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.shared_mlp.output_linear"},
};

constexpr std::array kGraniteMoeJoins = {
    JoinRule{"ffn_gate_exps", "ffn_up_exps",
             "model.layers.{L}.block_sparse_moe.input_linear.weight"},
    JoinRule{"ffn_gate_shexp", "ffn_up_shexp", "model.layers.{L}.shared_mlp.input_linear.weight"},
};

constexpr std::array kMiniMaxNames = {
    NameRule{"exp_probs_b.bias", "model.layers.{L}.block_sparse_moe.e_score_correction_bias", true},
};

constexpr std::array kAfmoeNames = {
    NameRule{"attn_gate", "model.layers.{L}.self_attn.gate_proj"},
    NameRule{"post_attention_norm", "model.layers.{L}.post_attention_layernorm"},
    NameRule{"ffn_norm", "model.layers.{L}.pre_mlp_layernorm"},
    NameRule{"post_ffw_norm", "model.layers.{L}.post_mlp_layernorm"},
    NameRule{"ffn_gate_inp", "model.layers.{L}.mlp.router.gate"},
    NameRule{"exp_probs_b.bias", "model.layers.{L}.mlp.expert_bias", true},
};

constexpr std::array kErnieMoeNames = {
    NameRule{"exp_probs_b.bias", "model.layers.{L}.mlp.moe_statics.e_score_correction_bias", true},
};

constexpr std::array kExaoneMoeNames = {
    NameRule{"exp_probs_b.bias", "model.layers.{L}.mlp.e_score_correction_bias", true},
};

constexpr std::array kSharedMlpNames = {
    NameRule{"ffn_gate_shexp", "model.layers.{L}.mlp.shared_mlp.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.mlp.shared_mlp.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.mlp.shared_mlp.down_proj"},
};

constexpr std::array kHunYuanMoeNames = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.mlp.gate.wg"},
    NameRule{"attn_q_norm", "model.layers.{L}.self_attn.query_layernorm"},
    NameRule{"attn_k_norm", "model.layers.{L}.self_attn.key_layernorm"},
};

constexpr std::array kHyV3Names = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.mlp.router.gate"},
    NameRule{"exp_probs_b", "model.layers.{L}.mlp.expert_bias", true},
    NameRule{"exp_probs_b.bias", "model.layers.{L}.mlp.expert_bias", true},
};

constexpr std::array kSinkNames = {
    NameRule{"attn_sinks.weight", "model.layers.{L}.self_attn.sinks", true},
};

constexpr std::array kApertusNames = {
    NameRule{"attn_norm", "model.layers.{L}.attention_layernorm"},
    NameRule{"ffn_norm", "model.layers.{L}.feedforward_layernorm"},
};

// What chooses the tokens that latent attention sees.
constexpr std::array kIndexerNames = {
    NameRule{"indexer.attn_q_b", "model.layers.{L}.self_attn.indexer.wq_b"},
    NameRule{"indexer.attn_k", "model.layers.{L}.self_attn.indexer.wk"},
    NameRule{"indexer.k_norm", "model.layers.{L}.self_attn.indexer.k_norm"},
    NameRule{"indexer.proj", "model.layers.{L}.self_attn.indexer.weights_proj"},
};

// A token's vector for each layer, and how layers gate and project theirs.
constexpr std::array kPerLayerNames = {
    NameRule{"per_layer_token_embd", "model.embed_tokens_per_layer"},
    NameRule{"per_layer_model_proj", "model.per_layer_model_projection"},
    NameRule{"per_layer_proj_norm", "model.per_layer_projection_norm"},
    NameRule{"inp_gate", "model.layers.{L}.per_layer_input_gate"},
    NameRule{"proj", "model.layers.{L}.per_layer_projection"},
    NameRule{"post_norm", "model.layers.{L}.post_per_layer_input_norm"},
    NameRule{"ffn_norm", "model.layers.{L}.pre_feedforward_layernorm"},
};

constexpr std::array kGemma3nNames = {
    NameRule{"altup_proj", "model.altup_projections.{E}"},
    NameRule{"altup_unembd_proj", "model.altup_unembed_projections.{E}"},
    NameRule{"altup_correct_scale.weight", "model.layers.{L}.altup.correct_output_scale", true},
    NameRule{"altup_correct_coef", "model.layers.{L}.altup.correction_coefs"},
    NameRule{"altup_predict_coef", "model.layers.{L}.altup.prediction_coefs"},
    NameRule{"altup_router", "model.layers.{L}.altup.modality_router"},
    NameRule{"altup_router_norm", "model.layers.{L}.altup.router_norm"},
    NameRule{"laurel_l", "model.layers.{L}.laurel.linear_left"},
    NameRule{"laurel_r", "model.layers.{L}.laurel.linear_right"},
    NameRule{"laurel_post_norm", "model.layers.{L}.laurel.post_laurel_norm"},
};

constexpr std::array kGemma4Names = {
    NameRule{"layer_output_scale.weight", "model.layers.{L}.layer_scalar", true},
    NameRule{"ffn_gate_inp", "model.layers.{L}.router.proj"},
    NameRule{"ffn_gate_inp.scale", "model.layers.{L}.router.scale", true},
    NameRule{"ffn_down_exps.scale", "model.layers.{L}.router.per_expert_scale", true},
    NameRule{"ffn_down_exps.weight", "model.layers.{L}.experts.down_proj", true},
    NameRule{"ffn_gate_up_exps.weight", "model.layers.{L}.experts.gate_up_proj", true},
    NameRule{"post_ffw_norm_1", "model.layers.{L}.post_feedforward_layernorm_1"},
    NameRule{"post_ffw_norm_2", "model.layers.{L}.post_feedforward_layernorm_2"},
    NameRule{"pre_ffw_norm_2", "model.layers.{L}.pre_feedforward_layernorm_2"},
};

constexpr std::array kGemma4Joins = {
    JoinRule{"ffn_gate_exps", "ffn_up_exps", "model.layers.{L}.experts.gate_up_proj"},
};

constexpr std::array kDistilBertNames = {
    NameRule{"attn_q", "transformer.layer.{L}.attention.q_lin"},
    NameRule{"attn_k", "transformer.layer.{L}.attention.k_lin"},
    NameRule{"attn_v", "transformer.layer.{L}.attention.v_lin"},
    NameRule{"attn_output", "transformer.layer.{L}.attention.out_lin"},
    NameRule{"attn_output_norm", "transformer.layer.{L}.sa_layer_norm"},
    NameRule{"ffn_up", "transformer.layer.{L}.ffn.lin1"},
    NameRule{"ffn_down", "transformer.layer.{L}.ffn.lin2"},
    NameRule{"layer_output_norm", "transformer.layer.{L}.output_layer_norm"},
};

constexpr std::array kModernBertNames = {
    NameRule{"token_embd", "embeddings.tok_embeddings"},
    NameRule{"token_embd_norm", "embeddings.norm"},
    NameRule{"output_norm", "final_norm"},
    NameRule{"attn_norm", "layers.{L}.attn_norm"},
    NameRule{"attn_qkv", "layers.{L}.attn.Wqkv"},
    NameRule{"attn_output", "layers.{L}.attn.Wo"},
    NameRule{"ffn_norm", "layers.{L}.mlp_norm"},
    NameRule{"ffn_up", "layers.{L}.mlp.Wi"},
    NameRule{"ffn_down", "layers.{L}.mlp.Wo"},
};

constexpr std::array kT5Names = {
    NameRule{"token_embd", "shared"},
    NameRule{"enc.output_norm", "encoder.final_layer_norm"},
    NameRule{"enc.attn_norm", "encoder.block.{L}.layer.0.layer_norm"},
    NameRule{"enc.attn_q", "encoder.block.{L}.layer.0.SelfAttention.q"},
    NameRule{"enc.attn_k", "encoder.block.{L}.layer.0.SelfAttention.k"},
    NameRule{"enc.attn_v", "encoder.block.{L}.layer.0.SelfAttention.v"},
    NameRule{"enc.attn_o", "encoder.block.{L}.layer.0.SelfAttention.o"},
    NameRule{"enc.attn_rel_b", "encoder.block.{L}.layer.0.SelfAttention.relative_attention_bias"},
    NameRule{"enc.ffn_norm", "encoder.block.{L}.layer.1.layer_norm"},
    NameRule{"enc.ffn_down", "encoder.block.{L}.layer.1.DenseReluDense.wo"},
    NameRule{"dec.output_norm", "decoder.final_layer_norm"},
    NameRule{"dec.attn_norm", "decoder.block.{L}.layer.0.layer_norm"},
    NameRule{"dec.attn_q", "decoder.block.{L}.layer.0.SelfAttention.q"},
    NameRule{"dec.attn_k", "decoder.block.{L}.layer.0.SelfAttention.k"},
    NameRule{"dec.attn_v", "decoder.block.{L}.layer.0.SelfAttention.v"},
    NameRule{"dec.attn_o", "decoder.block.{L}.layer.0.SelfAttention.o"},
    NameRule{"dec.attn_rel_b", "decoder.block.{L}.layer.0.SelfAttention.relative_attention_bias"},
    NameRule{"dec.cross_attn_norm", "decoder.block.{L}.layer.1.layer_norm"},
    NameRule{"dec.cross_attn_q", "decoder.block.{L}.layer.1.EncDecAttention.q"},
    NameRule{"dec.cross_attn_k", "decoder.block.{L}.layer.1.EncDecAttention.k"},
    NameRule{"dec.cross_attn_v", "decoder.block.{L}.layer.1.EncDecAttention.v"},
    NameRule{"dec.cross_attn_o", "decoder.block.{L}.layer.1.EncDecAttention.o"},
    NameRule{"dec.ffn_norm", "decoder.block.{L}.layer.2.layer_norm"},
    NameRule{"dec.ffn_down", "decoder.block.{L}.layer.2.DenseReluDense.wo"},
};

constexpr std::array kT5PlainNames = {
    NameRule{"enc.ffn_up", "encoder.block.{L}.layer.1.DenseReluDense.wi"},
    NameRule{"dec.ffn_up", "decoder.block.{L}.layer.2.DenseReluDense.wi"},
};

constexpr std::array kT5GatedNames = {
    NameRule{"enc.ffn_gate", "encoder.block.{L}.layer.1.DenseReluDense.wi_0"},
    NameRule{"enc.ffn_up", "encoder.block.{L}.layer.1.DenseReluDense.wi_1"},
    NameRule{"dec.ffn_gate", "decoder.block.{L}.layer.2.DenseReluDense.wi_0"},
    NameRule{"dec.ffn_up", "decoder.block.{L}.layer.2.DenseReluDense.wi_1"},
};

// In order of name.
constexpr std::array kTables = {
    NameTable{"afmoe", {kAfmoeNames}},
    NameTable{"apertus", {kApertusNames}},
    NameTable{"bert", {kBertNames}},
    NameTable{"deepseek2", {kDeepSeek2Names}},
    NameTable{"deepseek32", {kDeepSeek2Names, kIndexerNames}},
    NameTable{"distilbert", {kDistilBertNames, kBertNames}},
    NameTable{"ernie4_5-moe", {kErnieMoeNames}},
    NameTable{"exaone-moe", {kExaoneMoeNames}},
    NameTable{"gemma2", {kGemmaNames}},
    NameTable{"gemma3", {kGemmaNames}},
    NameTable{"gemma3n", {kGemma3nNames, kPerLayerNames}},
    NameTable{"gemma4", {kGemma4Names, kPerLayerNames}, kGemma4Joins},
    NameTable{"glm", {kPhi3Names}},
    NameTable{"glm-dsa", {kDeepSeek2Names, kIndexerNames}},
    NameTable{"glm4", {kGlm4Names}},
    NameTable{"gpt-oss", {kGptOssNames}},
    NameTable{"gpt2", {kGpt2Names}},
    NameTable{"gptneox", {kGptNeoXNames}},
    NameTable{"granite_swa", {kSinkNames}},
    NameTable{"granitemoe", {kGraniteMoeNames}, kGraniteMoeJoins},
    NameTable{"hunyuan-dense", {kHunYuanNames}},
    NameTable{"hunyuan-moe", {kHunYuanMoeNames, kSharedMlpNames}},
    NameTable{"hy_v3", {kHyV3Names, kSharedMlpNames}},
    NameTable{"llama4", {kLlama4Names}, kLlama4Joins},
    NameTable{"minimax-m2", {kMiniMaxNames, kMixtralNames}},
    NameTable{"mixtral", {kMixtralNames}},
    NameTable{"modern-bert", {kModernBertNames}},
    NameTable{"phi2", {kPhi2Names}},
    NameTable{"phi3", {kPhi3Names}},
    NameTable{"phimoe", {kMixtralNames}},
    NameTable{"starcoder2", {kStarCoder2Names}},
    NameTable{"t5", {kT5PlainNames, kT5Names}},
    NameTable{"t5 gated", {kT5GatedNames, kT5Names}},
};

}  // namespace

std::span<const NameRule> LlamaNames() { return kLlamaNames; }

const NameTable* FindNameTable(std::string_view architecture) {
  for (const std::span<const NameTable> tables :
       {std::span<const NameTable>(kTables), HybridNameTables()}) {
    const auto found = std::ranges::find(tables, architecture, &NameTable::architecture);
    if (found != tables.end()) return &*found;
  }
  return nullptr;
}

}  // namespace modelkin
