// Correlations of paired values, where they have one.
#ifndef MODELKIN_STATISTICS_CORRELATION_H_
#define MODELKIN_STATISTICS_CORRELATION_H_

#include <optional>
#include <span>
#include <vector>

namespace modelkin {

// Pearson's, from -1 to 1. Nothing under 2 values, where a value is not finite, or where a side is
// constant up to rounding. Requires as many values in both. Sums in double, in order.
std::optional<double> PearsonOf(std::span<const double> a, std::span<const double> b);

// Ranks from 1 on; equal values have the mean of the ranks that they take up. No NaN.
std::vector<double> Midranks(std::span<const double> values);

// Spearman's: Pearson's of midranks, so that ties count for no order. Nothing as for PearsonOf.
std::optional<double> SpearmanOfValues(std::span<const double> a, std::span<const double> b);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_CORRELATION_H_
