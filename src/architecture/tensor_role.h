// What a tensor does, read off its name.
#ifndef MODELKIN_ARCHITECTURE_TENSOR_ROLE_H_
#define MODELKIN_ARCHITECTURE_TENSOR_ROLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

struct TensorRole {
  // The name without what precedes the layer, and without layer and expert numbers:
  // "self_attn.q_proj.weight", "mlp.experts.gate_proj.weight". Outside layers: the whole name.
  std::string role;
  std::optional<std::uint32_t> layer;
  std::optional<std::uint32_t> expert;
};

// The layer is the number after a component named "layers", "layer", "h", "blocks" or "block"; the
// expert is the number after "experts".
TensorRole InferRole(std::string_view tensor_name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_TENSOR_ROLE_H_
