#include "architecture/families/parts.h"

#include <set>
#include <string>
#include <utility>

namespace modelkin::families {

using enum ModuleKind;
using enum Where;

Sizes DecoderSizes(const DecoderDefaults& without) {
  return {{"residual", "hidden_size"},
          {"layers", "num_hidden_layers"},
          {"heads", "num_attention_heads", without.heads},
          {"kv_heads", "num_key_value_heads", without.kv_heads, "heads"},
          {"head_dim", "head_dim", without.head_dim, "residual / heads"},
          {"vocab", "vocab_size", without.vocab},
          {"positions", "max_position_embeddings", without.positions}};
}

Sizes MultiHeadSizes() {
  return {{"residual", "hidden_size"},
          {"layers", "num_hidden_layers"},
          {"heads", "num_attention_heads"},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"vocab", "vocab_size"},
          {"positions", "max_position_embeddings"},
          {"width", "intermediate_size"}};
}

Sizes DenseSizes() { return {{"width", "intermediate_size"}}; }

Sizes ExpertSizes(std::string_view experts_keys) {
  return {{"experts", experts_keys},
          {"experts_per_token", "num_experts_per_tok"},
          {"expert_width", "moe_intermediate_size"}};
}

Sizes ExpertsAsWideAsMlp(std::string_view experts_key, std::string_view experts,
                         std::string_view chosen) {
  return {{"experts", experts_key, experts},
          {"experts_per_token", "num_experts_per_tok", chosen},
          {"expert_width", "intermediate_size"}};
}

Sizes GroupedChoice(std::string_view groups, std::string_view chosen) {
  return {{"groups", "n_group", groups}, {"groups_per_token", "topk_group", chosen}};
}

FlagRule Tied(bool fallback) { return {"tied", "tie_word_embeddings", fallback}; }

Flags LlamaFlags() {
  return {{"qkv_bias", "attention_bias"},
          {"o_bias", "attention_bias"},
          {"mlp_bias", "mlp_bias"},
          Tied()};
}

Sizes SharedSizes(std::string_view key, std::string_view count) {
  return {{"shared_experts", key, count, "0"},
          {"shared_width", "", "expert_width * shared_experts"}};
}

SizeRule DenseLayers(std::string_view key, std::string_view count) {
  return {"dense_layers", key, count};
}

Tensors Frame() {
  return {{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
          {"model.norm.weight", "residual", kNorm, kOnce},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"}};
}

Tensors PreNorms() {
  return {{"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
          {"model.layers.{L}.post_attention_layernorm.weight", "residual", kNorm}};
}

Tensors Attention() {
  return {{"model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual", kAttention},
          {"model.layers.{L}.self_attn.k_proj.weight", "kv_heads * head_dim, residual", kAttention},
          {"model.layers.{L}.self_attn.v_proj.weight", "kv_heads * head_dim, residual", kAttention},
          {"model.layers.{L}.self_attn.o_proj.weight", "residual, heads * head_dim", kAttention}};
}

Tensors QkvBiases() {
  return {{"model.layers.{L}.self_attn.q_proj.bias", "heads * head_dim", kAttention, kEveryLayer,
           "qkv_bias"},
          {"model.layers.{L}.self_attn.k_proj.bias", "kv_heads * head_dim", kAttention, kEveryLayer,
           "qkv_bias"},
          {"model.layers.{L}.self_attn.v_proj.bias", "kv_heads * head_dim", kAttention, kEveryLayer,
           "qkv_bias"}};
}

Tensors OutputBias() {
  return {
      {"model.layers.{L}.self_attn.o_proj.bias", "residual", kAttention, kEveryLayer, "o_bias"}};
}

Tensors HeadNorms() {
  return {
      {"model.layers.{L}.self_attn.q_norm.weight", "head_dim", kAttention, kEveryLayer, "qk_norm"},
      {"model.layers.{L}.self_attn.k_norm.weight", "head_dim", kAttention, kEveryLayer, "qk_norm"}};
}

Tensors ProjectionNorms() {
  return {{"model.layers.{L}.self_attn.q_norm.weight", "heads * head_dim", kAttention},
          {"model.layers.{L}.self_attn.k_norm.weight", "kv_heads * head_dim", kAttention}};
}

Tensors NormBiases() {
  return {{"model.norm.bias", "residual", kNorm, kOnce},
          {"model.layers.{L}.input_layernorm.bias", "residual", kNorm},
          {"model.layers.{L}.post_attention_layernorm.bias", "residual", kNorm}};
}

Tensors OutputNorms() {
  return {{"model.layers.{L}.post_attention_layernorm.weight", "residual", kNorm},
          {"model.layers.{L}.post_feedforward_layernorm.weight", "residual", kNorm}};
}

Tensors GemmaNorms() {
  return Join<TensorRule>(
      {OutputNorms(),
       {{"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
        {"model.layers.{L}.pre_feedforward_layernorm.weight", "residual", kNorm}}});
}

Tensors PlainMlp() {
  return {{"model.layers.{L}.mlp.up_proj.weight", "width, residual", kDenseMlp, kDenseLayers},
          {"model.layers.{L}.mlp.down_proj.weight", "residual, width", kDenseMlp, kDenseLayers}};
}

Tensors PlainMlpBiases() {
  return {{"model.layers.{L}.mlp.up_proj.bias", "width", kDenseMlp, kDenseLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.down_proj.bias", "residual", kDenseMlp, kDenseLayers, "mlp_bias"}};
}

Tensors GatedMlpBiases() {
  return Join<TensorRule>(
      {{{"model.layers.{L}.mlp.gate_proj.bias", "width", kDenseMlp, kDenseLayers, "mlp_bias"}},
       PlainMlpBiases()});
}

Tensors LlamaTensors() {
  return Join<TensorRule>(
      {Frame(),
       PreNorms(),
       Attention(),
       QkvBiases(),
       OutputBias(),
       GatedMlp(),
       GatedMlpBiases(),
       {{"model.layers.{L}.self_attn.rotary_emb.inv_freq", "head_dim / 2", kBuffer}}});
}

TensorRule CorrectionBias(std::string_view name) {
  return {.name = name,
          .shape = "experts",
          .module = kRouter,
          .where = kExpertLayers,
          .always_f32 = true};
}

Tensors GatedMlp() {
  return {{"model.layers.{L}.mlp.gate_proj.weight", "width, residual", kDenseMlp, kDenseLayers},
          {"model.layers.{L}.mlp.up_proj.weight", "width, residual", kDenseMlp, kDenseLayers},
          {"model.layers.{L}.mlp.down_proj.weight", "residual, width", kDenseMlp, kDenseLayers}};
}

Tensors GatedExperts() {
  return Join<TensorRule>(
      {{{"model.layers.{L}.mlp.gate.weight", "experts, residual", kRouter, kExpertLayers}},
       RoutedExperts()});
}

Tensors RoutedExperts() {
  using enum ExpertStorage;
  return {{"model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.gate_up_proj", "experts, 2 * expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kFused},
          {"model.layers.{L}.mlp.experts.down_proj", "experts, residual, expert_width",
           kRoutedExperts, kExpertLayers, "", kFused}};
}

Tensors RouterGate() {
  return {{"model.layers.{L}.mlp.router.gate.weight", "experts, residual", kRouter, kExpertLayers},
          CorrectionBias("model.layers.{L}.mlp.expert_bias")};
}

Tensors SharedExperts() {
  return {{"model.layers.{L}.mlp.shared_experts.gate_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.mlp.shared_experts.up_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.mlp.shared_experts.down_proj.weight", "residual, shared_width",
           kSharedExperts, kExpertLayers, "shared"}};
}

Tensors SharedExpertBiases() {
  return {{"model.layers.{L}.mlp.shared_experts.gate_proj.bias", "shared_width", kSharedExperts,
           kExpertLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.shared_experts.up_proj.bias", "shared_width", kSharedExperts,
           kExpertLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.shared_experts.down_proj.bias", "residual", kSharedExperts,
           kExpertLayers, "mlp_bias"}};
}

Tensors BlockSparseExperts() {
  using enum ExpertStorage;
  return {{"model.layers.{L}.block_sparse_moe.gate.weight", "experts, residual", kRouter,
           kExpertLayers, "", kSeparate},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w1.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w2.weight", "residual, expert_width",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w3.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.gate_up_proj", "experts, 2 * expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kFused},
          {"model.layers.{L}.mlp.experts.down_proj", "experts, residual, expert_width",
           kRoutedExperts, kExpertLayers, "", kFused}};
}

Tensors In(LayerParts parts, Tensors tensors) {
  for (TensorRule& rule : tensors) rule.needs = rule.needs | parts;
  return tensors;
}

namespace {

// Rules hold views of names: those that are put together are kept for good.
std::string_view Kept(std::string name) {
  static std::set<std::string> names;
  return *names.insert(std::move(name)).first;
}

std::string_view WithBeginning(std::string_view name, std::string_view from, std::string_view to) {
  return name.starts_with(from) ? Kept(std::string(to) + std::string(name.substr(from.size())))
                                : name;
}

}  // namespace

Tensors Moved(std::string_view from, std::string_view to, Tensors tensors) {
  for (TensorRule& rule : tensors) rule.name = WithBeginning(rule.name, from, to);
  return tensors;
}

Views MovedViews(std::string_view from, std::string_view to, const Tensors& tensors) {
  Views views;
  for (const TensorRule& rule : tensors) {
    if (rule.name.starts_with(from)) {
      views.push_back({rule.name, WithBeginning(rule.name, from, to)});
    }
  }
  return views;
}

Tensors PredictionLayer() {
  return {{"model.layers.{L}.eh_proj.weight", "residual, 2 * residual", kMultiTokenPrediction,
           kPredictionLayers},
          {"model.layers.{L}.enorm.weight", "residual", kMultiTokenPrediction, kPredictionLayers},
          {"model.layers.{L}.hnorm.weight", "residual", kMultiTokenPrediction, kPredictionLayers},
          {"model.layers.{L}.shared_head.norm.weight", "residual", kMultiTokenPrediction,
           kPredictionLayers},
          {"model.layers.{L}.embed_tokens.weight", "vocab, residual", kMultiTokenPrediction,
           kPredictionLayers},
          {"model.layers.{L}.shared_head.head.weight", "vocab, residual", kMultiTokenPrediction,
           kPredictionLayers}};
}

}  // namespace modelkin::families
