// Tensor names with the numbers of layer and expert taken out.
#ifndef MODELKIN_ARCHITECTURE_NAME_PATTERN_H_
#define MODELKIN_ARCHITECTURE_NAME_PATTERN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

struct NamePattern {
  std::string pattern;  // "model.layers.{L}.mlp.experts.{E}.up_proj.weight"
  std::optional<std::uint32_t> layer;
  std::optional<std::uint32_t> expert;
};

// The layer is the first number after a component named "layers", "layer", "h", "blocks" or
// "block"; the expert is the first after "experts".
NamePattern PatternOf(std::string_view tensor_name);

// The pattern with numbers put back.
std::string NameOf(std::string_view pattern, std::uint64_t layer, std::uint64_t expert);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_NAME_PATTERN_H_
