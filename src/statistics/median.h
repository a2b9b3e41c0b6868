// The middle of a list.
#ifndef MODELKIN_STATISTICS_MEDIAN_H_
#define MODELKIN_STATISTICS_MEDIAN_H_

#include <optional>
#include <vector>

namespace modelkin {

// Of an even number the mean of the middle two; nothing of none. Values must not be NaN.
std::optional<double> Median(std::vector<double> values);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_MEDIAN_H_
