#include "model_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <unordered_set>

#include "base/error.h"
#include "checkpoint/weight_file_name.h"

namespace modelkin {
namespace {

constexpr std::string_view kSpaces = " \t\r";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Returns the next line without its end, at most one byte longer than a line may be.
std::optional<std::string> NextListLine(std::ifstream& file) {
  std::string line;
  int c = file.get();
  if (c == std::ifstream::traits_type::eof()) return std::nullopt;
  for (; c != std::ifstream::traits_type::eof() && c != '\n'; c = file.get()) {
    line.push_back(static_cast<char>(c));
    if (line.size() > kLongestListLine) break;
  }
  return line;
}

std::string_view WithoutSpaces(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpaces) + 1 - begin);
}

bool HasControls(std::string_view name) {
  return std::ranges::any_of(name, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

}  // namespace

bool IsModelList(const std::string& place) {
  std::error_code failure;
  return std::filesystem::is_regular_file(place, failure) && !HasWeightEnding(place) &&
         !place.ends_with(".json");
}

std::vector<std::string> ReadModelList(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> models;
  std::unordered_set<std::string> known;
  std::uint64_t offset = 0;
  for (std::uint64_t number = 1;; ++number) {
    const auto line = NextListLine(file);
    if (!line) break;
    std::string_view name = *line;
    if (number == 1 && name.starts_with(kByteOrderMark)) name.remove_prefix(kByteOrderMark.size());
    name = WithoutSpaces(name);
    if (name.size() > kLongestListLine || HasControls(name)) {
      throw Error(
          ErrorKind::kBadInput,
          fmt::format("line {} is no name of a model: this file is to name one a line", number),
          {.file = path, .tensor = {}, .offset_bytes = offset});
    }
    offset += line->size() + 1;
    if (name.empty() || name.front() == '#') continue;
    if (known.emplace(name).second) models.emplace_back(name);
  }
  if (!file.eof()) {
    throw Error(ErrorKind::kIo, "can't be read", {.file = path, .tensor = {}, .offset_bytes = {}});
  }
  return models;
}

}  // namespace modelkin
