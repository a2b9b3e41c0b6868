#include "report/markdown_text.h"

#include <fmt/format.h>

#include <cmath>

#include "report/text_table.h"

namespace modelkin {

std::string NumberText(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-";
}

std::string NumberText(std::uint64_t value) { return FormatCount(value); }

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
