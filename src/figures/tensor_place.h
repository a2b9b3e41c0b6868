// Where in a model a recorded tensor stands, by its name alone.
#ifndef MODELKIN_FIGURES_TENSOR_PLACE_H_
#define MODELKIN_FIGURES_TENSOR_PLACE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace modelkin {

struct TensorPlace {
  std::int64_t layer = -1;  // the first number between dots; -1 of tensors outside layers
  std::string role;         // the name with a star for each number
};

TensorPlace PlaceOf(std::string_view tensor);

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_TENSOR_PLACE_H_
