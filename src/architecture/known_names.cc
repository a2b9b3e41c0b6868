#include "architecture/known_names.h"

#include <algorithm>
#include <array>

#include "architecture/name_pattern.h"

namespace modelkin {
namespace {

struct KnownName {
  std::string_view other, llama;
  // Matrices are stored with outputs first, as a Llama-like decoder's are.
  bool outputs_first = false;
};

constexpr std::array kWholeNames = std::to_array<KnownName>({
    {"tok_embeddings.weight", "model.embed_tokens.weight", true},
    {"output.weight", "lm_head.weight", true},
    {"norm.weight", "model.norm.weight"},
    {"embed.W_E", "model.embed_tokens.weight"},
    {"pos_embed.W_pos", "model.embed_positions.weight"},
    {"unembed.W_U", "lm_head.weight"},
    {"ln_final.w", "model.norm.weight"},
    {"ln_final.b", "model.norm.bias"},
    {"transformer.wte.weight", "model.embed_tokens.weight"},
    {"transformer.wpe.weight", "model.embed_positions.weight"},
    {"transformer.ln_f.gamma", "model.norm.weight"},
    {"transformer.ln_f.weight", "model.norm.weight"},
});

// What follows the number of the layer.
constexpr std::array kLayerNames = std::to_array<KnownName>({
    {"attention.wq.weight", "self_attn.q_proj.weight", true},
    {"attention.wk.weight", "self_attn.k_proj.weight", true},
    {"attention.wv.weight", "self_attn.v_proj.weight", true},
    {"attention.wo.weight", "self_attn.o_proj.weight", true},
    {"attention_norm.weight", "input_layernorm.weight"},
    {"feed_forward.w1.weight", "mlp.gate_proj.weight", true},
    {"feed_forward.w2.weight", "mlp.down_proj.weight", true},
    {"feed_forward.w3.weight", "mlp.up_proj.weight", true},
    {"ffn_norm.weight", "post_attention_layernorm.weight"},
    {"attn.W_Q", "self_attn.q_proj.weight"},
    {"attn.W_K", "self_attn.k_proj.weight"},
    {"attn.W_V", "self_attn.v_proj.weight"},
    {"attn.W_O", "self_attn.o_proj.weight"},
    {"attn.b_O", "self_attn.o_proj.bias"},
    {"mlp.W_in", "mlp.up_proj.weight"},
    {"mlp.W_out", "mlp.down_proj.weight"},
    {"mlp.b_in", "mlp.up_proj.bias"},
    {"mlp.b_out", "mlp.down_proj.bias"},
    {"ln1.w", "input_layernorm.weight"},
    {"ln1.b", "input_layernorm.bias"},
    {"ln2.w", "post_attention_layernorm.weight"},
    {"ln2.b", "post_attention_layernorm.bias"},
    {"ln_1.gamma", "input_layernorm.weight"},
    {"ln_1.weight", "input_layernorm.weight"},
    {"ln_2.gamma", "post_attention_layernorm.weight"},
    {"ln_2.weight", "post_attention_layernorm.weight"},
    {"mlp.c_fc.weight", "mlp.up_proj.weight"},
    {"mlp.c_proj.weight", "mlp.down_proj.weight"},
    {"block_sparse_moe.gate.weight", "mlp.gate.weight", true},
    {"block_sparse_moe.experts.{E}.w1.weight", "mlp.experts.{E}.gate_proj.weight", true},
    {"block_sparse_moe.experts.{E}.w2.weight", "mlp.experts.{E}.down_proj.weight", true},
    {"block_sparse_moe.experts.{E}.w3.weight", "mlp.experts.{E}.up_proj.weight", true},
    {"mlp.shared_expert.gate_proj.weight", "mlp.shared_experts.gate_proj.weight", true},
    {"mlp.shared_expert.up_proj.weight", "mlp.shared_experts.up_proj.weight", true},
    {"mlp.shared_expert.down_proj.weight", "mlp.shared_experts.down_proj.weight", true},
});

// Null where the name is none of these toolkits'. `name`: its pattern.
const KnownName* FindKnown(std::string_view tensor_name, const NamePattern& name) {
  const auto* const whole = std::ranges::find(kWholeNames, tensor_name, &KnownName::other);
  if (whole != kWholeNames.end()) return whole;
  const std::size_t layer = name.pattern.find("{L}.");
  if (!name.layer || layer == std::string::npos) return nullptr;
  const std::string_view rest = std::string_view(name.pattern).substr(layer + 4);
  const auto* const known = std::ranges::find(kLayerNames, rest, &KnownName::other);
  return known == kLayerNames.end() ? nullptr : known;
}

}  // namespace

std::string LlamaLikeName(std::string_view tensor_name) {
  const NamePattern name = PatternOf(tensor_name);
  const KnownName* const known = FindKnown(tensor_name, name);
  if (known == nullptr) return std::string(tensor_name);
  if (!name.layer) return std::string(known->llama);
  return NameOf("model.layers.{L}." + std::string(known->llama), *name.layer,
                name.expert.value_or(0));
}

bool IsOutputsFirst(std::string_view tensor_name) {
  const KnownName* const known = FindKnown(tensor_name, PatternOf(tensor_name));
  return known != nullptr && known->outputs_first;
}

}  // namespace modelkin
