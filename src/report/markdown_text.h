// Pieces of Markdown; what they escape, base/escaped_text.h says.
#ifndef MODELKIN_REPORT_MARKDOWN_TEXT_H_
#define MODELKIN_REPORT_MARKDOWN_TEXT_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace modelkin {

// Four digits; "-" where it is not finite.
std::string NumberText(double value);
// With commas between thousands.
std::string NumberText(std::uint64_t value);
template <std::unsigned_integral Count>
std::string NumberText(Count value) {
  return NumberText(std::uint64_t{value});
}
// "-" for nothing.
template <class Number>
std::string NumberText(const std::optional<Number>& value) {
  return value ? NumberText(*value) : "-";
}

using MarkdownRows = std::vector<std::vector<std::string>>;

// The first column flush left, the others flush right.
std::string MarkdownTable(const std::vector<std::string>& header, const MarkdownRows& rows);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_MARKDOWN_TEXT_H_
