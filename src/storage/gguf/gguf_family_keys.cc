#include "storage/gguf/gguf_family_keys.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// gguf 0.19, constants.py, and llama.cpp's conversion/.
constexpr std::array kRoutedExperts = {FamilyKey{"expert_count", "n_routed_experts"}};

constexpr std::array kLocalExperts = {FamilyKey{"expert_count", "num_local_experts"}};

constexpr std::array kExpertsAsWideAsMlp = {
    FamilyKey{"expert_count", "num_local_experts"},
    FamilyKey{"expert_feed_forward_length", "intermediate_size"},
};

constexpr std::array kAfmoeKeys = {
    FamilyKey{"expert_shared_count", "num_shared_experts"},
    FamilyKey{"expert_weights_scale", "route_scale"},
    FamilyKey{"leading_dense_block_count", "num_dense_layers"},
};

constexpr std::array kCohere2MoeKeys = {
    FamilyKey{"expert_feed_forward_length", "intermediate_size"},
    FamilyKey{"expert_shared_count", "num_shared_experts"},
};

constexpr std::array kErnieMoeKeys = {
    FamilyKey{"expert_count", "moe_num_experts"},
    FamilyKey{"expert_shared_count", "moe_num_shared_experts"},
    FamilyKey{"expert_used_count", "moe_k"},
    FamilyKey{"interleave_moe_layer_step", "moe_layer_interval"},
    FamilyKey{"leading_dense_block_count", "moe_layer_start_index"},
};

constexpr std::array kExaoneMoeKeys = {
    FamilyKey{"expert_shared_count", "num_shared_experts"},
};

constexpr std::array kGraniteMoeKeys = {
    FamilyKey{"expert_count", "num_local_experts"},
    FamilyKey{"expert_shared_feed_forward_length", "shared_intermediate_size"},
    FamilyKey{"logit_scale", "logits_scaling"},
};

constexpr std::array kGraniteKeys = {FamilyKey{"logit_scale", "logits_scaling"}};

constexpr std::array kHunYuanMoeKeys = {
    FamilyKey{"expert_shared_count", "num_shared_expert"},
    FamilyKey{"expert_used_count", "moe_topk"},
};

constexpr std::array kHyV3Keys = {
    FamilyKey{"expert_shared_feed_forward_length / expert_feed_forward_length",
              "num_shared_experts"},
    FamilyKey{"expert_weights_scale", "router_scaling_factor"},
};

constexpr std::array kLlama4Keys = {
    FamilyKey{"expert_count", "num_local_experts"},
    FamilyKey{"feed_forward_length", "intermediate_size_mlp"},
    FamilyKey{"expert_feed_forward_length", "intermediate_size"},
    FamilyKey{"interleave_moe_layer_step", "interleave_moe_layer_step"},
};

constexpr std::array kIndexerKeys = {
    FamilyKey{"expert_count", "n_routed_experts"},
    FamilyKey{"attention.indexer.head_count", "index_n_heads"},
    FamilyKey{"attention.indexer.key_length", "index_head_dim"},
    FamilyKey{"attention.indexer.top_k", "index_topk"},
};

constexpr std::array kGemma3nKeys = {
    FamilyKey{"altup.num_inputs", "altup_num_inputs"},
    FamilyKey{"attention.shared_kv_layers", "num_kv_shared_layers"},
    FamilyKey{"embedding_length_per_layer_input", "hidden_size_per_layer_input"},
};

constexpr std::array kGemma4Keys = {
    FamilyKey{"attention.key_length", "global_head_dim"},
    FamilyKey{"attention.key_length_swa", "head_dim"},
    FamilyKey{"attention.shared_kv_layers", "num_kv_shared_layers"},
    FamilyKey{"embedding_length_per_layer_input", "hidden_size_per_layer_input"},
    FamilyKey{"expert_used_count", "top_k_experts"},
};

constexpr std::array kDeltaRuleKeys = {
    FamilyKey{"full_attention_interval", "full_attention_interval"},
    FamilyKey{"ssm.conv_kernel", "linear_conv_kernel_dim"},
    FamilyKey{"ssm.group_count", "linear_num_key_heads"},
    FamilyKey{"ssm.inner_size / ssm.time_step_rank", "linear_value_head_dim"},
    FamilyKey{"ssm.state_size", "linear_key_head_dim"},
    FamilyKey{"ssm.time_step_rank", "linear_num_value_heads"},
};

constexpr std::array kMambaKeys = {
    FamilyKey{"attention.layer_norm_rms_epsilon", "layer_norm_epsilon"},
    FamilyKey{"ssm.conv_kernel", "conv_kernel"},
    FamilyKey{"ssm.inner_size", "intermediate_size"},
    FamilyKey{"ssm.inner_size / embedding_length", "expand"},
    FamilyKey{"ssm.state_size", "state_size"},
    FamilyKey{"ssm.time_step_rank", "time_step_rank"},
};

constexpr std::array kMamba2Keys = {
    FamilyKey{"attention.layer_norm_rms_epsilon", "layer_norm_epsilon"},
    FamilyKey{"ssm.conv_kernel", "conv_kernel"},
    FamilyKey{"ssm.group_count", "n_groups"},
    FamilyKey{"ssm.inner_size / embedding_length", "expand"},
    FamilyKey{"ssm.inner_size / ssm.time_step_rank", "head_dim"},
    FamilyKey{"ssm.state_size", "state_size"},
    FamilyKey{"ssm.time_step_rank", "num_heads"},
};

constexpr std::array kNemotronHKeys = {
    FamilyKey{"attention.layer_norm_rms_epsilon", "layer_norm_epsilon"},
    FamilyKey{"expert_count", "n_routed_experts"},
    FamilyKey{"expert_shared_feed_forward_length", "moe_shared_expert_intermediate_size"},
    FamilyKey{"moe_latent_size", "moe_latent_size"},
    FamilyKey{"ssm.conv_kernel", "conv_kernel"},
    FamilyKey{"ssm.group_count", "n_groups"},
    FamilyKey{"ssm.inner_size / ssm.time_step_rank", "mamba_head_dim"},
    FamilyKey{"ssm.state_size", "ssm_state_size"},
    FamilyKey{"ssm.time_step_rank", "mamba_num_heads"},
};

// Of Granite 4, Bamba and Falcon-H1.
constexpr std::array kGranite4Keys = {
    FamilyKey{"expert_count", "num_local_experts"},
    FamilyKey{"expert_shared_feed_forward_length", "shared_intermediate_size"},
    FamilyKey{"logit_scale", "logits_scaling"},
    FamilyKey{"ssm.conv_kernel", "mamba_d_conv"},
    FamilyKey{"ssm.group_count", "mamba_n_groups"},
    FamilyKey{"ssm.inner_size / embedding_length", "mamba_expand"},
    FamilyKey{"ssm.inner_size / ssm.time_step_rank", "mamba_d_head"},
    FamilyKey{"ssm.state_size", "mamba_d_state"},
    FamilyKey{"ssm.time_step_rank", "mamba_n_heads"},
};

constexpr std::array kFalconH1Keys = {
    FamilyKey{"ssm.conv_kernel", "mamba_d_conv"},
    FamilyKey{"ssm.group_count", "mamba_n_groups"},
    FamilyKey{"ssm.inner_size", "mamba_d_ssm"},
    FamilyKey{"ssm.inner_size / ssm.time_step_rank", "mamba_d_head"},
    FamilyKey{"ssm.state_size", "mamba_d_state"},
    FamilyKey{"ssm.time_step_rank", "mamba_n_heads"},
};

constexpr std::array kJambaKeys = {
    FamilyKey{"ssm.conv_kernel", "mamba_d_conv"},
    FamilyKey{"ssm.inner_size / embedding_length", "mamba_expand"},
    FamilyKey{"ssm.state_size", "mamba_d_state"},
    FamilyKey{"ssm.time_step_rank", "mamba_dt_rank"},
};

constexpr std::array kLfm2Keys = {
    FamilyKey{"attention.layer_norm_rms_epsilon", "norm_eps"},
    FamilyKey{"leading_dense_block_count", "num_dense_layers"},
    FamilyKey{"shortconv.l_cache", "conv_L_cache"},
};

constexpr std::array kModernBertKeys = {
    FamilyKey{"attention.layer_norm_epsilon", "norm_eps"},
    FamilyKey{"attention.layer_norm_rms_epsilon", "norm_eps"},
    FamilyKey{"attention.sliding_window", "local_attention"},
    FamilyKey{"attention.sliding_window_pattern", "global_attn_every_n_layers"},
    FamilyKey{"rope.freq_base", "global_rope_theta"},
    FamilyKey{"rope.freq_base_swa", "local_rope_theta"},
};

constexpr std::array kT5Keys = {
    FamilyKey{"attention.head_count", "num_heads"},
    FamilyKey{"attention.key_length", "d_kv"},
    FamilyKey{"attention.layer_norm_rms_epsilon", "layer_norm_epsilon"},
    FamilyKey{"attention.relative_buckets_count", "relative_attention_num_buckets"},
    FamilyKey{"block_count", "num_layers"},
    FamilyKey{"decoder_block_count", "num_decoder_layers"},
    FamilyKey{"embedding_length", "d_model"},
    FamilyKey{"feed_forward_length", "d_ff"},
};

constexpr LayerWords kAttendsOrMamba = {"attention", "mamba"};
constexpr LayerWords kAttendsOrConvolves = {"full_attention", "conv"};

// In order of name. "deepseek2" is DeepSeek-V2 or V3, "llama" Llama or Mixtral, "glm4moe" GLM-4.5
// or Solar Open, "granitehybrid" Granite 4 or Bamba, by tensors or keys.
constexpr std::array kFamilies = {
    GgufFamily{"afmoe", "", kAfmoeKeys},
    GgufFamily{"cohere2moe", "cohere2_moe", kCohere2MoeKeys},
    GgufFamily{"command-r", "cohere"},
    GgufFamily{"deepseek2", "deepseek_v2", kRoutedExperts},
    GgufFamily{"deepseek32", "deepseek_v32", kIndexerKeys},
    GgufFamily{"dots1", "", kRoutedExperts},
    GgufFamily{"ernie4_5-moe", "ernie4_5_moe", kErnieMoeKeys},
    GgufFamily{"exaone-moe", "exaone_moe", kExaoneMoeKeys},
    GgufFamily{"falcon-h1", "falcon_h1", kFalconH1Keys},
    GgufFamily{"gemma3", "gemma3_text"},
    GgufFamily{"gemma3n", "gemma3n_text", kGemma3nKeys},
    GgufFamily{"gemma4", "gemma4_text", kGemma4Keys},
    GgufFamily{"glm-dsa", "glm_moe_dsa", kIndexerKeys},
    GgufFamily{"glm4moe", "glm4_moe", kRoutedExperts},
    GgufFamily{"gpt-oss", "gpt_oss", kExpertsAsWideAsMlp},
    GgufFamily{"gptneox", "gpt_neox"},
    GgufFamily{"granite", "", kGraniteKeys},
    GgufFamily{"granite_swa", "", kGraniteKeys},
    GgufFamily{"granitehybrid", "granitemoehybrid", kGranite4Keys, kAttendsOrMamba},
    GgufFamily{"granitemoe", "", kGraniteMoeKeys},
    GgufFamily{"hunyuan-dense", "hunyuan_v1_dense"},
    GgufFamily{"hunyuan-moe", "hunyuan_v1_moe", kHunYuanMoeKeys},
    GgufFamily{"hy_v3", "", kHyV3Keys},
    GgufFamily{"jamba", "", kJambaKeys, kAttendsOrMamba},
    GgufFamily{"lfm2", "", kLfm2Keys, kAttendsOrConvolves},
    GgufFamily{"lfm2moe", "lfm2_moe", kLfm2Keys, kAttendsOrConvolves},
    GgufFamily{"llama", "", kLocalExperts},
    GgufFamily{"llama4", "llama4_text", kLlama4Keys},
    GgufFamily{"mamba", "", kMambaKeys},
    GgufFamily{"mamba2", "", kMamba2Keys},
    GgufFamily{"minimax-m2", "minimax_m2", kExpertsAsWideAsMlp},
    GgufFamily{"mistral3", "mistral", kLocalExperts},
    GgufFamily{"modern-bert", "modernbert", kModernBertKeys},
    GgufFamily{"nemotron_h", "", kNemotronHKeys, kAttendsOrMamba},
    GgufFamily{"nemotron_h_moe", "nemotron_h", kNemotronHKeys, kAttendsOrMamba},
    GgufFamily{"phi2", "phi"},
    GgufFamily{"phimoe", "", kLocalExperts},
    GgufFamily{"qwen2moe", "qwen2_moe"},
    GgufFamily{"qwen2vl", "qwen2_vl_text"},
    GgufFamily{"qwen35", "qwen3_5_text", kDeltaRuleKeys},
    GgufFamily{"qwen35moe", "qwen3_5_moe_text", kDeltaRuleKeys},
    GgufFamily{"qwen3moe", "qwen3_moe"},
    GgufFamily{"qwen3next", "qwen3_next", kDeltaRuleKeys},
    GgufFamily{"qwen3vl", "qwen3_vl_text"},
    GgufFamily{"qwen3vlmoe", "qwen3_moe"},  // experts one by one, as llama.cpp has them
    GgufFamily{"t5", "", kT5Keys},
};

}  // namespace

const GgufFamily* FindGgufFamily(std::string_view architecture) {
  const auto* const found = std::ranges::find(kFamilies, architecture, &GgufFamily::architecture);
  return found == kFamilies.end() ? nullptr : found;
}

}  // namespace modelkin
