// Searches among the reduced costs of a row of an assignment problem: -score - price of each
// column.
#ifndef MODELKIN_KERNELS_REDUCED_COSTS_H_
#define MODELKIN_KERNELS_REDUCED_COSTS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace modelkin {

struct TwoCheapest {
  double least = std::numeric_limits<double>::infinity(), second = least;
  std::uint32_t column = 0, second_column = 0;
};

// Returns the least and the second of the costs -scores[j] - prices[j], j < count < 2^32; of equal
// ones those that come first. All have to be finite. A cost that is not there is infinite, in
// column 0. The same on every processor.
TwoCheapest FindTwoCheapest(const float* scores, const double* prices, std::size_t count);

// Of columns that a search has not settled.
struct OpenColumns {
  const double* settled;  // a settled column's distance; infinite for others
  double* distance;       // infinite for those that are not reached, and for settled ones
  std::uint64_t* before;  // the row that a column was reached from
};

// Reaches columns by way of `row`, where base - scores[j] - prices[j] is less than their distance.
// Returns the least distance then. The same on every processor.
double Relax(const float* scores, const double* prices, std::size_t count, double base,
             std::uint64_t row, const OpenColumns& columns);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_REDUCED_COSTS_H_
