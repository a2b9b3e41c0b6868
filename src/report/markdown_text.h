// Pieces of Markdown, out of JSON; what they escape, base/escaped_text.h says.
#ifndef MODELKIN_REPORT_MARKDOWN_TEXT_H_
#define MODELKIN_REPORT_MARKDOWN_TEXT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// A member, or null where there is none.
const nlohmann::json& At(const nlohmann::json& object, std::string_view key);

// As code, in a cell of a table.
std::string Code(const nlohmann::json& value);

std::string TextOf(const nlohmann::json& value, std::string_view otherwise = "-");

// Four digits of a number; "-" for what is none.
std::string NumberText(const nlohmann::json& value);

using MarkdownRows = std::vector<std::vector<std::string>>;

// The first column flush left, the others flush right.
std::string MarkdownTable(const std::vector<std::string>& header, const MarkdownRows& rows);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_MARKDOWN_TEXT_H_
