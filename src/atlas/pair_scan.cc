#include "atlas/pair_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numbers>

#include "base/parallel.h"
#include "kernels/bit_agreement.h"

namespace modelkin {
namespace {

constexpr std::size_t kTile = 256;  // entries; two tiles of bits stay in a core's cache
constexpr std::size_t kLeastForestBuffer = std::size_t{1} << 20;
constexpr double kClosenessUnits = 1 << 20;

// cos(pi (1 - agreements / bits)) for each number of agreements, in units of 2^-20.
std::vector<std::int64_t> CosineTable() {
  std::vector<std::int64_t> table(kComponentBits + 1);
  for (std::size_t i = 0; i <= kComponentBits; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(kComponentBits);
    table[i] = std::llround(kClosenessUnits * std::sin(std::numbers::pi * (share - 0.5)));
  }
  return table;
}

bool IsNearer(const NearRelative& left, const NearRelative& right) {
  return left.agreements != right.agreements ? left.agreements > right.agreements
                                             : left.entry < right.entry;
}

void KeepNearest(std::vector<NearRelative>& nearest, const NearRelative& other) {
  if (nearest.size() == kMostNearest && !IsNearer(other, nearest.back())) return;
  nearest.insert(std::ranges::upper_bound(nearest, other, &IsNearer), other);
  if (nearest.size() > kMostNearest) nearest.pop_back();
}

// Pairs of two tiles, or of one with itself, with the pairs' forest. Local entries of the second
// tile come after those of the first.
class TilePairs {
 public:
  TilePairs(const ShapeBucket& bucket, const AgreementLimits& limits,
            const std::vector<std::int64_t>& cosines)
      : bucket_(bucket), limits_(limits), cosines_(cosines) {}

  void Compare(std::size_t first, std::size_t second) {
    first_ = first;
    second_ = second;
    pairs_.clear();
    const std::size_t begin = second * kTile, end = EndOf(second);
    for (std::size_t row = first * kTile; row < EndOf(first); ++row) {
      const std::size_t from = first == second ? row + 1 : begin;
      if (from >= end) continue;
      CountAgreements(std::as_bytes(std::span(bucket_.bits).subspan(from)).data(), end - from,
                      std::as_bytes(std::span(bucket_.bits[row])).data(), agreements_.data());
      for (std::size_t column = from; column < end; ++column) {
        Look(row, column, agreements_[column - from]);
      }
    }
  }

  // Adds what was found; whoever calls holds the tiles of `shown`.
  void AddTo(ShownPairs& shown) {
    for (const AgreeingPair& pair : pairs_) {
      for (const auto& [own, other] : {std::pair(pair.a, pair.b), std::pair(pair.b, pair.a)}) {
        ++shown.counts[own];
        shown.closeness[own] += cosines_[pair.agreements];
        KeepNearest(shown.nearest[own], {.entry = other, .agreements = pair.agreements});
      }
    }
  }

  std::size_t count() const { return pairs_.size(); }

  // Leaves the pairs' forest.
  std::vector<AgreeingPair>& TakeForest() {
    if (pairs_.size() > 1) KeepLocalForest();
    return pairs_;
  }

 private:
  std::size_t EndOf(std::size_t tile) const {
    return std::min((tile + 1) * kTile, bucket_.bits.size());
  }

  void Look(std::size_t a, std::size_t b, std::uint32_t agreements) {
    if (agreements < limits_.least()) return;
    if (agreements < limits_.Limit(bucket_.levels[a] + bucket_.levels[b])) return;
    pairs_.push_back({.a = static_cast<std::uint32_t>(a),
                      .b = static_cast<std::uint32_t>(b),
                      .agreements = agreements});
  }

  std::uint32_t LocalOf(std::uint32_t entry) const {
    const std::size_t first = first_ * kTile;
    if (entry >= first && entry < first + kTile) return static_cast<std::uint32_t>(entry - first);
    return static_cast<std::uint32_t>(kTile + entry - second_ * kTile);
  }

  // Pairs are in the order of their entries: only agreements need sorting, by counting them.
  void KeepLocalForest() {
    starts_.assign(kComponentBits + 2, 0);
    for (const AgreeingPair& pair : pairs_) ++starts_[kComponentBits - pair.agreements + 1];
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    sorted_.resize(pairs_.size());
    for (const AgreeingPair& pair : pairs_) {
      sorted_[starts_[kComponentBits - pair.agreements]++] = pair;
    }
    JoinedSets joined(2 * kTile);
    pairs_.clear();
    for (const AgreeingPair& pair : sorted_) {
      if (joined.Join(LocalOf(pair.a), LocalOf(pair.b))) pairs_.push_back(pair);
    }
  }

  const ShapeBucket& bucket_;
  const AgreementLimits& limits_;
  const std::vector<std::int64_t>& cosines_;
  std::size_t first_ = 0, second_ = 0;
  std::array<std::uint32_t, kTile> agreements_ = {};
  std::vector<AgreeingPair> pairs_, sorted_;
  std::vector<std::uint32_t> starts_;
};

// The forest so far, of pairs that come in any order.
class GrowingForest {
 public:
  explicit GrowingForest(std::size_t entries)
      : entries_(entries), most_(std::max(kLeastForestBuffer, 4 * entries)) {}

  void Add(const std::vector<AgreeingPair>& pairs) {
    pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
    if (pairs_.size() > most_) KeepForest(entries_, pairs_);
  }
  std::vector<AgreeingPair> Take() {
    KeepForest(entries_, pairs_);
    return std::move(pairs_);
  }

 private:
  std::size_t entries_, most_;
  std::vector<AgreeingPair> pairs_;
};

}  // namespace

std::uint32_t Agreements(const ComponentBits& a, const ComponentBits& b) {
  std::uint32_t agreements = 0;
  CountAgreements(std::as_bytes(std::span(a)).data(), 1, std::as_bytes(std::span(b)).data(),
                  &agreements);
  return agreements;
}

ShownPairs ComparePairs(const ShapeBucket& bucket, const AgreementLimits& limits,
                        unsigned threads) {
  const std::size_t entries = bucket.bits.size();
  ShownPairs shown{.counts = std::vector<std::uint64_t>(entries),
                   .closeness = std::vector<std::int64_t>(entries),
                   .nearest = std::vector<std::vector<NearRelative>>(entries)};
  const std::vector<std::int64_t> cosines = CosineTable();
  const std::size_t tiles = (entries + kTile - 1) / kTile;
  GrowingForest forest(entries);
  std::mutex of_forest;
  std::vector<std::mutex> of_tiles(tiles);
  if (threads == 0) threads = AvailableThreads();
  std::vector<TilePairs> workers(threads, TilePairs(bucket, limits, cosines));
  // One job: a tile with itself and all after it.
  ParallelFor(threads, tiles, [&](std::size_t first, unsigned worker) {
    TilePairs& pairs = workers[worker];
    for (std::size_t second = first; second < tiles; ++second) {
      ThrowIfInterrupted();
      pairs.Compare(first, second);
      if (pairs.count() == 0) continue;
      {
        const std::scoped_lock first_tile(of_tiles[first]);
        std::unique_lock<std::mutex> second_tile;
        if (second != first) second_tile = std::unique_lock(of_tiles[second]);
        pairs.AddTo(shown);
      }
      const std::size_t count = pairs.count();
      const std::vector<AgreeingPair>& found = pairs.TakeForest();
      const std::scoped_lock lock(of_forest);
      shown.shown += count;
      forest.Add(found);
    }
  });
  shown.forest = forest.Take();
  return shown;
}

}  // namespace modelkin
