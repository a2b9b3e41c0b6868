#include "scan/rename.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "source/byte_source.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestKeyMap = std::uint64_t{64} << 20;

std::vector<std::string_view> SplitAtStars(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t star = text.find('*');
    pieces.push_back(text.substr(0, star));
    if (star == std::string_view::npos) return pieces;
    text.remove_prefix(star + 1);
  }
}

// What the stars of `pattern` stand for in `name`, each as short as possible; nullopt: no match.
std::optional<std::vector<std::string_view>> MatchStars(std::string_view pattern,
                                                        std::string_view name) {
  const std::vector<std::string_view> pieces = SplitAtStars(pattern);
  if (pieces.size() == 1) {
    if (pattern != name) return std::nullopt;
    return std::vector<std::string_view>();
  }
  if (!name.starts_with(pieces.front())) return std::nullopt;
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

}  // namespace

std::string Rename(const std::vector<RenameRule>& rules, const std::string& name) {
  for (const RenameRule& rule : rules) {
    const auto stars = MatchStars(rule.pattern, name);
    if (!stars) continue;
    const std::vector<std::string_view> pieces = SplitAtStars(rule.replacement);
    std::string renamed(pieces.front());
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      renamed += (*stars)[i - 1];
      renamed += pieces[i];
    }
    return renamed;
  }
  return name;
}

std::vector<RenameRule> ReadRenameRules(const std::string& path) {
  const auto fail = [&](const std::string& message) {
    throw Error(ErrorKind::kUsage, "key map: " + message, {.file = path});
  };
  std::shared_ptr<const ByteSource> file;
  try {
    file = OpenFile(path);
  } catch (const Error& error) {
    fail(error.message());  // there is none, or it is no regular file
  }
  if (file->size_bytes() > kLargestKeyMap) fail("is larger than 64 MiB");
  std::vector<std::byte> scratch;
  const auto bytes = file->Read(0, file->size_bytes(), scratch);
  nlohmann::ordered_json map;
  try {
    map = nlohmann::ordered_json::parse(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  } catch (const nlohmann::json::exception& error) {
    fail(Printable(error.what()));
  }
  if (!map.is_object()) fail("not a JSON object of names");
  std::vector<RenameRule> rules;
  for (const auto& [pattern, replacement] : map.items()) {
    if (!replacement.is_string())
      fail(fmt::format("\"{}\" is not given a name", Printable(pattern)));
    rules.push_back({.pattern = pattern, .replacement = replacement.get<std::string>()});
    if (std::ranges::count(rules.back().replacement, '*') > std::ranges::count(pattern, '*')) {
      fail(fmt::format("\"{}\" has more \"*\" than its pattern",
                       Printable(rules.back().replacement)));
    }
  }
  return rules;
}

}  // namespace modelkin
