#include "scan/quantile_search.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

constexpr std::uint64_t kMaxBins = 4096;

// Unlike `values = {}`, which keeps the capacity.
void ReleaseMemory(std::vector<std::uint64_t>& values) { values = std::vector<std::uint64_t>(); }

// floor(q (n-1)) and the fraction after it, as torch.quantile's linear interpolation has them.
struct Position {
  std::uint64_t index;
  double fraction;
};

Position QuantilePosition(double q, std::uint64_t count) {
  const double position = q * static_cast<double>(count - 1);
  const double whole = std::floor(position);
  return {static_cast<std::uint64_t>(whole), position - whole};
}

}  // namespace

QuantileSearch::QuantileSearch(double q, KeyRange first_bracket, std::uint64_t largest_key,
                               std::size_t max_kept)
    : q_(q), max_kept_(max_kept), ranks_{{{0, {0, largest_key}}, {0, {0, largest_key}}}} {
  BeginPass(first_bracket);
}

void QuantileSearch::BeginPass(KeyRange bracket) {
  bracket_ = bracket;
  inside_ = 0;
  above_ = 0;
  keeping_ = bracket.highest - bracket.lowest >= kMaxBins;
  shift_ = 0;
  while ((bracket.highest - bracket.lowest) >> shift_ >= kMaxBins) ++shift_;
}

void QuantileSearch::EnsureBins() {
  if (bins_.empty()) bins_.assign(((bracket_.highest - bracket_.lowest) >> shift_) + 1, 0);
}

template <class Key>
void QuantileSearch::Add(std::span<const Key> inside, std::uint64_t above) {
  const std::lock_guard lock(mutex_);
  EnsureBins();
  if (keeping_) {
    kept_.insert(kept_.end(), inside.begin(), inside.end());
    if (kept_.size() > max_kept_) Spill();
  } else {
    // Locals, because the compiler has to fear that writing to a bin changes a member.
    const std::uint64_t lowest = bracket_.lowest;
    const unsigned shift = shift_;
    std::uint64_t* const bins = bins_.data();
    for (const Key key : inside) ++bins[(key - lowest) >> shift];
  }
  inside_ += inside.size();
  above_ += above;
}

template void QuantileSearch::Add(std::span<const std::uint16_t>, std::uint64_t);
template void QuantileSearch::Add(std::span<const std::uint32_t>, std::uint64_t);
template void QuantileSearch::Add(std::span<const std::uint64_t>, std::uint64_t);

void QuantileSearch::Spill() {
  for (const std::uint64_t key : kept_) ++bins_[(key - bracket_.lowest) >> shift_];
  ReleaseMemory(kept_);
  keeping_ = false;
}

// To the bin that holds the rank, given how many values lie below the first bin. Returns its index
// among the values of that bin.
std::uint64_t QuantileSearch::Narrow(Rank& rank, std::uint64_t below_bins) const {
  std::uint64_t left = rank.index - below_bins;
  std::size_t bin = 0;
  while (left >= bins_[bin]) left -= bins_[bin++];
  const std::uint64_t lowest = bracket_.lowest + (std::uint64_t{bin} << shift_);
  rank.range = {lowest, std::min(bracket_.highest, lowest + (std::uint64_t{1} << shift_) - 1)};
  return left;
}

// To the side of the bracket on which the rank lies; what earlier passes found stands.
void QuantileSearch::NarrowToBracket(Rank& rank, std::uint64_t below, std::uint64_t inside) const {
  KeyRange& range = rank.range;
  if (rank.index < below) {
    range.highest = std::min(range.highest, bracket_.lowest - 1);
  } else if (rank.index >= below + inside) {
    range.lowest = std::max(range.lowest, bracket_.highest + 1);
  } else {
    range = {std::max(range.lowest, bracket_.lowest), std::min(range.highest, bracket_.highest)};
  }
}

void QuantileSearch::FindAmongKept(Rank& rank, std::uint64_t below) {
  const std::uint64_t index = Narrow(rank, below);
  std::vector<std::uint64_t> bin;
  for (const std::uint64_t key : kept_) {
    if (rank.range.lowest <= key && key <= rank.range.highest) bin.push_back(key);
  }
  const auto nth = bin.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(bin.begin(), nth, bin.end());
  rank.range = {*nth, *nth};
}

PassEnd QuantileSearch::EndPass(std::uint64_t count) {
  if (count == 0) {
    ranks_ = {};
    ReleaseMemory(bins_);
    return PassEnd::kKnown;
  }
  const Position position = QuantilePosition(q_, count);
  fraction_ = position.fraction;
  ranks_[0].index = position.index;
  ranks_[1].index = std::min(position.index + 1, count - 1);
  if (inside_ + above_ > count) return PassEnd::kContradiction;
  const std::uint64_t below = count - inside_ - above_;
  if (below > 0 && bracket_.lowest == 0) return PassEnd::kContradiction;
  EnsureBins();
  // Bins lead to a kept key far faster than selecting from all of them would.
  for (const std::uint64_t key : kept_) ++bins_[(key - bracket_.lowest) >> shift_];
  for (Rank& rank : ranks_) {
    if (rank.known()) continue;
    NarrowToBracket(rank, below, inside_);
    if (rank.range.lowest > rank.range.highest) return PassEnd::kContradiction;
    if (rank.index < below || rank.index >= below + inside_) continue;
    if (keeping_) {
      FindAmongKept(rank, below);
    } else {
      Narrow(rank, below);
    }
  }
  // Not before the next pass begins in earnest: many searches may wait for theirs.
  ReleaseMemory(bins_);
  ReleaseMemory(kept_);
  if (ranks_[0].known() && ranks_[1].known()) return PassEnd::kKnown;
  const KeyRange both = {std::min(ranks_[0].range.lowest, ranks_[1].range.lowest),
                         std::max(ranks_[0].range.highest, ranks_[1].range.highest)};
  if (both.highest - both.lowest < kMaxBins) {
    BeginPass(both);  // finds them both, as each key has a bin
  } else {
    BeginPass(ranks_[ranks_[0].known() ? 1 : 0].range);
  }
  return PassEnd::kOpen;
}

}  // namespace modelkin
