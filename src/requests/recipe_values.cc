#include "requests/recipe_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "kinship/merge_algebra.h"

namespace modelkin {
namespace {

constexpr int kMostDecimals = 6;
// Sums of weights that people write, in steps.
constexpr double kSumStep = 0.05, kLargestSum = 6;

double Rounded(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  const double rounded = std::round(value * scale) / scale;
  return rounded == 0 ? 0 : rounded;  // not -0
}

bool IsNear(std::span<const double> a, std::span<const double> b, double tolerance) {
  return std::ranges::equal(a, b, [&](double x, double y) { return std::abs(x - y) <= tolerance; });
}

void AddUnlessThere(std::vector<double> weights, std::vector<std::vector<double>>& list) {
  if (std::ranges::find(list, weights) == list.end()) list.push_back(std::move(weights));
}

double PointsAt(std::span<const double> points, double t) {
  const double scaled = t * static_cast<double>(points.size() - 1);
  const auto before = static_cast<std::size_t>(scaled);
  const std::size_t after = std::min(points.size() - 1, before + 1);
  const double share = scaled - static_cast<double>(before);
  return (1 - share) * points[before] + share * points[after];
}

// Least squares of `count` points for one weight.
std::optional<std::vector<double>> FitPoints(std::span<const WeightSample> samples,
                                             std::size_t weight, std::size_t count) {
  Vector matrix(count * count), right(count);
  for (const WeightSample& sample : samples) {
    const double scaled = sample.t * static_cast<double>(count - 1);
    const std::size_t before = std::min(count - 2, static_cast<std::size_t>(scaled));
    const double share = scaled - static_cast<double>(before);
    const double parts[2] = {1 - share, share};
    for (std::size_t i = 0; i < 2; ++i) {
      right[before + i] += parts[i] * sample.weights[weight];
      for (std::size_t j = 0; j < 2; ++j) {
        matrix[(before + i) * count + before + j] += parts[i] * parts[j];
      }
    }
  }
  return Solve(std::move(matrix), std::move(right));
}

bool LieOn(std::span<const WeightSample> samples, std::size_t weight,
           std::span<const double> points, double tolerance) {
  return std::ranges::all_of(samples, [&](const WeightSample& sample) {
    return std::abs(PointsAt(points, sample.t) - sample.weights[weight]) <= tolerance;
  });
}

}  // namespace

std::vector<double> MeanWeights(std::span<const WeightSample> samples) {
  if (samples.empty()) return {};
  std::vector<double> mean(samples.front().weights.size());
  double all = 0;
  for (const WeightSample& sample : samples) {
    all += sample.evidence;
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += sample.evidence * sample.weights[i];
  }
  for (double& value : mean) value /= all;
  return mean;
}

std::vector<std::vector<double>> SimpleWeights(const std::vector<double>& fitted, double tolerance,
                                               bool sums_to_one) {
  std::vector<std::vector<double>> simple;
  for (int decimals = 1; decimals <= kMostDecimals; ++decimals) {
    std::vector<double> rounded = fitted;
    for (double& value : rounded) value = Rounded(value, decimals);
    const double allowed = std::max(tolerance, 1.5 * std::pow(10.0, -decimals - 2));
    if (IsNear(rounded, fitted, allowed)) AddUnlessThere(std::move(rounded), simple);
  }
  if (sums_to_one) {
    for (int i = 1; i * kSumStep <= kLargestSum; ++i) {
      const double sum = Rounded(i * kSumStep, 2);
      std::vector<double> scaled, divided;
      for (const double value : fitted) scaled.push_back(Rounded(value * sum, 2));
      const double all = std::accumulate(scaled.begin(), scaled.end(), 0.0);
      if (!(std::abs(all - sum) < 1e-9)) continue;
      for (const double value : scaled) divided.push_back(value / all);
      if (IsNear(divided, fitted, tolerance)) AddUnlessThere(std::move(scaled), simple);
    }
  }
  AddUnlessThere(fitted, simple);
  return simple;
}

std::vector<std::vector<double>> PointsThrough(std::span<const WeightSample> samples,
                                               double tolerance, std::size_t most) {
  if (samples.empty()) return {};
  const std::size_t weights = samples.front().weights.size();
  for (std::size_t count = 2; count <= most; ++count) {
    std::vector<std::vector<double>> lines;
    for (std::size_t i = 0; i < weights; ++i) {
      const auto fitted = FitPoints(samples, i, count);
      if (!fitted || !LieOn(samples, i, *fitted, tolerance)) break;
      for (int decimals = 1; decimals <= kMostDecimals; ++decimals) {
        std::vector<double> rounded;
        for (const double value : *fitted) rounded.push_back(Rounded(value, decimals));
        if (!LieOn(samples, i, rounded, tolerance) && decimals < kMostDecimals) continue;
        lines.push_back(std::move(rounded));
        break;
      }
    }
    if (lines.size() == weights) return lines;
  }
  return {};
}

}  // namespace modelkin
