#include "lineage/coordinate_sums.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace modelkin {
namespace {

// Of squares: a variation below it is that of sums in float.
constexpr double kCoordinateRounding = 1e-6;

}  // namespace

void CoordinateSums::Add(const std::vector<float>& values, std::uint64_t first, std::uint64_t count,
                         bool positions_are_rows) {
  const std::size_t units = sums.size();
  const std::size_t of_position = positions_are_rows ? units : 1;
  const std::size_t of_unit = positions_are_rows ? 1 : count;
  const std::size_t rows = positions_are_rows ? count : units;
  const std::size_t columns = positions_are_rows ? units : count;
  for (std::uint64_t position = first; position < std::min<std::uint64_t>(first + count, units);
       ++position) {
    diagonal.sum += values[(position - first) * of_position + position * of_unit];
    ++diagonal.count;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const float* const own = values.data() + row * columns;
    if (positions_are_rows) {
      for (std::size_t unit = 0; unit < units; ++unit) {
        const double value = own[unit];
        sums[unit] += value;
        squares[unit] += value * value;
      }
    } else {
      for (std::size_t p = 0; p < columns; ++p) {
        const double value = own[p];
        sums[row] += value;
        squares[row] += value * value;
      }
    }
  }
  positions += count;
  diagonal.values += values.size();
  diagonal.squares = std::accumulate(squares.begin(), squares.end(), 0.0);
}

std::vector<double> CoordinateSums::InverseNorms() const {
  std::vector<double> inverse(sums.size(), 0);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double centred = squares[i] - sums[i] * sums[i] / static_cast<double>(positions);
    if (centred > kCoordinateRounding * squares[i]) inverse[i] = 1 / std::sqrt(centred);
  }
  return inverse;
}

}  // namespace modelkin
