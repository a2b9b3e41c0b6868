#include "checkpoint/shard_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "checkpoint/weight_file_name.h"

namespace modelkin {
namespace {

constexpr std::string_view kOf = "-of-";
constexpr std::size_t kMostDigits = 5;

std::optional<std::uint32_t> ParseDigits(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = !digits.empty() && digits.size() <= kMostDigits &&
                     end == digits.data() + digits.size() && error == std::errc();
  return whole ? std::optional(number) : std::nullopt;
}

// Names the shard as the one at hand is, with as many digits.
std::string Sibling(std::string_view file, std::uint32_t number) {
  const std::string_view name = WithoutWeightEnding(file);
  const std::size_t of = name.rfind(kOf);
  const std::size_t dash = name.rfind('-', of - 1);
  return fmt::format("{}{:0{}}{}", file.substr(0, dash + 1), number, of - dash - 1,
                     file.substr(of));
}

std::vector<std::string> MissingOf(const std::vector<std::string>& files, std::uint32_t of) {
  std::set<std::uint32_t> there;
  for (const std::string& file : files) there.insert(ParseShardName(file)->number);
  const std::uint32_t first = there.contains(0) ? 0 : 1;  // some count from 0
  std::vector<std::string> missing;
  for (std::uint32_t number = first; number < first + of; ++number) {
    if (!there.contains(number)) missing.push_back(Sibling(files.front(), number));
  }
  return missing;
}

}  // namespace

std::optional<ShardName> ParseShardName(std::string_view file) {
  if (!HasWeightEnding(file)) return std::nullopt;
  const std::string_view name = WithoutWeightEnding(file);
  const std::size_t of = name.rfind(kOf);
  if (of == std::string_view::npos || of == 0) return std::nullopt;
  const std::size_t dash = name.rfind('-', of - 1);
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = ParseDigits(name.substr(dash + 1, of - dash - 1));
  const auto count = ParseDigits(name.substr(of + kOf.size()));
  if (!number || !count || *count == 0 || *number > *count) return std::nullopt;
  return ShardName{std::string(name.substr(0, dash)), *number, *count};
}

std::vector<ShardSet> ShardSetsOf(const std::vector<std::string>& files) {
  std::vector<ShardSet> sets;
  std::vector<std::uint32_t> counts;
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> by_name;
  for (const std::string& file : files) {
    const auto shard = ParseShardName(file);
    const std::string stem = shard ? shard->stem : std::string(WithoutWeightEnding(file));
    const std::uint32_t of = shard ? shard->of : 0;
    const auto [found, fresh] = by_name.emplace(std::pair(stem, of), sets.size());
    if (fresh) {
      sets.push_back({.stem = stem, .files = {}, .missing = {}});
      counts.push_back(of);
    }
    sets[found->second].files.push_back(file);
  }
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (counts[i] > 0) sets[i].missing = MissingOf(sets[i].files, counts[i]);
  }
  return sets;
}

}  // namespace modelkin
