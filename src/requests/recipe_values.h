// Numbers that a person would have put into a recipe, for ones that were fitted.
#ifndef MODELKIN_REQUESTS_RECIPE_VALUES_H_
#define MODELKIN_REQUESTS_RECIPE_VALUES_H_

#include <cstddef>
#include <span>
#include <vector>

namespace modelkin {

// Fitted weights of one tensor or of several together, and what they weigh.
struct WeightSample {
  double t = 0;  // its layer's place, 0 to 1
  std::vector<double> weights;
  double evidence = 0;
};

// The mean of samples by their evidence; empty of none.
std::vector<double> MeanWeights(std::span<const WeightSample> samples);

// Returns vectors to try in place of `fitted`, the simplest first: rounded to 1 to 6 decimals, each
// where it is no further than `tolerance` away; and, if `sums_to_one`, such of another sum that are
// the same once divided by it: 1 and 2 for 0.3333 and 0.6667.
std::vector<std::vector<double>> SimpleWeights(const std::vector<double>& fitted, double tolerance,
                                               bool sums_to_one);

// Returns points of lines on which the samples lie to within `tolerance`, as few as there may be
// and of as few decimals: for each weight as many. At most `most` points; empty where there are no
// such lines.
std::vector<std::vector<double>> PointsThrough(std::span<const WeightSample> samples,
                                               double tolerance, std::size_t most);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECIPE_VALUES_H_
