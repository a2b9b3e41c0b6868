// Random permutations that prefer large entries of a matrix, with their probabilities.
#ifndef MODELKIN_STATISTICS_TILTED_PERMUTATION_H_
#define MODELKIN_STATISTICS_TILTED_PERMUTATION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statistics/random.h"

namespace modelkin {

// One row after the other takes a column of those that are left, with a probability proportional to
// exp(scale * (value - mean of its column)), but at least e^-60 of the row's largest. So the
// distribution does not depend on how columns are numbered.
class TiltedPermutation {
 public:
  // `values`: units x units, row-major, finite; units > 0.
  TiltedPermutation(std::span<const double> values, std::size_t units, double scale);

  std::size_t units() const { return units_; }

  // Fills `columns` with the column of each row. Returns the natural log of its probability.
  double Draw(Random& random, std::vector<std::uint32_t>& columns) const;

  // Natural log of the probability of a permutation.
  double LogProbability(std::span<const std::uint32_t> columns) const;

 private:
  std::size_t units_;
  std::vector<float> weights_;  // of a row: in [e^-60, 1]
};

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_TILTED_PERMUTATION_H_
