#include "tokenizer/tokenizer_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace modelkin {
namespace {

using IdByText = std::unordered_map<std::string_view, std::uint64_t>;

struct IdPair {
  std::uint64_t a, b;
};

IdByText IdsOf(const Tokenizer& tokenizer) {
  IdByText ids;
  for (const Token& token : tokenizer.tokens) ids.emplace(token.bytes, token.id);
  return ids;
}

// Places of `values` in their order, from 0; equal values share the mean of theirs.
std::vector<double> RanksOf(const std::vector<std::uint64_t>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end - 1) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

// Spearman's rho: Pearson's r of the ranks.
std::optional<double> Spearman(const std::vector<IdPair>& pairs) {
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  for (const IdPair& pair : pairs) {
    a.push_back(pair.a);
    b.push_back(pair.b);
  }
  const std::vector<double> ranks_a = RanksOf(a);
  const std::vector<double> ranks_b = RanksOf(b);
  const double mean = (static_cast<double>(pairs.size()) - 1) / 2;
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    aa += (ranks_a[i] - mean) * (ranks_a[i] - mean);
    bb += (ranks_b[i] - mean) * (ranks_b[i] - mean);
    ab += (ranks_a[i] - mean) * (ranks_b[i] - mean);
  }
  if (aa == 0 || bb == 0) return std::nullopt;
  return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

// Sorted by a.
std::vector<IdPair> SharedOf(const IdByText& a, const IdByText& b) {
  std::vector<IdPair> shared;
  for (const auto& [text, id] : a) {
    if (const auto found = b.find(text); found != b.end()) shared.push_back({id, found->second});
  }
  std::ranges::sort(shared, {}, [](const IdPair& pair) { return std::pair(pair.a, pair.b); });
  return shared;
}

void CountOffsets(const std::vector<IdPair>& shared, TokenizerComparison& result) {
  constexpr std::size_t kListed = 10;
  std::map<std::int64_t, std::uint64_t> counts;
  OffsetRun run;
  for (const IdPair& pair : shared) {
    ++counts[static_cast<std::int64_t>(pair.b) - static_cast<std::int64_t>(pair.a)];
    const bool goes_on = run.length > 0 && pair.a == run.first_id_a + run.length &&
                         pair.b == run.first_id_b + run.length;
    run = goes_on ? OffsetRun{run.first_id_a, run.first_id_b, run.length + 1}
                  : OffsetRun{pair.a, pair.b, 1};
    if (run.length > result.longest_run.length) result.longest_run = run;
  }
  for (const auto& [offset, tokens] : counts) result.offsets.push_back({offset, tokens});
  std::ranges::stable_sort(result.offsets, std::greater<>(), &OffsetCount::tokens);
  if (result.offsets.size() > kListed) result.offsets.resize(kListed);
  const auto none = counts.find(0);
  result.same_id = none == counts.end() ? 0 : none->second;
}

// One text for each merge: the length of the left side keeps "a"+"bc" and "ab"+"c" apart.
std::vector<std::string> MergeKeys(const Tokenizer& tokenizer) {
  std::vector<std::string> keys;
  keys.reserve(tokenizer.merges.size());
  for (const Merge& merge : tokenizer.merges) {
    keys.push_back(std::to_string(merge.left.size()) + ' ' + merge.left + merge.right);
  }
  return keys;
}

void CompareMerges(const Tokenizer& a, const Tokenizer& b, TokenizerComparison& result) {
  const std::vector<std::string> keys_a = MergeKeys(a);
  const std::vector<std::string> keys_b = MergeKeys(b);
  IdByText ranks_a;
  IdByText ranks_b;
  for (std::size_t i = 0; i < keys_a.size(); ++i) ranks_a.emplace(keys_a[i], i);
  for (std::size_t i = 0; i < keys_b.size(); ++i) ranks_b.emplace(keys_b[i], i);
  const std::vector<IdPair> shared = SharedOf(ranks_a, ranks_b);
  result.merges = {ranks_a.size(), ranks_b.size(), shared.size()};
  result.merge_rank_correlation = Spearman(shared);
}

void CompareSpecial(const Tokenizer& a, const Tokenizer& b, TokenizerComparison& result) {
  std::set<std::string> of_a;
  std::set<std::string> of_b;
  for (const Token& token : a.tokens) {
    if (token.special) of_a.insert(token.bytes);
  }
  for (const Token& token : b.tokens) {
    if (token.special) of_b.insert(token.bytes);
  }
  std::ranges::set_intersection(of_a, of_b, std::back_inserter(result.special_shared));
  std::ranges::set_difference(of_a, of_b, std::back_inserter(result.special_only_a));
  std::ranges::set_difference(of_b, of_a, std::back_inserter(result.special_only_b));
}

std::optional<double> Ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::optional<double> Overlap::jaccard() const { return Ratio(shared, a + b - shared); }

std::optional<double> Overlap::share_of_smaller() const { return Ratio(shared, std::min(a, b)); }

TokenizerComparison CompareTokenizers(const Tokenizer& a, const Tokenizer& b) {
  TokenizerComparison result;
  const IdByText ids_a = IdsOf(a);
  const IdByText ids_b = IdsOf(b);
  const std::vector<IdPair> shared = SharedOf(ids_a, ids_b);
  result.tokens = {ids_a.size(), ids_b.size(), shared.size()};
  CountOffsets(shared, result);
  result.order_correlation = Spearman(shared);
  CompareMerges(a, b, result);
  CompareSpecial(a, b, result);
  return result;
}

}  // namespace modelkin
