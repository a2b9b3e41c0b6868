#include "report/wrapped_text.h"

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

}  // namespace

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
