#include "report/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/display_width.h"

namespace modelkin {
namespace {

std::string Padded(std::string_view text, std::size_t width, bool left) {
  const std::string padding(width - std::min(width, DisplayWidth(text)), ' ');
  return left ? std::string(text) + padding : padding + std::string(text);
}

}  // namespace

std::string TextStyle::Wrap(std::string_view code, std::string_view text) const {
  return colour_ ? fmt::format("{}{}{}", code, text, kPlainCode) : std::string(text);
}

std::string TextTable::Render(const TextStyle& style) const {
  std::vector<std::size_t> widths;
  widths.reserve(header_.size());
  for (const std::string& cell : header_) widths.push_back(DisplayWidth(cell));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += "  " + Padded(cells[i], widths[i], i == 0);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  };
  if (rows_.empty()) return "";
  std::string text = style.Bold(line(header_)) + "\n";
  for (const auto& row : rows_) text += line(row) + "\n";
  return text;
}

}  // namespace modelkin
