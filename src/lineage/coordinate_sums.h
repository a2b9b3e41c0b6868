// Sums and squares of one tensor's residual coordinates, over positions along its other axes.
#ifndef MODELKIN_LINEAGE_COORDINATE_SUMS_H_
#define MODELKIN_LINEAGE_COORDINATE_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lineage/diagonal_mean.h"

namespace modelkin {

struct CoordinateSums {
  explicit CoordinateSums(std::size_t units = 0) : sums(units, 0), squares(units, 0) {}

  // `count` positions from `first` on: as so many rows of coordinates, or as rows of coordinates
  // with so many values each.
  void Add(const std::vector<float>& values, std::uint64_t first, std::uint64_t count,
           bool positions_are_rows);

  // 1 over the root of the sum of squared deviations; 0 where these are rounding.
  std::vector<double> InverseNorms() const;

  std::vector<double> sums, squares;
  std::uint64_t positions = 0;
  DiagonalMean diagonal;
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_COORDINATE_SUMS_H_
