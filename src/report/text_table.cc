#include "report/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

std::string FormatCount(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string FormatShare(std::uint64_t part, std::uint64_t whole, int decimals) {
  if (whole == 0) return "";
  if (part == whole) return "100%";
  const double smallest = std::pow(10.0, -decimals);
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && percent < smallest) return fmt::format("<{:.{}f}%", smallest, decimals);
  if (percent > 100 - smallest) return fmt::format(">{:.{}f}%", 100 - smallest, decimals);
  return fmt::format("{:.{}f}%", percent, decimals);
}

std::string FormatUnit(double value) {
  std::string text = fmt::format("{:.4f}", value);
  if (text == "-0.0000") text = "0.0000";
  if ((text == "1.0000" && value != 1) || (text == "-1.0000" && value != -1)) {
    text = value < 0 ? "<-0.9999" : ">0.9999";
  }
  return text;
}

std::string FormatQuantity(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", FormatCount(count), noun, count == 1 ? "" : "s");
}

}  // namespace modelkin
