#include "storage/gguf/gguf_names.h"

#include <algorithm>
#include <array>
#include <span>

namespace modelkin {
namespace {

// "attn_q" stands for "blk.{L}.attn_q.weight" and ".bias". Names outside layers are those of GGUF
// as they are.
struct NameRule {
  std::string_view stored, published;
  bool is_whole = false;  // both names are all there is, without such an ending
};

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

constexpr std::array kQwen2MoeNames = {
    NameRule{"ffn_gate_inp_shexp", "model.layers.{L}.mlp.shared_expert_gate"},
    NameRule{"ffn_gate_shexp", "model.layers.{L}.mlp.shared_expert.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.mlp.shared_expert.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.mlp.shared_expert.down_proj"},
};

// Beside those of Qwen2-MoE; what is joined or split on the way keeps its name.
constexpr std::array kQwen3NextNames = {
    NameRule{"ffn_gate_inp_shexp", "model.layers.{L}.mlp.shared_expert_gate"},
    NameRule{"ffn_gate_shexp", "model.layers.{L}.mlp.shared_expert.gate_proj"},
    NameRule{"ffn_up_shexp", "model.layers.{L}.mlp.shared_expert.up_proj"},
    NameRule{"ffn_down_shexp", "model.layers.{L}.mlp.shared_expert.down_proj"},
    NameRule{"ssm_norm", "model.layers.{L}.linear_attn.norm"},
    NameRule{"ssm_a", "model.layers.{L}.linear_attn.A_log", true},
    NameRule{"ssm_dt.bias", "model.layers.{L}.linear_attn.dt_bias", true},
    NameRule{"ssm_out", "model.layers.{L}.linear_attn.out_proj"},
};

constexpr std::array kMambaNames = {
    NameRule{"ssm_a", "backbone.layers.{L}.mixer.A_log", true},
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

struct Architecture {
  std::string_view name;
  std::span<const NameRule> names;  // tried before Llama's
};

constexpr std::array kArchitectures = {
    Architecture{"bert", kBertNames},
    Architecture{"deepseek2", kDeepSeek2Names},
    Architecture{"gemma2", kGemmaNames},
    Architecture{"gemma3", kGemmaNames},
    Architecture{"glm4", kGlm4Names},
    Architecture{"gpt-oss", kGptOssNames},
    Architecture{"gpt2", kGpt2Names},
    Architecture{"gptneox", kGptNeoXNames},
    Architecture{"mamba", kMambaNames},
    Architecture{"phi3", kPhi3Names},
    Architecture{"hunyuan-dense", kHunYuanNames},
    Architecture{"phi2", kPhi2Names},
    Architecture{"phimoe", kMixtralNames},
    Architecture{"qwen2moe", kQwen2MoeNames},
    Architecture{"qwen3next", kQwen3NextNames},
    Architecture{"starcoder2", kStarCoder2Names},
};

std::span<const NameRule> OwnNames(const GgufNaming& naming) {
  if (naming.architecture == "llama" && naming.has_experts) return kMixtralNames;
  const auto* const found =
      std::ranges::find(kArchitectures, naming.architecture, &Architecture::name);
  return found == kArchitectures.end() ? std::span<const NameRule>() : found->names;
}

std::optional<std::string_view> Find(std::span<const NameRule> own, std::string_view stored,
                                     bool is_whole) {
  for (const std::span<const NameRule> names : {own, std::span<const NameRule>(kLlamaNames)}) {
    const auto found = std::ranges::find_if(names, [&](const NameRule& rule) {
      return rule.is_whole == is_whole && rule.stored == stored;
    });
    if (found != names.end()) return found->published;
  }
  return std::nullopt;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

void ReplacePlaceholder(std::string& text, std::string_view placeholder, std::string_view by) {
  const std::size_t at = text.find(placeholder);
  if (at != std::string::npos) text.replace(at, placeholder.size(), by);
}

// Takes "3." or the like off the beginning; nothing where there is no number.
std::optional<std::string_view> TakeNumber(std::string_view& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || !IsNumber(text.substr(0, dot))) return std::nullopt;
  const std::string_view number = text.substr(0, dot);
  text.remove_prefix(dot + 1);
  return number;
}

}  // namespace

std::optional<std::string> PublishedName(const GgufNaming& naming, std::string_view stored) {
  constexpr std::string_view kBlock = "blk.";
  std::optional<std::string_view> layer;
  if (stored.starts_with(kBlock)) {
    stored.remove_prefix(kBlock.size());
    layer = TakeNumber(stored);
    if (!layer) return std::nullopt;
  }
  const std::span<const NameRule> own = OwnNames(naming);
  std::string_view ending;
  auto published = Find(own, stored, true);
  std::string expert;
  if (!published) {
    const std::size_t dot = stored.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    ending = stored.substr(dot);
    if (ending != ".weight" && ending != ".bias") return std::nullopt;
    std::string part(stored.substr(0, dot));
    // One tensor for each expert, as the first files with experts had: "ffn_gate.3.weight".
    const std::size_t number = part.rfind('.');
    if (number != std::string::npos && IsNumber(std::string_view(part).substr(number + 1))) {
      expert = part.substr(number + 1);
      part = part.substr(0, number) + "_exps";
    }
    published = Find(own, part, false);
    if (!published) return std::nullopt;
  }
  if (layer.has_value() != (published->find("{L}") != std::string_view::npos)) return std::nullopt;
  std::string name = std::string(*published).append(ending);
  if (layer) ReplacePlaceholder(name, "{L}", *layer);
  if (!expert.empty()) ReplacePlaceholder(name, "{E}", expert);
  return name;
}

}  // namespace modelkin
