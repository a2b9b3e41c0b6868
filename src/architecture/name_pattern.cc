#include "architecture/name_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace modelkin {
namespace {

constexpr std::string_view kLayer = "{L}";
constexpr std::string_view kExpert = "{E}";

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsLayerList(std::string_view component) {
  constexpr std::array<std::string_view, 10> kNames = {"layers",      "layer",
                                                       "h",           "blocks",
                                                       "block",       "conformer",
                                                       "transformer", "transformer_blocks",
                                                       "resblocks",   "single_transformer_blocks"};
  return std::ranges::find(kNames, component) != kNames.end();
}

}  // namespace

NamePattern PatternOf(std::string_view tensor_name) {
  NamePattern result;
  std::string_view previous;
  for (std::size_t begin = 0; begin <= tensor_name.size();) {
    const std::size_t end = std::min(tensor_name.find('.', begin), tensor_name.size());
    const std::string_view component = tensor_name.substr(begin, end - begin);
    const auto number = end == tensor_name.size() ? std::nullopt : ParseNumber(component);
    if (begin > 0) result.pattern += '.';
    if (number && !result.layer && IsLayerList(previous)) {
      result.layer = number;
      result.pattern += kLayer;
    } else if (number && !result.expert && previous == "experts") {
      result.expert = number;
      result.pattern += kExpert;
    } else {
      result.pattern += component;
    }
    previous = component;
    begin = end + 1;
  }
  return result;
}

std::string NameOf(std::string_view pattern, std::uint64_t layer, std::uint64_t expert) {
  std::string name(pattern);
  for (const auto& [mark, number] : {std::pair{kLayer, layer}, std::pair{kExpert, expert}}) {
    const std::size_t at = name.find(mark);
    if (at != std::string::npos) name.replace(at, mark.size(), fmt::format("{}", number));
  }
  return name;
}

}  // namespace modelkin
