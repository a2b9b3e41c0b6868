#include "checkpoint/module_pattern.h"

#include <algorithm>
#include <bitset>
#include <vector>

namespace modelkin {
namespace {

constexpr std::size_t kMostPatternBytes = 256;
constexpr std::size_t kMostModuleBytes = 511;
constexpr int kMostPatternDepth = 16;

// Places in a name, from before its first character to after its last.
using PlaceSet = std::bitset<kMostModuleBytes + 1>;
using CharacterSet = std::bitset<128>;

// An expression as the set of places where a match can end, of those where it can begin.
struct Expression {
  enum class Kind { kCharacters, kBegin, kEnd, kSequence, kChoice, kRepeated } kind;
  CharacterSet characters = {};
  std::vector<Expression> parts = {};
  bool may_be_none = false;  // of kRepeated: "*" and "?"
  bool may_be_many = false;  // "*" and "+"

  PlaceSet Match(std::string_view name, const PlaceSet& from) const {
    PlaceSet to;
    switch (kind) {
      case Kind::kCharacters:
        for (std::size_t i = 0; i < name.size(); ++i) {
          if (from[i] && characters[static_cast<unsigned char>(name[i])]) to.set(i + 1);
        }
        return to;
      case Kind::kBegin: to[0] = from[0]; return to;
      case Kind::kEnd: to[name.size()] = from[name.size()]; return to;
      case Kind::kSequence:
        to = from;
        for (const Expression& part : parts) to = part.Match(name, to);
        return to;
      case Kind::kChoice:
        for (const Expression& part : parts) to |= part.Match(name, from);
        return to;
      case Kind::kRepeated: break;
    }
    if (may_be_none) to = from;
    PlaceSet fresh = from;
    do {
      fresh = parts[0].Match(name, fresh) & ~to;
      to |= fresh;
    } while (may_be_many && fresh.any());
    return to;
  }

  bool HasRepeated() const {
    return kind == Kind::kRepeated || std::ranges::any_of(parts, &Expression::HasRepeated);
  }
};

// Reads an expression. Members return nothing of what is not known.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  std::optional<Expression> Parse() {
    auto all = Choice(0);
    return at_ == text_.size() ? std::move(all) : std::nullopt;
  }

 private:
  using Kind = Expression::Kind;

  bool Take(char character) {
    if (at_ >= text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }

  std::optional<Expression> Choice(int depth) {
    Expression choice{.kind = Kind::kChoice};
    do {
      auto sequence = Sequence(depth);
      if (!sequence) return std::nullopt;
      choice.parts.push_back(std::move(*sequence));
    } while (Take('|'));
    return choice;
  }

  std::optional<Expression> Sequence(int depth) {
    Expression sequence{.kind = Kind::kSequence};
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      auto item = Item(depth);
      if (!item) return std::nullopt;
      const bool one_or_more = Take('+'), any = !one_or_more && Take('*');
      const bool maybe = !one_or_more && !any && Take('?');
      if (one_or_more || any || maybe) {
        Take('?');  // the shorter match first: there is a match or not
        if (item->HasRepeated()) return std::nullopt;
        Expression repeated{
            .kind = Kind::kRepeated, .may_be_none = !one_or_more, .may_be_many = !maybe};
        repeated.parts.push_back(std::move(*item));
        item = std::move(repeated);
      }
      if (at_ < text_.size() && std::string_view("*+?{").find(text_[at_]) != text_.npos) {
        return std::nullopt;
      }
      sequence.parts.push_back(std::move(*item));
    }
    return sequence;
  }

  std::optional<Expression> Item(int depth) {
    const char character = text_[at_++];
    switch (character) {
      case '(': {
        if (depth >= kMostPatternDepth) return std::nullopt;
        if (Take('?') && !Take(':')) return std::nullopt;
        auto group = Choice(depth + 1);
        return group && Take(')') ? std::move(group) : std::nullopt;
      }
      case '^': return Expression{.kind = Kind::kBegin};
      case '$': return Expression{.kind = Kind::kEnd};
      case '.': return Expression{.kind = Kind::kCharacters, .characters = CharacterSet().set()};
      case '[': return Set();
      case '\\': return Escape();
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']': return std::nullopt;
      default: return One(character);
    }
  }

  static Expression One(char character) {
    Expression one{.kind = Kind::kCharacters};
    one.characters.set(static_cast<unsigned char>(character));
    return one;
  }

  static void AddRange(CharacterSet& set, char first, char last) {
    const unsigned from = static_cast<unsigned char>(first), to = static_cast<unsigned char>(last);
    for (unsigned c = from; c <= to; ++c) set.set(c);
  }

  std::optional<Expression> Escape() {
    if (at_ >= text_.size()) return std::nullopt;
    const char character = text_[at_++];
    Expression set{.kind = Kind::kCharacters};
    if (character == 'd' || character == 'w') AddRange(set.characters, '0', '9');
    if (character == 'w') {
      AddRange(set.characters, 'a', 'z');
      AddRange(set.characters, 'A', 'Z');
      set.characters.set('_');
    }
    if (set.characters.any()) return set;
    const bool is_letter = (character >= 'a' && character <= 'z') ||
                           (character >= 'A' && character <= 'Z') ||
                           (character >= '0' && character <= '9');
    return is_letter ? std::nullopt : std::optional(One(character));
  }

  // Of letters, digits, "_", "-" and "."; ranges of these.
  std::optional<Expression> Set() {
    Expression set{.kind = Kind::kCharacters};
    while (at_ < text_.size() && text_[at_] != ']') {
      const char first = text_[at_++];
      if (first == '\\' || first == '^' || first == '[' || first == '-') return std::nullopt;
      char last = first;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        last = text_[at_ + 1];
        at_ += 2;
      }
      if (last < first) return std::nullopt;
      AddRange(set.characters, first, last);
    }
    return Take(']') && set.characters.any() ? std::optional(std::move(set)) : std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool IsPlainAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7F; });
}

constexpr std::string_view kWords =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";

// Of a pattern of these alone, as most are: "." fits any character.
bool EndsInWords(std::string_view pattern, std::string_view name) {
  if (pattern.size() > name.size()) return false;
  const std::size_t first = name.size() - pattern.size();
  if (first > 0 && name[first - 1] != '.') return false;
  return std::ranges::equal(pattern, name.substr(first),
                            [](char p, char c) { return p == '.' || p == c; });
}

}  // namespace

std::optional<bool> MatchesModule(std::string_view pattern, std::string_view name) {
  if (pattern.size() > kMostModuleBytes || name.size() > kMostModuleBytes ||
      !IsPlainAscii(pattern) || !IsPlainAscii(name)) {
    return std::nullopt;
  }
  if (pattern.find_first_not_of(kWords) == pattern.npos) return EndsInWords(pattern, name);
  if (pattern.size() > kMostPatternBytes) return std::nullopt;
  const auto expression = ExpressionParser(pattern).Parse();
  if (!expression) return std::nullopt;
  PlaceSet from;
  from.set(0);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '.') from.set(i + 1);
  }
  return expression->Match(name, from)[name.size()];
}

}  // namespace modelkin
