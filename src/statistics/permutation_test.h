// Monte Carlo tests by random permutations.
#ifndef MODELKIN_STATISTICS_PERMUTATION_TEST_H_
#define MODELKIN_STATISTICS_PERMUTATION_TEST_H_

#include <cstdint>
#include <functional>

#include "statistics/random.h"

namespace modelkin {

struct MonteCarloOptions {
  std::uint64_t draws = 100'000;  // at most
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

struct MonteCarloResult {
  double log_p = 0;                               // natural log, never of 0
  std::uint64_t draws = 0;                        // that were made
  std::uint64_t as_extreme = 0;                   // of those
  bool floor() const { return as_extreme == 0; }  // p is this or smaller
};

// p = (1 + number of draws at least as large as `observed`) / (1 + draws): valid for every number
// of draws, as the observed value is one more draw under the null. `draw` gives the statistic for
// one random permutation; draws that differ from `observed` by rounding only count as equal.
//
// Draws are made in blocks of 1,024, each with a stream of its own, so that the result does not
// depend on threads. After 1/64, 1/16 and 1/4 of them it stops if 200 were as extreme (after Besag
// & Clifford, "Sequential Monte Carlo p-values", 1991): p is then at least 200 times the smallest
// possible, and known to 7 %. A p small enough to matter is never reached by stopping, and so is
// as valid as with all draws; for larger ones the tests hold the share of p <= alpha to alpha.
MonteCarloResult MonteCarloTail(double observed, const std::function<double(Random&)>& draw,
                                const MonteCarloOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_PERMUTATION_TEST_H_
