// The net under the generators: series of which each value is a combination of those before it, the
// same all along. Sines, their windowed transforms, geometric and arithmetic series and sums of
// these are such; values that were drawn or learned are not.
#include <algorithm>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

constexpr std::size_t kOrder = 8;  // less for a short series: a quarter of its length
constexpr std::size_t kShortest = 16;

double RootMeanSquare(const Series& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

// Of the best prediction of each value.
Series PredictionErrors(const Series& series) {
  const std::size_t order = std::min(kOrder, series.size() / 4);
  const std::size_t count = series.size() - order;
  std::vector<Series> before(order, Series(count));
  Series values(count);
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t i = 0; i < order; ++i) before[i][t] = series[t + order - 1 - i];
    values[t] = series[t + order];
  }
  // A faint disturbance of the system, as its columns may depend on each other.
  const double faint = 1e-6 * RootMeanSquare(series);
  for (std::size_t i = 0; i < order; ++i) {
    for (std::size_t k = 0; k < order; ++k) before[i].push_back(i == k ? faint : 0);
    values.push_back(0);
  }
  const auto weights = LeastSquares(before, values, Series(values.size(), 1));
  values.resize(count);
  if (!weights) return values;
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t i = 0; i < order; ++i) values[t] -= (*weights)[i] * before[i][t];
  }
  return values;
}

// Errors are held against steps from value to value, as sorted values are near each other too, and
// against what rounding leaves of them.
Fit FitRecurrence(const StoredValues& stored, Series series) {
  constexpr double kOfSteps = 1e-2, kOfRounding = 4, kLeastSteps = 20;
  double mean = 0, rounding = 0;
  for (const double value : series) {
    mean += value / static_cast<double>(series.size());
    rounding += std::pow(stored.precision.HalfStep(value), 2) / 3;
  }
  rounding = std::sqrt(rounding / static_cast<double>(series.size()));
  for (double& value : series) value -= mean;
  Series steps(series.size() - 1);
  for (std::size_t t = 0; t < steps.size(); ++t) steps[t] = series[t + 1] - series[t];
  const double step = RootMeanSquare(steps);
  if (step == 0) return {.follows = true};
  if (step < kLeastSteps * rounding) return {};
  const double error = RootMeanSquare(PredictionErrors(series));
  if (!(error < std::max(kOfSteps * step, kOfRounding * rounding))) return {};
  const double free = static_cast<double>(series.size()) * 3 / 4;
  return {.follows = true, .bits = free * std::log2(step / std::max(error, rounding))};
}

}  // namespace

bool FollowsRecurrence(const StoredValues& stored) {
  constexpr std::size_t kLongestList = 4096;  // of all values one after the other
  for (std::size_t axis = 0; axis < stored.shape.size(); ++axis) {
    if (stored.shape[axis] < kShortest) continue;
    const bool follow = SeriesFollow(stored, axis, kLongestSeries, [&](Series series) {
      return FitRecurrence(stored, std::move(series));
    });
    if (follow) return true;
  }
  if (stored.shape.size() < 2 || stored.values.size() < kShortest) return false;
  if (stored.values.size() > kLongestList) return false;
  const Fit list = FitRecurrence(stored, Series(stored.values.begin(), stored.values.end()));
  return list.follows && list.bits >= kClearBits;
}

}  // namespace modelkin
