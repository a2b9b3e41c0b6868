#include "architecture/role_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace modelkin {
namespace {

// The first that occurs counts: "mlp.shared_experts" is no dense MLP, "attention.norm" no
// attention.
constexpr auto kModuleWords = std::to_array<std::pair<std::string_view, ModuleKind>>({
    {"inv_freq", ModuleKind::kBuffer},
    {"position_ids", ModuleKind::kBuffer},
    {"masked_bias", ModuleKind::kBuffer},
    {"attn.embed_", ModuleKind::kAttention},  // latent attention, its matrices absorbed
    {"attn.unembed_", ModuleKind::kAttention},
    {"attn.mask", ModuleKind::kBuffer},
    {"freqs_cos", ModuleKind::kBuffer},
    {"freqs_sin", ModuleKind::kBuffer},
    {"weight_scale", ModuleKind::kScale},
    {"_scales", ModuleKind::kScale},
    {"position_embed", ModuleKind::kPositionEmbedding},
    {"positional_embed", ModuleKind::kPositionEmbedding},
    {"pos_emb", ModuleKind::kPositionEmbedding},
    {"token_type_embed", ModuleKind::kPositionEmbedding},
    {"wpe", ModuleKind::kPositionEmbedding},
    {"w_pos", ModuleKind::kPositionEmbedding},
    {"lm_head", ModuleKind::kHead},
    {"embed_out", ModuleKind::kHead},
    {"unembed", ModuleKind::kHead},
    {"shared_expert", ModuleKind::kSharedExperts},
    {"experts", ModuleKind::kRoutedExperts},
    {"switch_mlp", ModuleKind::kRoutedExperts},  // MLX: all of a layer's in one
    {"router", ModuleKind::kRouter},
    {"mlp.gate.", ModuleKind::kRouter},
    {"moe.gate.", ModuleKind::kRouter},
    {"e_score", ModuleKind::kRouter},
    {"norm", ModuleKind::kNorm},
    {"ln_", ModuleKind::kNorm},
    {"ln1", ModuleKind::kNorm},
    {"ln2", ModuleKind::kNorm},
    {"embed", ModuleKind::kEmbedding},
    {"wte", ModuleKind::kEmbedding},
    {"pooler", ModuleKind::kPooler},
    {"attn", ModuleKind::kAttention},
    {"attention", ModuleKind::kAttention},
    {"q_proj", ModuleKind::kAttention},
    {"k_proj", ModuleKind::kAttention},
    {"v_proj", ModuleKind::kAttention},
    {"o_proj", ModuleKind::kAttention},
    {"att_proj", ModuleKind::kAttention},
    {"wqkv", ModuleKind::kAttention},
    {".wo.", ModuleKind::kAttention},
    {"mlp", ModuleKind::kDenseMlp},
    {"feed_forward", ModuleKind::kDenseMlp},
    {"ffn", ModuleKind::kDenseMlp},
    {"gate_proj", ModuleKind::kDenseMlp},
    {"up_proj", ModuleKind::kDenseMlp},
    {"down_proj", ModuleKind::kDenseMlp},
    {"intermediate", ModuleKind::kDenseMlp},
    {".ff.", ModuleKind::kDenseMlp},
    {"ff_context.", ModuleKind::kDenseMlp},
    {"ff_proj", ModuleKind::kDenseMlp},
    {"ff_out", ModuleKind::kDenseMlp},
    {".fc1.", ModuleKind::kDenseMlp},
    {".fc2.", ModuleKind::kDenseMlp},
    {".linear1.", ModuleKind::kDenseMlp},
    {".linear2.", ModuleKind::kDenseMlp},
    {"shared.weight", ModuleKind::kEmbedding},  // of encoder and decoder
});

// Modules of attentions, whatever they are part of.
constexpr auto kAttentionModules = std::to_array<std::pair<std::string_view, Role>>({
    {"q_proj", Role::kOtherAttentionInput},
    {"k_proj", Role::kOtherAttentionInput},
    {"v_proj", Role::kOtherAttentionInput},
    {"qkv_proj", Role::kOtherAttentionInput},
    {"o_proj", Role::kOtherAttentionOutput},
    {"q_norm", Role::kQueryNorm},
    {"k_norm", Role::kKeyNorm},
});

// What mixes tokens in place of attention, as NamedByRole has it.
constexpr auto kMixers = std::to_array<std::string_view>({"linear_attn.", "mamba.", "conv."});

constexpr std::string_view kOutputGateModule = "self_attn.output_gate";
constexpr std::string_view kSelfAttention = "self_attn.", kMlp = "mlp.";

constexpr bool IsOncePerModel(Role role) {
  return role <= Role::kHead || role == Role::kPatchEmbedding;
}

std::string_view LastComponent(std::string_view module) {
  return module.substr(module.rfind('.') + 1);
}

// A tensor's name without what its module calls it.
struct ModuleAndParameter {
  std::string_view module;
  bool is_weight = false, is_bias = false;
};

ModuleAndParameter Split(std::string_view name) {
  constexpr std::string_view kWeight = ".weight", kBias = ".bias";
  if (name.ends_with(kWeight)) return {name.substr(0, name.size() - kWeight.size()), true, false};
  if (name.ends_with(kBias)) return {name.substr(0, name.size() - kBias.size()), false, true};
  return {name};
}

// Whether a tensor of the module has the role: by all of its name in a layer, or by what it ends
// in where the role is one of the model's or of any MLP's, or has a name of its own.
bool HasRole(const ModuleAndParameter& name, bool has_layer, const RoleEntry& entry) {
  if (entry.is_tensor != (!name.is_weight && !name.is_bias)) return false;
  if (entry.is_tensor) {
    return has_layer && LastComponent(name.module) == LastComponent(entry.module);
  }
  if (IsOfMlp(entry.role)) return LastComponent(name.module) == entry.module;
  if (!IsOncePerModel(entry.role)) return has_layer && name.module == entry.module;
  return !(has_layer && entry.is_norm) && LastComponent(name.module) == entry.module;
}

// Of a layer's mixer in place of attention; kUnknown for what neither reads nor writes the residual
// stream.
Role RoleInMixer(const ModuleAndParameter& name) {
  const bool is_mixer = std::ranges::any_of(
      kMixers, [&](std::string_view mixer) { return name.module.starts_with(mixer); });
  if (!is_mixer || !(name.is_weight || name.is_bias)) return Role::kUnknown;
  const std::string_view last = LastComponent(name.module);
  if (last == "out_proj") return Role::kMixerOutput;
  const bool input =
      last.starts_with("in_proj") || last == "q_proj" || last == "k_proj" || last == "v_proj";
  return input ? Role::kMixerInput : Role::kUnknown;
}

}  // namespace

std::string MlpModule(MlpId mlp) {
  if (mlp.module == ModuleKind::kRoutedExperts) return fmt::format("mlp.experts.{}", mlp.expert);
  return mlp.module == ModuleKind::kSharedExperts ? "mlp.shared_experts" : "mlp";
}

std::string LayerPrefix(std::uint64_t layer) { return fmt::format("model.layers.{}.", layer); }

std::string MlpName(std::uint64_t layer, MlpId mlp) { return LayerPrefix(layer) + MlpModule(mlp); }

std::string ModuleOfLayer(std::uint64_t layer, Role role) {
  return fmt::format("{}{}", LayerPrefix(layer), ModuleOf(role));
}

std::string ModuleOfMlp(std::uint64_t layer, MlpId mlp, Role role) {
  return fmt::format("{}.{}", MlpName(layer, mlp), ModuleOf(role));
}

std::string TensorInLayer(Role role, bool is_bias) {
  const RoleEntry& entry = *EntryOf(role);
  if (entry.is_tensor) return std::string(entry.module);
  return fmt::format("{}.{}", entry.module, is_bias ? "bias" : "weight");
}

std::string TensorOfLayer(std::uint64_t layer, Role role, bool is_bias) {
  return LayerPrefix(layer) + TensorInLayer(role, is_bias);
}

std::string TensorOfMlp(std::uint64_t layer, MlpId mlp, Role role, bool is_bias) {
  return fmt::format("{}.{}", MlpName(layer, mlp), TensorInLayer(role, is_bias));
}

std::string ModuleOfModel(Role role) {
  return fmt::format("{}{}", role == Role::kHead ? "" : "model.", ModuleOf(role));
}

std::string TensorOfModel(Role role, bool is_bias) {
  return fmt::format("{}.{}", ModuleOfModel(role), is_bias ? "bias" : "weight");
}

NamedRole RoleOfName(std::string_view in_layer, bool has_layer) {
  const ModuleAndParameter name = Split(in_layer);
  const auto* const entry = std::ranges::find_if(
      kNamedRoles, [&](const RoleEntry& one) { return HasRole(name, has_layer, one); });
  if (entry != kNamedRoles.end()) return {entry->role, name.is_bias};
  if (has_layer && name.module == kOutputGateModule && (name.is_weight || name.is_bias)) {
    return {Role::kOutputGate, name.is_bias};
  }
  if (const Role role = RoleInMixer(name); has_layer && role != Role::kUnknown) {
    return {role, name.is_bias};
  }
  if (name.is_weight || name.is_bias) {
    const auto* const module = std::ranges::find(kAttentionModules, LastComponent(name.module),
                                                 &std::pair<std::string_view, Role>::first);
    if (module != kAttentionModules.end()) return {module->second, name.is_bias};
  }
  if (ModuleKindOfName(in_layer) == ModuleKind::kNorm) return {Role::kOtherNorm, name.is_bias};
  if (has_layer && in_layer.starts_with(kSelfAttention)) return {Role::kOtherAttention};
  if (has_layer && in_layer.starts_with(kMlp)) return {Role::kOtherMlp};
  return {};
}

ModuleKind ModuleKindOfName(std::string_view tensor_name) {
  std::string name(tensor_name);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto& [word, module] : kModuleWords) {
    if (name.find(word) != std::string::npos) return module;
  }
  return ModuleKind::kOther;
}

}  // namespace modelkin
