#include "architecture/tensor_role.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace modelkin {
namespace {

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsLayerList(std::string_view component) {
  constexpr std::array<std::string_view, 5> kNames = {"layers", "layer", "h", "blocks", "block"};
  return std::ranges::find(kNames, component) != kNames.end();
}

}  // namespace

TensorRole InferRole(std::string_view tensor_name) {
  TensorRole result;
  std::string_view previous;
  bool begun = false;  // the role, which may begin with an empty component
  for (std::size_t begin = 0; begin <= tensor_name.size();) {
    const std::size_t end = std::min(tensor_name.find('.', begin), tensor_name.size());
    const std::string_view component = tensor_name.substr(begin, end - begin);
    const auto number = ParseNumber(component);
    const bool last = end == tensor_name.size();
    if (number && !result.layer && IsLayerList(previous) && !last) {
      result.layer = number;
      result.role.clear();
      begun = false;
    } else if (number && !result.expert && previous == "experts" && !last) {
      result.expert = number;
    } else {
      if (begun) result.role += '.';
      result.role += component;
      begun = true;
    }
    previous = component;
    begin = end + 1;
  }
  return result;
}

}  // namespace modelkin
