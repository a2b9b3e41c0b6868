#include "scan/quantile_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace modelkin {
namespace {

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
                               std::uint64_t max_bins)
    : q_(q), max_bins_(max_bins), ranks_{{{{0, largest_key}}, {{0, largest_key}}}} {
  BeginPass(first_bracket);
}

void QuantileSearch::BeginPass(KeyRange bracket) {
  bracket_ = bracket;
  shift_ = 0;
  while ((bracket.highest - bracket.lowest) >> shift_ >= max_bins_) ++shift_;
  bins_.assign(((bracket.highest - bracket.lowest) >> shift_) + 1, 0);
  above_ = 0;
}

template <class Key>
void QuantileSearch::Add(std::span<const Key> keys) {
  const std::lock_guard lock(mutex_);
  for (const Key key : keys) {
    if (key > bracket_.highest) {
      ++above_;
    } else {
      ++bins_[(key - bracket_.lowest) >> shift_];
    }
  }
}

template void QuantileSearch::Add(std::span<const std::uint16_t>);
template void QuantileSearch::Add(std::span<const std::uint32_t>);
template void QuantileSearch::Add(std::span<const std::uint64_t>);

void QuantileSearch::Narrow(Rank& rank, std::uint64_t index, std::uint64_t count) const {
  const std::uint64_t inside = std::accumulate(bins_.begin(), bins_.end(), std::uint64_t{0});
  const std::uint64_t below = count - inside - above_;
  KeyRange found = rank.range;
  if (index < below) {
    found.highest = bracket_.lowest - 1;
  } else if (index >= below + inside) {
    found.lowest = bracket_.highest + 1;
  } else {
    std::uint64_t left = index - below;
    std::size_t bin = 0;
    while (left >= bins_[bin]) left -= bins_[bin++];
    found.lowest = bracket_.lowest + (std::uint64_t{bin} << shift_);
    found.highest = std::min(bracket_.highest, found.lowest + (std::uint64_t{1} << shift_) - 1);
  }
  // What earlier passes found stands.
  rank.range = {std::max(rank.range.lowest, found.lowest),
                std::min(rank.range.highest, found.highest)};
}

bool QuantileSearch::EndPass(std::uint64_t count) {
  if (count == 0) {
    ranks_ = {};
    return true;
  }
  const Position position = QuantilePosition(q_, count);
  fraction_ = position.fraction;
  if (!ranks_[0].known()) Narrow(ranks_[0], position.index, count);
  if (!ranks_[1].known()) Narrow(ranks_[1], std::min(position.index + 1, count - 1), count);
  for (const Rank& rank : ranks_) {
    if (rank.known()) continue;
    BeginPass(rank.range);
    return false;
  }
  bins_ = {};
  return true;
}

}  // namespace modelkin
