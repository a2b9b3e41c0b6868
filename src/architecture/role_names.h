// Names of tensors and roles: what a Llama-like decoder calls a role, and which role a name tells.
#ifndef MODELKIN_ARCHITECTURE_ROLE_NAMES_H_
#define MODELKIN_ARCHITECTURE_ROLE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "architecture/role.h"

namespace modelkin {

// Which MLP of a layer: `module` is kDenseMlp, kSharedExperts or kRoutedExperts, the last with
// the number of the expert.
struct MlpId {
  ModuleKind module = ModuleKind::kDenseMlp;
  std::uint32_t expert = 0;
};

// "mlp", "mlp.shared_experts", "mlp.experts.3"
std::string MlpModule(MlpId mlp);
// "model.layers.3.mlp.experts.5"
std::string MlpName(std::uint64_t layer, MlpId mlp);

// "model.layers.3."
std::string LayerPrefix(std::uint64_t layer);

// "model.layers.3.self_attn.q_proj"
std::string ModuleOfLayer(std::uint64_t layer, Role role);
// "model.layers.3.mlp.experts.5.gate_proj"
std::string ModuleOfMlp(std::uint64_t layer, MlpId mlp, Role role);

// "self_attn.q_proj.weight" or ".bias"; of an MLP's parts, below the MLP.
std::string TensorInLayer(Role role, bool is_bias = false);
// "model.layers.3.self_attn.q_proj.weight"
std::string TensorOfLayer(std::uint64_t layer, Role role, bool is_bias = false);
// "model.layers.3.mlp.experts.5.gate_proj.weight"
std::string TensorOfMlp(std::uint64_t layer, MlpId mlp, Role role, bool is_bias = false);
// "model.norm", "lm_head"
std::string ModuleOfModel(Role role);
// "model.embed_tokens.weight", "lm_head.bias"
std::string TensorOfModel(Role role, bool is_bias = false);

struct NamedRole {
  Role role = Role::kUnknown;
  bool is_bias = false;
};

// What a name tells. `in_layer`: "self_attn.q_proj.weight", without layer and expert numbers and
// what precedes them, or all of the name of a tensor outside layers.
NamedRole RoleOfName(std::string_view in_layer, bool has_layer);

// What a tensor is part of, from words in its name: "embed", "router", "experts", "attn", "norm",
// "mlp" and their like.
ModuleKind ModuleKindOfName(std::string_view tensor_name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_ROLE_NAMES_H_
