#include "scan/rename.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "base/escaped_text.h"
#include "source/byte_source.h"
#include "source/json_text.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestKeyMap = std::uint64_t{4} << 20;
constexpr std::size_t kMostStarred = 1000;  // each is tried on each name

std::vector<std::string_view> SplitAtStars(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t star = text.find('*');
    pieces.push_back(text.substr(0, star));
    if (star == std::string_view::npos) return pieces;
    text.remove_prefix(star + 1);
  }
}

// What the stars of `pattern`, which has one at least, stand for in `name`, each as short as
// possible; nullopt: no match.
std::optional<std::vector<std::string_view>> MatchStars(std::string_view pattern,
                                                        std::string_view name) {
  if (!name.starts_with(pattern.substr(0, pattern.find('*')))) return std::nullopt;
  const std::vector<std::string_view> pieces = SplitAtStars(pattern);
  name.remove_prefix(pieces.front().size());
  std::vector<std::string_view> stars;
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = name.find(pieces[i]);
    if (at == std::string_view::npos) return std::nullopt;
    stars.push_back(name.substr(0, at));
    name.remove_prefix(at + pieces[i].size());
  }
  if (!name.ends_with(pieces.back())) return std::nullopt;
  stars.push_back(name.substr(0, name.size() - pieces.back().size()));
  return stars;
}

bool HasStar(const RenameRule& rule) { return rule.pattern.find('*') != std::string::npos; }

// A star that stands for nothing.
bool HasStarTooMany(const RenameRule& rule) {
  return std::ranges::count(rule.replacement, '*') > std::ranges::count(rule.pattern, '*');
}

std::string StarTooMany(const RenameRule& rule) {
  return fmt::format("\"{}\" has more \"*\" than its pattern", Printable(rule.replacement));
}

std::string TooManyStarred() {
  return fmt::format("has over {} patterns with \"*\"", kMostStarred);
}

// {"pattern": "replacement"}, in the file's order.
class KeyMapHandler : public JsonHandler {
 public:
  explicit KeyMapHandler(const std::string& path) : JsonHandler(path, 0) { context_ = "it"; }

  std::vector<RenameRule> Take() { return std::move(rules_); }

  bool start_object(std::size_t) override {
    if (begun_) return Unexpected("an object");
    begun_ = true;
    return true;
  }
  bool key(std::string& pattern) override {
    if (!patterns_.insert(pattern).second) {
      Fail(fmt::format("\"{}\" is there twice", Printable(pattern)));
    }
    rules_.push_back({.pattern = std::move(pattern), .replacement = {}});
    if (HasStar(rules_.back()) && ++starred_ > kMostStarred) Fail(TooManyStarred());
    return true;
  }
  bool string(std::string& replacement) override {
    RenameRule& rule = rules_.back();
    rule.replacement = std::move(replacement);
    if (HasStarTooMany(rule)) Fail(StarTooMany(rule));
    return true;
  }
  bool end_object() override { return true; }

 private:
  bool begun_ = false;
  std::size_t starred_ = 0;
  std::vector<RenameRule> rules_;
  std::unordered_set<std::string> patterns_;
};

}  // namespace

Renamer::Renamer(const std::vector<RenameRule>& rules) : rules_(rules) {
  const auto fail = [](const std::string& problem) {
    throw Error(ErrorKind::kUsage, fmt::format("key map: {}", problem));
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (HasStarTooMany(rules[i])) fail(StarTooMany(rules[i]));
    if (HasStar(rules[i])) {
      starred_.push_back(i);
    } else {
      exact_.emplace(rules[i].pattern, i);
    }
  }
  if (starred_.size() > kMostStarred) fail(TooManyStarred());
}

std::string Renamer::operator()(const std::string& name) const {
  const auto exact = exact_.find(name);
  const std::size_t end = exact == exact_.end() ? rules_.size() : exact->second;
  for (const std::size_t i : starred_) {
    if (i > end) break;
    const auto stars = MatchStars(rules_[i].pattern, name);
    if (!stars) continue;
    const std::vector<std::string_view> pieces = SplitAtStars(rules_[i].replacement);
    std::string renamed(pieces.front());
    for (std::size_t k = 1; k < pieces.size(); ++k) {
      renamed += (*stars)[k - 1];
      renamed += pieces[k];
    }
    return renamed;
  }
  return exact == exact_.end() ? name : rules_[end].replacement;
}

std::vector<RenameRule> ParseRenameRules(const std::string& path, std::string_view text) {
  KeyMapHandler handler(path);
  handler.Parse(text);
  return handler.Take();
}

std::vector<RenameRule> ReadRenameRules(const std::string& path) {
  try {
    const auto file = MapFile(path);
    if (file->size_bytes() > kLargestKeyMap) {
      throw Error(ErrorKind::kUsage, fmt::format("has over {} bytes", kLargestKeyMap),
                  {.file = path});
    }
    std::vector<std::byte> scratch;
    const auto bytes = file->Read(0, file->size_bytes(), scratch);
    return ParseRenameRules(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kIo) throw;
    throw Error(ErrorKind::kUsage, fmt::format("key map: {}", error.message()), error.site());
  }
}

}  // namespace modelkin
