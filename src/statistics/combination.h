// Several p-values together, as natural logs. NaN is not allowed.
#ifndef MODELKIN_STATISTICS_COMBINATION_H_
#define MODELKIN_STATISTICS_COMBINATION_H_

#include <span>
#include <vector>

namespace modelkin {

// Of independent tests (Fisher 1932): -2 sum log p is chi-squared with twice as many degrees. 0 for
// none.
double FisherCombination(std::span<const double> log_p);

// Of tests that may depend on each other: the smallest times their number. 0 for none.
double BonferroniOfSmallest(std::span<const double> log_p);

// Holm (1979), for any dependence: in the order given, each at most 0.
std::vector<double> HolmAdjust(std::span<const double> log_p);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_COMBINATION_H_
