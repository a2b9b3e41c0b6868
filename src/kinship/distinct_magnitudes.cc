#include "kinship/distinct_magnitudes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace modelkin {
namespace {

// Of values that BF16 holds exactly, which need no sorting: the order of their bits is that of
// their magnitudes. Nothing where one is none.
std::optional<std::vector<double>> DistinctNarrowMagnitudes(const std::vector<float>& values) {
  constexpr std::uint32_t kMagnitude = 0x7fffffff, kBeyondNarrow = 0xffff;
  constexpr std::uint32_t kBits = 64;
  std::array<std::uint64_t, (std::size_t{1} << 15) / kBits> seen{};
  for (const float value : values) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value) & kMagnitude;
    if ((bits & kBeyondNarrow) != 0) return std::nullopt;
    seen[(bits >> 16) / kBits] |= std::uint64_t{1} << (bits >> 16) % kBits;
  }
  seen[0] &= ~std::uint64_t{1};  // zero
  std::vector<double> magnitudes;
  for (std::uint32_t place = 0; place < seen.size(); ++place) {
    for (std::uint64_t left = seen[place]; left != 0; left &= left - 1) {
      const auto bits = place * kBits + static_cast<std::uint32_t>(std::countr_zero(left));
      magnitudes.push_back(std::bit_cast<float>(bits << 16));
    }
  }
  return magnitudes;
}

}  // namespace

std::vector<double> DistinctMagnitudes(const std::vector<float>& values) {
  if (values.size() > kFewMagnitudes) {
    if (auto narrow = DistinctNarrowMagnitudes(values)) return *std::move(narrow);
  }
  std::vector<double> magnitudes;
  for (const float value : values) {
    if (value != 0) magnitudes.push_back(std::abs(static_cast<double>(value)));
  }
  std::ranges::sort(magnitudes);
  const auto [first, last] = std::ranges::unique(magnitudes);
  magnitudes.erase(first, last);
  return magnitudes;
}

std::vector<double> SmallestMagnitudes(const std::vector<float>& values) {
  std::vector<float> smallest;  // a heap, its largest first
  for (const float value : values) {
    const float magnitude = std::abs(value);
    if (magnitude == 0) continue;
    if (smallest.size() < kFewMagnitudes) {
      smallest.push_back(magnitude);
      std::ranges::push_heap(smallest);
    } else if (magnitude < smallest.front()) {
      std::ranges::pop_heap(smallest);
      smallest.back() = magnitude;
      std::ranges::push_heap(smallest);
    }
  }
  return DistinctMagnitudes(smallest);
}

}  // namespace modelkin
