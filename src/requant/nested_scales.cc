#include "requant/nested_scales.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

namespace modelkin {
namespace {

constexpr double kMeanRounding = 1e-5;  // of a sum of floats in any order

constexpr float kHalfWay = 0.005F;

// The entries of a table in order that x may become.
std::array<float, 2> NearestEntries(std::span<const float> table, float x) {
  const auto up = std::ranges::lower_bound(table, x);
  if (up == table.begin()) return {*up, *up};
  if (up == table.end()) return {table.back(), table.back()};
  const float low = up[-1], high = *up, place = (x - low) / (high - low);
  if (place < 0.5F - kHalfWay) return {low, low};
  if (place > 0.5F + kHalfWay) return {high, high};
  return {low, high};
}

}  // namespace

std::vector<std::array<float, 2>> NestedScales(const NestedMaxima& nested, const PartReader& parts,
                                               std::span<const float> magnitudes) {
  std::vector<std::array<float, 2>> scales(magnitudes.size(), {NAN, NAN});
  const double sum = std::accumulate(magnitudes.begin(), magnitudes.end(), 0.0);
  const double mean = sum / static_cast<double>(std::max<std::size_t>(magnitudes.size(), 1));
  if (!(std::fabs(mean - nested.offset) <= kMeanRounding * mean)) return scales;
  std::array<float, 256> table;
  std::vector<std::byte> scratch;
  std::memcpy(table.data(), parts.Read(nested.table, 0, sizeof table, scratch).data(),
              sizeof table);
  if (!std::ranges::is_sorted(table)) return scales;
  for (std::size_t begin = 0; begin < magnitudes.size(); begin += nested.block) {
    const auto block =
        magnitudes.subspan(begin, std::min<std::size_t>(nested.block, magnitudes.size() - begin));
    float largest = 0;
    for (const float m : block) largest = std::max(largest, std::fabs(m - nested.offset));
    for (std::size_t i = 0; i < block.size(); ++i) {
      const float place = largest > 0 ? (block[i] - nested.offset) * (1 / largest) : 0;
      const auto entries = NearestEntries(table, place);
      for (std::size_t k = 0; k < entries.size(); ++k) {
        const float scaled = entries[k] * largest;
        scales[begin + i][k] = scaled + nested.offset;
      }
    }
  }
  return scales;
}

}  // namespace modelkin
