#include "report/markdown_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/escaped_text.h"
#include "report/text_table.h"

namespace modelkin {

using nlohmann::json;

const json& At(const json& object, std::string_view key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string Code(const json& value) {
  return MarkdownCode(value.is_string() ? value.get<std::string>() : "");
}

std::string TextOf(const json& value, std::string_view otherwise) {
  return value.is_string() ? MarkdownText(value.get<std::string>()) : std::string(otherwise);
}

std::string NumberText(const json& value) {
  if (value.is_number_integer()) return FormatCount(value.get<std::uint64_t>());
  return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "-";
}

std::string MarkdownTable(const std::vector<std::string>& header, const MarkdownRows& rows) {
  std::string text = fmt::format("| {} |\n|{}\n", fmt::join(header, " | "), [&] {
    std::string line;
    for (std::size_t i = 0; i < header.size(); ++i) line += i == 0 ? " --- |" : " ---: |";
    return line;
  }());
  for (const auto& row : rows) text += fmt::format("| {} |\n", fmt::join(row, " | "));
  return text + "\n";
}

}  // namespace modelkin
