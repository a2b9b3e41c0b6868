#include "architecture/tensor_role.h"

#include "architecture/name_pattern.h"

namespace modelkin {

TensorRole InferRole(std::string_view tensor_name) {
  NamePattern name = PatternOf(tensor_name);
  TensorRole result{.role = std::move(name.pattern), .layer = name.layer, .expert = name.expert};
  if (result.layer) result.role.erase(0, result.role.find("{L}.") + 4);
  if (const std::size_t expert = result.role.find(".{E}");
      result.expert && expert != std::string::npos) {
    result.role.erase(expert, 4);
  }
  return result;
}

}  // namespace modelkin
