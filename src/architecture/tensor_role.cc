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

// Splits off the first component of a dotted name.
std::string_view TakeComponent(std::string_view& rest) {
  const std::size_t dot = rest.find('.');
  const std::string_view component = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return component;
}

}  // namespace

TensorRole InferRole(std::string_view tensor_name) {
  TensorRole result;
  std::string_view previous;
  for (std::string_view rest = tensor_name; !rest.empty();) {
    const std::string_view component = TakeComponent(rest);
    const auto number = ParseNumber(component);
    if (number && !result.layer && IsLayerList(previous) && !rest.empty()) {
      result.layer = number;
      result.role.clear();
    } else if (number && !result.expert && previous == "experts" && !rest.empty()) {
      result.expert = number;
    } else {
      if (!result.role.empty()) result.role += '.';
      result.role += component;
    }
    previous = component;
  }
  return result;
}

}  // namespace modelkin
