#include "report/wrapped_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/display_width.h"

namespace modelkin {
namespace {

// Lines that grow by words.
class Lines {
 public:
  explicit Lines(const Margins& margins) : margins_(margins), line_(margins.label) {
    used_ = DisplayWidth(line_);
    if (used_ + 1 > margins_.indent && used_ > 0) {
      line_ += ' ';
      ++used_;
    }
    Indent();
  }

  void Add(std::string_view word) {
    const std::size_t columns = DisplayWidth(word);
    const std::size_t gap = has_words_ ? 1 : 0;
    if (used_ + gap + columns > margins_.width && (has_words_ || used_ > margins_.indent)) End();
    if (has_words_) {
      line_ += ' ';
      ++used_;
    }
    while (used_ + DisplayWidth(word) > margins_.width) {
      const std::size_t room = margins_.width - std::min(margins_.width, used_);
      const std::size_t bytes = std::max(BytesWithin(word, room), FirstUnit(word).bytes);
      if (bytes == word.size()) break;  // no room at all: each character has a line
      line_ += word.substr(0, bytes);
      word.remove_prefix(bytes);
      End();
    }
    line_ += word;
    used_ += DisplayWidth(word);
    has_words_ = true;
  }

  void End() {
    line_.erase(line_.find_last_not_of(' ') + 1);
    text_ += line_ + '\n';
    line_.clear();
    used_ = 0;
    has_words_ = false;
    Indent();
  }

  std::string Text() && { return std::move(text_); }

 private:
  void Indent() {
    if (used_ >= margins_.indent) return;
    line_.append(margins_.indent - used_, ' ');
    used_ = margins_.indent;
  }

  const Margins& margins_;
  std::string text_;
  std::string line_;
  std::size_t used_ = 0;  // columns of the line
  bool has_words_ = false;
};

// Bytes of what stands before a line's words.
std::size_t BeforeWords(std::string_view line) {
  const std::size_t cell = line.rfind("  ");
  if (cell != std::string_view::npos && line.find_first_not_of(" |", 0) < cell) return cell + 2;
  const std::size_t begin = line.find_first_not_of(" |");
  if (begin == std::string_view::npos) return line.size();
  return line.substr(begin).starts_with("- ") ? begin + 2 : begin;
}

bool IsRowOfMarkdown(std::string_view line) { return line.starts_with('|') && line.ends_with('|'); }

// A line that is too wide.
std::string WrappedLine(std::string_view line, std::size_t width) {
  const std::string_view before = line.substr(0, BeforeWords(line));
  const std::size_t indent = DisplayWidth(before);
  if (indent > width / 2 || IsRowOfMarkdown(line)) return fmt::format("{}\n", line);
  const std::string lines =
      Wrapped(line.substr(before.size()), {.width = width - indent, .indent = 0});
  std::string bars(indent, ' ');
  for (std::size_t i = 0; i < std::min(bars.size(), before.size()); ++i) {
    if (before[i] != ' ' && before[i] != '|') break;
    bars[i] = before[i];
  }
  std::string text;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    text +=
        fmt::format("{}{}\n", text.empty() ? before : std::string_view(bars), rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return text;
}

}  // namespace

std::string WithinWidth(std::string_view text, std::size_t width) {
  std::string fitted;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    fitted += DisplayWidth(line) <= width ? fmt::format("{}\n", line) : WrappedLine(line, width);
  }
  return fitted;
}

std::string Wrapped(std::string_view text, const Margins& margins) {
  Lines lines(margins);
  while (true) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) lines.Add(text.substr(0, end));
    if (end == text.size()) break;
    if (text[end] == '\n') lines.End();
    text.remove_prefix(end + 1);
  }
  lines.End();
  return std::move(lines).Text();
}

std::string Shortened(std::string_view text, std::size_t columns) {
  constexpr std::string_view kGap = "...";
  const std::size_t whole = DisplayWidth(text);
  if (whole <= columns) return std::string(text);
  if (columns <= kGap.size()) return std::string(text.substr(0, BytesWithin(text, columns)));
  const std::size_t kept = columns - kGap.size();
  const std::size_t head = kept / 3;
  std::string shortened(text.substr(0, BytesWithin(text, head)));
  // The end: what is left when as many columns as need be, and marks on them, are gone.
  std::size_t gone = 0;
  while (!text.empty()) {
    const TextUnit unit = FirstUnit(text);
    if (unit.columns > 0 && gone >= whole - (kept - head)) break;
    gone += unit.columns;
    text.remove_prefix(unit.bytes);
  }
  return shortened.append(kGap).append(text);
}

}  // namespace modelkin
