// The one place that escapes: names and values of models and folders, which anybody may have
// chosen, for each form in which they get out. The script of the report's page gets JSON and makes
// text nodes.
#ifndef MODELKIN_BASE_ESCAPED_TEXT_H_
#define MODELKIN_BASE_ESCAPED_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace modelkin {

// What below is called a control: C0 and C1, DEL, what sets the direction of writing, separators of
// lines and paragraphs, annotations, invisible operators and tags. A terminal or a page obeys them,
// and a reader doesn't see them.

// Returns `text` with controls, quotes, backslashes and invalid UTF-8 written as escapes, cut to
// `max_bytes` (then ending in "..."). For a line on a terminal, and inside quotes.
std::string Printable(std::string_view text, std::size_t max_bytes = 256);

// Returns `text` with controls but line ends and tabs written as "\u{202E}", and all else as it is.
std::string WithoutControls(std::string_view text);

// Returns a text of many lines for a terminal, where all controls but line ends and the codes of
// base/terminal_codes.h are escapes. It is a last net below Printable.
std::string TerminalText(std::string_view text);

// Returns `json` with controls inside its strings as \u escapes, which are the same strings.
std::string AsciiControlsJson(std::string json);

// Returns Markdown (GitHub's) that shows the text and nothing else: no markup, HTML or link. Words
// that could become links are shown as code. It may stand in a cell of a table.
std::string MarkdownText(std::string_view text, std::size_t max_bytes = 1024);
// Returns the same, all of it as code.
std::string MarkdownCode(std::string_view text);
// Returns lines between fences that the text can't close.
std::string MarkdownBlock(std::string_view text);

// Returns text for HTML, as content or inside a quoted attribute: no markup, controls and invalid
// UTF-8 as escapes.
std::string HtmlText(std::string_view text);

// Returns a field of CSV (RFC 4180) that spreadsheets take for text: what begins like a formula has
// "'" before it. Controls are escapes.
std::string CsvField(std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_BASE_ESCAPED_TEXT_H_
