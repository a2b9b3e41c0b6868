#include "figures/tensor_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace modelkin {

TensorPlace PlaceOf(std::string_view tensor) {
  TensorPlace place;
  while (!tensor.empty()) {
    const std::size_t end = std::min(tensor.find('.'), tensor.size());
    const std::string_view part = tensor.substr(0, end);
    const bool is_number =
        !part.empty() && part.size() <= 9 &&
        std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c); });
    if (is_number && place.layer < 0) place.layer = std::stoll(std::string(part));
    place.role += fmt::format("{}{}", place.role.empty() ? "" : ".", is_number ? "*" : part);
    tensor.remove_prefix(std::min(end + 1, tensor.size()));
  }
  return place;
}

}  // namespace modelkin
