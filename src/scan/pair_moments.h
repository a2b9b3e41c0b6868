// The accumulated comparison of two equally long runs of numbers.
#ifndef MODELKIN_SCAN_PAIR_MOMENTS_H_
#define MODELKIN_SCAN_PAIR_MOMENTS_H_

#include <cstdint>

#include "kernels/pair_sums.h"

namespace modelkin {

// Mean and sums of powers of deviations from it, over the finite pairs.
struct CentredMoments {
  double mean = 0;
  double m2 = 0, m3 = 0, m4 = 0;
};

// All metrics of a pair follow from this (docs/numerics.md, "Definitions"). "Finite pairs" are
// those whose elements are both finite; sums and all counts but the first four are over these
// alone.
struct PairMoments {
  std::uint64_t elements = 0;
  std::uint64_t bit_equal = 0;
  std::uint64_t nan_a = 0, nan_b = 0;
  std::uint64_t infinite_a = 0, infinite_b = 0;

  std::uint64_t finite_pairs = 0;
  std::uint64_t zeros_a = 0, zeros_b = 0;
  std::uint64_t any_zero = 0;        // pairs with a zero on either side
  std::uint64_t opposite_signs = 0;  // among the other pairs
  CentredMoments a, b;
  double cross = 0;  // sum of products of deviations
  double abs_diff = 0, squared_diff = 0, max_abs_diff = 0;

  // Appends the run that `next` describes. Pairwise update of centred moments: Chan, Golub &
  // LeVeque (1983) for order 2, Pebay (SAND2008-6212, eqs. 2.1-2.3) for orders 3 and 4. Sums
  // depend, in their last bits, on the order of merging, so merge in a fixed order.
  void Merge(const PairMoments& next);
};

// From sums about two pivots over `count` finite pairs.
PairMoments MomentsFromSums(const PairSums& sums, std::uint64_t count, double pivot_a,
                            double pivot_b);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_PAIR_MOMENTS_H_
