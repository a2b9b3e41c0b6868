#include "model/model_card.h"

#include <algorithm>

namespace modelkin {
namespace {

constexpr std::size_t kMostNames = 64, kLongestModelName = 256;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// A plain or quoted scalar: what a name can be; "" of anything else.
std::string_view NameIn(std::string_view value) {
  value = Trimmed(value.substr(0, value.find(" #")));
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  if (quoted) value = value.substr(1, value.size() - 2);
  const auto may_be_in_name = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
           std::string_view("-_./").find(c) != std::string_view::npos;
  };
  const bool fits = value.size() <= kLongestModelName && std::ranges::all_of(value, may_be_in_name);
  return fits ? value : std::string_view();
}

void AddName(std::string_view value, std::vector<std::string>& names) {
  const std::string_view name = NameIn(value);
  if (!name.empty() && names.size() < kMostNames) names.emplace_back(name);
}

// "[a, b]", without its brackets.
void AddNames(std::string_view list, std::vector<std::string>& names) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    AddName(list.substr(0, comma), names);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

}  // namespace

std::vector<std::string> DeclaredBaseModels(std::string_view card) {
  constexpr std::string_view kFence = "---", kKey = "base_model:";
  std::vector<std::string> names;
  if (Trimmed(TakeLine(card)) != kFence) return names;
  bool in_list = false;
  while (!card.empty()) {
    const std::string_view line = TakeLine(card), text = Trimmed(line);
    if (text == kFence) break;
    if (line.starts_with(kKey)) {
      const std::string_view value = Trimmed(line.substr(kKey.size()));
      in_list = value.empty();
      if (value.starts_with('[') && value.ends_with(']')) {
        AddNames(value.substr(1, value.size() - 2), names);
      } else {
        AddName(value, names);
      }
    } else if (in_list && text.starts_with('-')) {
      AddName(text.substr(1), names);
    } else if (!text.empty()) {
      in_list = false;
    }
  }
  return names;
}

}  // namespace modelkin
