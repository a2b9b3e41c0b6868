// Biases of attention that a formula gives: ALiBi's slopes (Press et al. 2022), and tables of the
// difference of two places, with a mask or without.
#include <bit>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

// Of a power of two as a geometric series; for other counts the rest are every second of twice as
// many.
Series AlibiSlopes(std::size_t heads) {
  const std::size_t power = std::bit_floor(heads);
  Series slopes;
  for (std::size_t i = 1; i <= power; ++i) {
    slopes.push_back(std::exp2(-8.0 * static_cast<double>(i) / static_cast<double>(power)));
  }
  for (std::size_t i = 1; slopes.size() < heads; i += 2) {
    slopes.push_back(std::exp2(-4.0 * static_cast<double>(i) / static_cast<double>(power)));
  }
  return slopes;
}

// Whether neighbours along the diagonals of the last two axes are equal.
bool IsAlongDiagonals(const StoredValues& stored, std::size_t rows, std::size_t columns) {
  const auto& values = stored.values;
  std::size_t differing = 0, compared = 0;
  for (std::size_t start = 0; start < values.size(); start += rows * columns) {
    for (std::size_t i = 0; i + 1 < rows; ++i) {
      for (std::size_t j = 0; j + 1 < columns; ++j) {
        const std::size_t at = start + i * columns + j;
        const float own = values[at], next = values[at + columns + 1];
        if (own == 0 && next == 0) continue;  // as in weights that were pruned
        differing += own == next ? 0 : 1;
        ++compared;
      }
      if (differing * 10 > values.size()) return false;
    }
  }
  return compared > 0 && differing * 10 <= compared;
}

}  // namespace

bool AreAlibiSlopes(const StoredValues& stored) {
  constexpr std::size_t kMost = 4096;
  if (stored.shape.size() != 1 || stored.values.size() > kMost) return false;
  const Series values(stored.values.begin(), stored.values.end());
  Series slopes = AlibiSlopes(values.size());
  const double size = values[0] / slopes[0];
  for (double& slope : slopes) slope *= size;
  const Fit fit = Compare(stored, values, slopes, 1);
  return fit.follows && fit.bits >= kClearBits;
}

bool AreRelativePlaces(const StoredValues& stored) {
  constexpr std::size_t kFewest = 8;
  if (stored.shape.size() < 2) return false;
  const std::size_t columns = stored.shape.back(), rows = stored.shape[stored.shape.size() - 2];
  return rows >= kFewest && columns >= kFewest && HasDifferentValues(stored.values, 2) &&
         IsAlongDiagonals(stored, rows, columns);
}

}  // namespace modelkin
