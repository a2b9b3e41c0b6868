#include "lineage/diagonal_mean.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace modelkin {
namespace {

// What an identity shows at least, beside five deviations of a mean without one.
constexpr double kLeastDiagonal = 0.3;

bool StandsOut(const DiagonalMean& mean) {
  const double count = static_cast<double>(std::max<std::uint64_t>(mean.count, 1));
  return std::abs(mean.value()) > kLeastDiagonal + 5 / std::sqrt(count);
}

}  // namespace

double DiagonalMean::value() const {
  if (count == 0 || squares == 0) return 0;
  return sum / static_cast<double>(count) / std::sqrt(squares / static_cast<double>(values));
}

DiagonalMean DiagonalOf(std::span<const float> values, std::size_t columns) {
  DiagonalMean diagonal{.values = values.size()};
  for (const float value : values) diagonal.squares += static_cast<double>(value) * value;
  for (std::size_t at = 0; diagonal.count < columns && at < values.size(); at += columns + 1) {
    diagonal.sum += values[at];
    ++diagonal.count;
  }
  return diagonal;
}

bool AreIdentityLike(const DiagonalMean& a, const DiagonalMean& b) {
  return StandsOut(a) && StandsOut(b);
}

std::vector<std::uint32_t> LargestOfRows(std::span<const float> rows, std::size_t columns) {
  std::vector<std::uint32_t> places;
  for (std::size_t at = 0; columns > 0 && at < rows.size(); at += columns) {
    std::uint32_t best = 0;
    for (std::uint32_t k = 1; k < columns; ++k) {
      if (std::abs(rows[at + k]) > std::abs(rows[at + best])) best = k;
    }
    places.push_back(best);
  }
  return places;
}

void ClearLargest(std::vector<float>& rows, std::size_t columns) {
  const std::vector<std::uint32_t> largest = LargestOfRows(rows, columns);
  for (std::size_t row = 0; row < largest.size(); ++row) rows[row * columns + largest[row]] = 0;
}

bool StandAtCoordinates(std::span<const float> rows, std::size_t columns) {
  const std::vector<std::uint32_t> largest = LargestOfRows(rows, columns);
  const double least = 3 / std::sqrt(static_cast<double>(columns));
  std::set<std::uint32_t> places;
  std::size_t standing = 0;
  for (std::size_t row = 0; row < largest.size(); ++row) {
    double squares = 0;
    for (std::size_t k = 0; k < columns; ++k) {
      const double value = rows[row * columns + k];
      squares += value * value;
    }
    const double own = rows[row * columns + largest[row]];
    if (!(own * own > least * squares)) continue;
    places.insert(largest[row]);
    ++standing;
  }
  return standing > 0 && 2 * standing >= largest.size() &&
         2 * places.size() >= std::min(standing, columns);
}

bool RemoveIdentities(std::vector<float>& a, std::size_t columns_a, std::vector<float>& b,
                      std::size_t columns_b) {
  if (!AreIdentityLike(DiagonalOf(a, columns_a), DiagonalOf(b, columns_b))) {
    if (!StandAtCoordinates(a, columns_a) || !StandAtCoordinates(b, columns_b)) return false;
    ClearLargest(a, columns_a);
    ClearLargest(b, columns_b);
    return true;
  }
  for (std::size_t row = 0; row * columns_a < a.size(); ++row) {
    a[row * columns_a + row % columns_a] = 0;
  }
  for (std::size_t row = 0; row * columns_b < b.size(); ++row) {
    b[row * columns_b + row % columns_b] = 0;
  }
  return true;
}

}  // namespace modelkin
