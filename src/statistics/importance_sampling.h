// p-values far below what draws from the null could show.
#ifndef MODELKIN_STATISTICS_IMPORTANCE_SAMPLING_H_
#define MODELKIN_STATISTICS_IMPORTANCE_SAMPLING_H_

#include <functional>

#include "statistics/permutation_test.h"

namespace modelkin {

// One arrangement, and the log of its probability under the null over that of being drawn.
struct WeightedDraw {
  double statistic = 0;
  double log_weight = 0;
};

// Natural log of p = (w(observed) + sum of w(draw) over draws at least as large) / (1 + draws), at
// most 0. Valid for any number of draws and any distribution that they come from, as long as that
// one does not depend on which arrangement was observed: Harrison, "Conservative hypothesis tests
// and confidence intervals using importance sampling", Biometrika 99, 2012. How far p is above what
// is true depends on how well draws reach `observed`.
//
// Draws in blocks of 64, each with a stream of its own: the result does not depend on threads.
// Those that differ from what was observed by rounding only count as equal.
double LogImportanceTail(const WeightedDraw& observed,
                         const std::function<WeightedDraw(Random&)>& draw,
                         const MonteCarloOptions& options);

// Which of the tilts 2 * 1.2^k, k = 0 to 39, is to be taken for an observed value may depend on it
// if p is multiplied by their number (Bonferroni).
inline constexpr int kTilts = 40;
double Tilt(int k);
// log of p for the choice.
double AfterChoiceOfTilt(double log_p);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_IMPORTANCE_SAMPLING_H_
