#include "architecture/size_expression.h"

#include <algorithm>
#include <charconv>

#include "base/checked_arithmetic.h"

namespace modelkin {
namespace {

using Size = std::optional<std::uint64_t>;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Recursive descent over expressions that this program's own tables hold: their depth is theirs.
class Evaluator {
 public:
  Evaluator(std::string_view text, const SizeLookup& sizes) : text_(text), sizes_(sizes) {}

  Size Run() {
    const Size value = Sum();
    SkipSpaces();
    return text_.empty() ? value : std::nullopt;
  }

 private:
  void SkipSpaces() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }

  bool Take(char wanted) {
    SkipSpaces();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  Size Sum() {
    Size value = Product();
    while (value) {
      if (Take('+')) {
        const Size term = Product();
        value = term ? CheckedAdd(*value, *term) : std::nullopt;
      } else if (Take('-')) {
        const Size term = Product();
        value = term && *term <= *value ? Size(*value - *term) : std::nullopt;
      } else {
        break;
      }
    }
    return value;
  }

  Size Product() {
    Size value = Factor();
    while (value) {
      if (Take('*')) {
        const Size factor = Factor();
        value = factor ? CheckedMultiply(*value, *factor) : std::nullopt;
      } else if (Take('/')) {
        const bool rounded = Take('/');
        const Size divisor = Factor();
        const bool whole = divisor && *divisor != 0 && (rounded || *value % *divisor == 0);
        value = whole ? Size(*value / *divisor) : std::nullopt;
      } else {
        break;
      }
    }
    return value;
  }

  Size Factor() {
    if (Take('(')) {
      const Size value = Sum();
      return Take(')') ? value : std::nullopt;
    }
    SkipSpaces();
    const auto end = std::ranges::find_if_not(text_, IsNameCharacter);
    const std::string_view word = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
    text_.remove_prefix(word.size());
    std::uint64_t number = 0;
    const auto [rest, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failure == std::errc() && rest == word.data() + word.size()) return number;
    return word.empty() ? std::nullopt : sizes_(word);
  }

  std::string_view text_;
  const SizeLookup& sizes_;
};

}  // namespace

std::optional<std::uint64_t> EvaluateSize(std::string_view expression, const SizeLookup& sizes) {
  return Evaluator(expression, sizes).Run();
}

std::vector<std::string_view> NamesIn(std::string_view expression) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < expression.size();) {
    std::size_t end = at;
    while (end < expression.size() && IsNameCharacter(expression[end])) ++end;
    const std::string_view word = expression.substr(at, end - at);
    const bool name = !word.empty() && (word.front() < '0' || word.front() > '9');
    if (name && std::ranges::find(names, word) == names.end()) names.push_back(word);
    at = std::max(end, at + 1);
  }
  return names;
}

std::vector<std::string_view> SplitShape(std::string_view shape) {
  std::vector<std::string_view> axes;
  while (!shape.empty()) {
    const std::size_t comma = std::min(shape.find(','), shape.size());
    std::string_view axis = shape.substr(0, comma);
    axis.remove_prefix(std::min(axis.find_first_not_of(' '), axis.size()));
    axes.push_back(axis);
    shape.remove_prefix(std::min(comma + 1, shape.size()));
  }
  return axes;
}

}  // namespace modelkin
