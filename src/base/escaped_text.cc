#include "base/escaped_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/graph_text.h"
#include "base/terminal_codes.h"
#include "base/utf8.h"

namespace modelkin {
namespace {

struct CodeRange {
  char32_t first, last;
};

// Sorted. U+200B to U+200D are left alone: emoji and some scripts need them.
constexpr std::array<CodeRange, 12> kControls = {{{0x00, 0x1F},
                                                  {0x7F, 0x9F},
                                                  {0x061C, 0x061C},  // Arabic letter mark
                                                  {0x180E, 0x180E},  // Mongolian vowel separator
                                                  {0x200E, 0x200F},
                                                  {0x2028, 0x202E},
                                                  {0x2060, 0x206F},
                                                  {0xFEFF, 0xFEFF},  // byte order mark
                                                  {0xFFF9, 0xFFFB},
                                                  {0xFFFE, 0xFFFF},  // none, which XML forbids
                                                  {0x1D173, 0x1D17A},
                                                  {0xE0000, 0xE0FFF}}};

bool IsControl(char32_t code) {
  return std::ranges::any_of(
      kControls, [&](const CodeRange& range) { return range.first <= code && code <= range.last; });
}

enum class Part { kText, kControl, kInvalid };

// Calls take(part, sequence) for each character, or byte that belongs to none.
template <class Take>
void ForEachCharacter(std::string_view text, const Take& take) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = Utf8SequenceLength(text.substr(i));
    const std::string_view sequence = text.substr(i, std::max<std::size_t>(length, 1));
    take(length == 0                       ? Part::kInvalid
         : IsControl(CodeOfUtf8(sequence)) ? Part::kControl
                                           : Part::kText,
         sequence);
    i += sequence.size();
  }
}

void AppendBytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
}

// Whether anything but printable ASCII, line ends and tabs is there, which is seldom.
bool MayHoldControls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7F' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

constexpr std::size_t kLongestCode = 1024;

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Addresses, with or without a scheme: "://", "@", or a dot before a letter.
bool MayBecomeLink(std::string_view word) {
  if (word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos) {
    return true;
  }
  for (std::size_t i = 0; i + 1 < word.size(); ++i) {
    const char next = word[i + 1];
    if (word[i] == '.' && (IsAsciiLetter(next) || static_cast<unsigned char>(next) >= 0x80)) {
      return true;
    }
  }
  return false;
}

std::size_t LongestRun(std::string_view text, char wanted) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// Of text that is printable.
std::string CodeSpan(std::string_view text) {
  std::string inside;
  for (const char c : text) {
    if (c == '|') inside += '\\';  // in a table even code ends there
    inside += c;
  }
  const std::string fence(LongestRun(inside, '`') + 1, '`');
  const bool padded = inside.empty() || inside.front() == '`' || inside.back() == '`';
  return fmt::format("{0}{1}{2}{1}{0}", fence, padded ? " " : "", inside);
}

// Within a word it is no emphasis, and there many are: "hidden_size".
bool IsWithinWord(std::string_view word, std::size_t underscore) {
  const auto is_letter = [&](std::size_t i) {
    return i < word.size() && (IsAsciiLetter(word[i]) || (word[i] >= '0' && word[i] <= '9'));
  };
  return is_letter(word.find_last_not_of('_', underscore)) &&
         is_letter(word.find_first_not_of('_', underscore));
}

std::string MarkdownWord(std::string_view word) {
  if (MayBecomeLink(word)) return CodeSpan(word);
  std::string escaped;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      const bool is_mark = c == '_' ? !IsWithinWord(word, i)
                                    : std::string_view("|*`[#~$").find(c) != std::string_view::npos;
      if (is_mark) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

// What would begin a list, a rule or a heading's underline if it came first.
std::string WithoutBlockMark(std::string_view text) {
  if (text.empty()) return "";
  const auto ends_mark = [&](std::size_t i) { return i >= text.size() || text[i] == ' '; };
  const char first = text.front();
  const bool is_bullet = (first == '-' || first == '+') && (ends_mark(1) || text[1] == first);
  if (is_bullet || first == '=') return fmt::format("\\{}", text);
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string::npos && (text[digits] == '.' || text[digits] == ')') &&
      ends_mark(digits + 1)) {
    return fmt::format("{}\\{}", text.substr(0, digits), text.substr(digits));
  }
  return std::string(text);
}

// Controls and invalid UTF-8 as the escapes of their bytes, and a backslash before each character
// of `also`.
std::string WithEscapes(std::string_view text, std::size_t max_bytes, std::string_view also) {
  std::string out;
  bool cut = false;
  ForEachCharacter(text.substr(0, max_bytes + 4), [&](Part part, std::string_view sequence) {
    cut = cut || out.size() >= max_bytes;
    if (cut) return;
    if (part != Part::kText) {
      AppendBytes(out, sequence);
      return;
    }
    if (also.find(sequence) != std::string_view::npos) out += '\\';
    out += sequence;
  });
  return cut ? out + "..." : out;
}

}  // namespace

std::string Printable(std::string_view text, std::size_t max_bytes) {
  return WithEscapes(text, max_bytes, "\"\\");
}

std::string WithoutControls(std::string_view text) {
  std::string out;
  ForEachCharacter(text, [&](Part part, std::string_view sequence) {
    if (part == Part::kControl && sequence != "\n" && sequence != "\t") {
      out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(CodeOfUtf8(sequence)));
    } else {
      out += sequence;
    }
  });
  return out;
}

std::string TerminalText(std::string_view text) {
  if (!MayHoldControls(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    if (const std::string_view code = LeadingStyleCode(text); !code.empty()) {
      out += code;
      text.remove_prefix(code.size());
      continue;
    }
    const std::size_t end = std::min(text.find('\x1b', 1), text.size());
    ForEachCharacter(text.substr(0, end), [&](Part part, std::string_view sequence) {
      if (part == Part::kText || sequence == "\n") {
        out += sequence;
      } else {
        AppendBytes(out, sequence);
      }
    });
    text.remove_prefix(end);
  }
  return out;
}

std::string AsciiControlsJson(std::string json) {
  if (!MayHoldControls(json)) return json;
  std::string out;
  ForEachCharacter(json, [&](Part part, std::string_view sequence) {
    const char32_t code = part == Part::kControl ? CodeOfUtf8(sequence) : 0;
    if (code < 0x20) {
      out += sequence;  // no control, or a line end between values
    } else if (code < 0x10000) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
      const std::uint32_t rest = code - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    }
  });
  return out;
}

std::string MarkdownText(std::string_view text, std::size_t max_bytes) {
  const std::string printable = WithEscapes(text, max_bytes, "\\");
  std::string result;
  for (std::size_t begin = 0; begin <= printable.size();) {
    const std::size_t end = std::min(printable.find(' ', begin), printable.size());
    result += MarkdownWord(std::string_view(printable).substr(begin, end - begin));
    if (end < printable.size()) result += ' ';
    begin = end + 1;
  }
  return WithoutBlockMark(result);
}

std::string MarkdownCode(std::string_view text) {
  return CodeSpan(WithEscapes(text, kLongestCode, "\\"));
}

std::string MarkdownBlock(std::string_view text) {
  const std::string fence(std::max<std::size_t>(LongestRun(text, '`') + 1, 3), '`');
  return fmt::format("{0}\n{1}{2}{0}\n", fence, text, text.ends_with('\n') ? "" : "\n");
}

std::string HtmlText(std::string_view text) {
  std::string out;
  ForEachCharacter(text, [&](Part part, std::string_view sequence) {
    if (part == Part::kInvalid) {
      AppendBytes(out, sequence);
    } else if (part == Part::kControl) {
      out += fmt::format("\\u{{{:04X}}}", static_cast<std::uint32_t>(CodeOfUtf8(sequence)));
    } else if (sequence == "<") {
      out += "&lt;";
    } else if (sequence == ">") {
      out += "&gt;";
    } else if (sequence == "&") {
      out += "&amp;";
    } else if (sequence == "\"") {
      out += "&quot;";
    } else if (sequence == "'") {
      out += "&#39;";
    } else {
      out += sequence;
    }
  });
  return out;
}

std::string CsvField(std::string_view text) {
  std::string field;
  bool needs_quotes = text.starts_with(' ') || text.ends_with(' ');
  ForEachCharacter(text, [&](Part part, std::string_view sequence) {
    if (part != Part::kText) {
      AppendBytes(field, sequence);
      return;
    }
    needs_quotes = needs_quotes || sequence == "," || sequence == ";" || sequence == "\"";
    if (sequence == "\"") field += '"';
    field += sequence;
  });
  const std::string_view rest =
      std::string_view(field).substr(std::min(field.find_first_not_of(' '), field.size()));
  constexpr std::string_view kFormulas[] = {"=",      "+",      "-",      "@",
                                            "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
  const bool is_formula =
      std::ranges::any_of(kFormulas, [&](std::string_view sign) { return rest.starts_with(sign); });
  if (!is_formula && !needs_quotes) return field;
  return fmt::format("\"{}{}\"", is_formula ? "'" : "", field);
}

std::string XmlText(std::string_view text) {
  std::string out;
  ForEachCharacter(text, [&](Part part, std::string_view sequence) {
    // U+FFFE and U+FFFF, which are no characters.
    const bool is_none = sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
    if (part != Part::kText || is_none) return AppendBytes(out, sequence);
    if (sequence == "&") {
      out += "&amp;";
    } else if (sequence == "<") {
      out += "&lt;";
    } else if (sequence == ">") {
      out += "&gt;";
    } else if (sequence == "\"") {
      out += "&quot;";
    } else {
      out += sequence;
    }
  });
  return out;
}

std::string NewickLabel(std::string_view text) {
  std::string out = "'";
  ForEachCharacter(text, [&](Part part, std::string_view sequence) {
    if (part != Part::kText) return AppendBytes(out, sequence);
    out += sequence;
    if (sequence == "'") out += sequence;
  });
  return out + "'";
}

}  // namespace modelkin
