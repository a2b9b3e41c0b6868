// Names of architectures with state spaces, linear attention or convolutions.
#include "storage/gguf/gguf_name_tables.h"

namespace modelkin {
namespace {

constexpr std::array kQwen2MoeNames = {
    NameRule{"ffn_gate_inp_shexp", "model.layers.{L}.mlp.shared_expert_gate"},
    NameRule{"ffn_gate_shexp", "model.layers.{L}.mlp.shared_expert.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.mlp.shared_expert.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.mlp.shared_expert.down_proj"},
};

// What makes queries, keys and values of Qwen3-Next is joined: gguf_linear_attention.
constexpr std::array kDeltaRuleNames = {
    NameRule{"post_attention_norm", "model.layers.{L}.post_attention_layernorm"},
    NameRule{"ssm_norm", "model.layers.{L}.linear_attn.norm"},
    NameRule{"ssm_conv1d", "model.layers.{L}.linear_attn.conv1d"},
    NameRule{"ssm_a", "model.layers.{L}.linear_attn.A_log", true},
    NameRule{"ssm_dt.bias", "model.layers.{L}.linear_attn.dt_bias", true},
    NameRule{"ssm_out", "model.layers.{L}.linear_attn.out_proj"},
    NameRule{"ssm_alpha", "model.layers.{L}.linear_attn.in_proj_a"},
    NameRule{"ssm_beta", "model.layers.{L}.linear_attn.in_proj_b"},
    NameRule{"ssm_ba", "model.layers.{L}.linear_attn.in_proj_ba"},
};

// Of Qwen3.5.
constexpr std::array kSeparateInputNames = {
    NameRule{"attn_qkv", "model.layers.{L}.linear_attn.in_proj_qkv"},
    NameRule{"attn_gate", "model.layers.{L}.linear_attn.in_proj_z"},
};

// Of models of nothing but Mamba layers, and of Nemotron-H.
constexpr std::array kBackboneNames = {
    NameRule{"token_embd", "backbone.embeddings"},
    NameRule{"output_norm", "backbone.norm_f"},
    NameRule{"attn_norm", "backbone.layers.{L}.norm"},
    NameRule{"ssm_in", "backbone.layers.{L}.mixer.in_proj"},
    NameRule{"ssm_conv1d", "backbone.layers.{L}.mixer.conv1d"},
    NameRule{"ssm_x", "backbone.layers.{L}.mixer.x_proj"},
    NameRule{"ssm_dt.weight", "backbone.layers.{L}.mixer.dt_proj.weight", true},
    NameRule{"ssm_dt.bias", "backbone.layers.{L}.mixer.dt_bias", true},
    NameRule{"ssm_a", "backbone.layers.{L}.mixer.A_log", true},
    NameRule{"ssm_d", "backbone.layers.{L}.mixer.D", true},
    NameRule{"ssm_norm", "backbone.layers.{L}.mixer.norm"},
    NameRule{"ssm_out", "backbone.layers.{L}.mixer.out_proj"},
};

constexpr std::array kMambaNames = {
    NameRule{"ssm_dt.bias", "backbone.layers.{L}.mixer.dt_proj.bias", true},
};

constexpr std::array kNemotronNames = {
    NameRule{"attn_q", "backbone.layers.{L}.mixer.q_proj"},
    NameRule{"attn_k", "backbone.layers.{L}.mixer.k_proj"},
    NameRule{"attn_v", "backbone.layers.{L}.mixer.v_proj"},
    NameRule{"attn_output", "backbone.layers.{L}.mixer.o_proj"},
    NameRule{"ffn_up", "backbone.layers.{L}.mixer.up_proj"},
    NameRule{"ffn_down", "backbone.layers.{L}.mixer.down_proj"},
    NameRule{"ffn_gate_inp", "backbone.layers.{L}.mixer.gate"},
    NameRule{"exp_probs_b.bias", "backbone.layers.{L}.mixer.gate.e_score_correction_bias", true},
    NameRule{"ffn_up_exps", "backbone.layers.{L}.mixer.experts.{E}.up_proj"},
    NameRule{"ffn_down_exps", "backbone.layers.{L}.mixer.experts.{E}.down_proj"},
    NameRule{"ffn_up_shexp", "backbone.layers.{L}.mixer.shared_experts.up_proj"},
    NameRule{"ffn_down_shexp", "backbone.layers.{L}.mixer.shared_experts.down_proj"},
    NameRule{"ffn_latent_down", "backbone.layers.{L}.mixer.fc1_latent_proj"},
    NameRule{"ffn_latent_up", "backbone.layers.{L}.mixer.fc2_latent_proj"},
};

// Of decoders with Mamba layers, or heads, beside attention.
constexpr std::array kMixerNames = {
    NameRule{"ssm_in", "model.layers.{L}.mamba.in_proj"},
    NameRule{"ssm_conv1d", "model.layers.{L}.mamba.conv1d"},
    NameRule{"ssm_dt.bias", "model.layers.{L}.mamba.dt_bias", true},
    NameRule{"ssm_a", "model.layers.{L}.mamba.A_log", true},
    NameRule{"ssm_d", "model.layers.{L}.mamba.D", true},
    NameRule{"ssm_norm", "model.layers.{L}.mamba.norm"},
    NameRule{"ssm_out", "model.layers.{L}.mamba.out_proj"},
    NameRule{"ssm_x", "model.layers.{L}.mamba.x_proj"},
    NameRule{"ssm_b_norm", "model.layers.{L}.mamba.b_layernorm"},
    NameRule{"ssm_c_norm", "model.layers.{L}.mamba.c_layernorm"},
    NameRule{"ssm_dt_norm", "model.layers.{L}.mamba.dt_layernorm"},
};

constexpr std::array kFeedForwardNames = {
    NameRule{"output_norm", "model.final_layernorm"},
    NameRule{"ffn_norm", "model.layers.{L}.pre_ff_layernorm"},
    NameRule{"ffn_norm", "model.layers.{L}.pre_ff_layernorm.weight", true},  // Falcon-H1
    NameRule{"ffn_gate", "model.layers.{L}.feed_forward.gate_proj"},
    NameRule{"ffn_up", "model.layers.{L}.feed_forward.up_proj"},
    NameRule{"ffn_down", "model.layers.{L}.feed_forward.down_proj"},
    // Jamba's alone.
    NameRule{"ffn_gate_inp", "model.layers.{L}.feed_forward.router"},
    NameRule{"ffn_gate_exps", "model.layers.{L}.feed_forward.experts.{E}.gate_proj"},
    NameRule{"ffn_up_exps", "model.layers.{L}.feed_forward.experts.{E}.up_proj"},
    NameRule{"ffn_down_exps", "model.layers.{L}.feed_forward.experts.{E}.down_proj"},
    NameRule{"ssm_dt.weight", "model.layers.{L}.mamba.dt_proj.weight", true},
    NameRule{"ssm_dt.bias", "model.layers.{L}.mamba.dt_proj.bias", true},
};

// Its shared MLP stands where others have theirs, if it has no experts.
constexpr std::array kGranite4Names = {
    NameRule{"ffn_gate_inp", "model.layers.{L}.block_sparse_moe.router.layer"},
    NameRule{"ffn_down_exps", "model.layers.{L}.block_sparse_moe.output_linear"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.shared_mlp.output_linear"},
    NameRule{"ffn_down", "model.layers.{L}.shared_mlp.output_linear"},
};

constexpr std::array kGranite4Joins = {
    JoinRule{"ffn_gate_exps", "ffn_up_exps",
             "model.layers.{L}.block_sparse_moe.input_linear.weight"},
    JoinRule{"ffn_gate_shexp", "ffn_up_shexp", "model.layers.{L}.shared_mlp.input_linear.weight"},
    JoinRule{"ffn_gate", "ffn_up", "model.layers.{L}.shared_mlp.input_linear.weight"},
};

constexpr std::array kLfm2Names = {
    NameRule{"token_embd_norm", "model.embedding_norm"},
    NameRule{"output_norm", "model.embedding_norm"},
    NameRule{"attn_norm", "model.layers.{L}.operator_norm"},
    NameRule{"ffn_norm", "model.layers.{L}.ffn_norm"},
    NameRule{"attn_output", "model.layers.{L}.self_attn.out_proj"},
    NameRule{"attn_q_norm", "model.layers.{L}.self_attn.q_layernorm"},
    NameRule{"attn_k_norm", "model.layers.{L}.self_attn.k_layernorm"},
    NameRule{"shortconv.conv", "model.layers.{L}.conv.conv"},
    NameRule{"shortconv.in_proj", "model.layers.{L}.conv.in_proj"},
    NameRule{"shortconv.out_proj", "model.layers.{L}.conv.out_proj"},
    NameRule{"ffn_gate", "model.layers.{L}.feed_forward.w1"},
    NameRule{"ffn_down", "model.layers.{L}.feed_forward.w2"},
    NameRule{"ffn_up", "model.layers.{L}.feed_forward.w3"},
    NameRule{"ffn_gate_inp", "model.layers.{L}.feed_forward.gate"},
    NameRule{"exp_probs_b.bias", "model.layers.{L}.feed_forward.expert_bias", true},
    NameRule{"ffn_gate_exps", "model.layers.{L}.feed_forward.experts.{E}.w1"},
    NameRule{"ffn_down_exps", "model.layers.{L}.feed_forward.experts.{E}.w2"},
    NameRule{"ffn_up_exps", "model.layers.{L}.feed_forward.experts.{E}.w3"},
};

constexpr std::array kTablesOfHybrids = {
    NameTable{"bamba", {kMixerNames, kFeedForwardNames}},
    NameTable{"falcon-h1", {kMixerNames, kFeedForwardNames}},
    NameTable{"granitehybrid", {kGranite4Names, kMixerNames}, kGranite4Joins},
    NameTable{"jamba", {kFeedForwardNames, kMixerNames}},
    NameTable{"lfm2", {kLfm2Names}},
    NameTable{"lfm2moe", {kLfm2Names}},
    NameTable{"mamba", {kMambaNames, kBackboneNames}},
    NameTable{"mamba2", {kBackboneNames}},
    NameTable{"nemotron_h", {kNemotronNames, kBackboneNames}},
    NameTable{"nemotron_h_moe", {kNemotronNames, kBackboneNames}},
    NameTable{"qwen2moe", {kQwen2MoeNames}},
    NameTable{"qwen35", {kSeparateInputNames, kDeltaRuleNames}},
    NameTable{"qwen35moe", {kSeparateInputNames, kDeltaRuleNames, kQwen2MoeNames}},
    NameTable{"qwen3next", {kDeltaRuleNames, kQwen2MoeNames}},
};

}  // namespace

std::span<const NameTable> HybridNameTables() { return kTablesOfHybrids; }

}  // namespace modelkin
