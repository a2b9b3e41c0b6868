#include "atlas/between_scan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/parallel.h"
#include "statistics/between_test.h"

namespace modelkin {
namespace {

// Better explained by its two than by others' two.
bool ExplainsMore(const TreeBetween& left, const TreeBetween& right) {
  return left.share != right.share ? left.share > right.share
                                   : std::pair(left.a, left.b) < std::pair(right.a, right.b);
}

std::optional<TreeBetween> BestBetween(const ShapeBucket& bucket, std::uint32_t entry,
                                       std::span<const NearRelative> nearest, double log_limit) {
  std::optional<TreeBetween> best;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    for (std::size_t j = i + 1; j < nearest.size(); ++j) {
      const auto& [a, with_a] = nearest[i];
      const auto& [b, with_b] = nearest[j];
      const SignDifferences differences = {
          .bits = kComponentBits,
          .middle_a = kComponentBits - with_a,
          .middle_b = kComponentBits - with_b,
          .a_b = kComponentBits - Agreements(bucket.bits[a], bucket.bits[b])};
      const std::optional<double> log_p = LogBetween(differences, log_limit);
      if (!log_p) continue;
      const TreeBetween found = {.model = bucket.models[entry],
                                 .a = bucket.models[a],
                                 .b = bucket.models[b],
                                 .log_p = *log_p,
                                 .share = ShareBetween(differences)};
      if (!best || ExplainsMore(found, *best)) best = found;
    }
  }
  return best;
}

}  // namespace

BetweenResults FindBetween(std::span<const ShapeBucket> buckets, std::span<const ShownPairs> shown,
                           double error_rate, unsigned threads) {
  BetweenResults results;
  for (const ShownPairs& pairs : shown) {
    for (const auto& nearest : pairs.nearest) {
      results.tests +=
          nearest.size() * (nearest.size() - std::min<std::size_t>(1, nearest.size())) / 2;
    }
  }
  if (results.tests == 0) return results;
  const double log_limit = std::log(error_rate) - std::log(static_cast<double>(results.tests));
  std::map<std::size_t, TreeBetween> best;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    std::vector<std::optional<TreeBetween>> of_entry(buckets[i].bits.size());
    ParallelFor(threads, of_entry.size(), [&](std::size_t entry, unsigned) {
      of_entry[entry] = BestBetween(buckets[i], static_cast<std::uint32_t>(entry),
                                    shown[i].nearest[entry], log_limit);
    });
    for (const auto& found : of_entry) {
      if (!found) continue;
      const auto [known, is_new] = best.emplace(found->model, *found);
      if (!is_new && ExplainsMore(*found, known->second)) known->second = *found;
    }
  }
  for (auto& [model, found] : best) {
    found.share = std::min(found.share, 1.0);
    results.found.push_back(found);
  }
  return results;
}

}  // namespace modelkin
