#include "sketch/profiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "linalg/svd.h"

namespace modelkin {
namespace {

// Relative to the largest, as singular values are known in float.
constexpr float kSmallestSingularValue = 1e-6F;

std::uint8_t ProfileCode(double value, double middle, double steps) {
  if (!(value > 0)) return 0;
  const double code = std::nearbyint(128 + steps * std::log2(value / middle));
  return static_cast<std::uint8_t>(std::clamp(code, 1.0, 255.0));
}

}  // namespace

std::optional<Profile<kNormValues>> NormProfile(std::span<const float> weights) {
  constexpr std::array<double, kNormValues> kQuantiles = {0.01, 0.05, 0.15, 0.3,
                                                          0.7,  0.85, 0.95, 0.99};
  if (!std::ranges::all_of(weights, [](float value) { return std::isfinite(value); })) {
    return std::nullopt;
  }
  std::vector<float> sorted;
  for (const float value : weights) sorted.push_back(std::abs(value));
  std::ranges::sort(sorted);
  if (sorted.empty() || sorted.front() == sorted.back()) return std::nullopt;
  const double last = static_cast<double>(sorted.size() - 1);
  const auto at = [&](double quantile) {
    return static_cast<double>(sorted[static_cast<std::size_t>(std::nearbyint(quantile * last))]);
  };
  const double middle = at(0.5);
  if (!(middle > 0)) return std::nullopt;
  Profile<kNormValues> profile{};
  for (std::size_t k = 0; k < kNormValues; ++k) {
    profile[k] = ProfileCode(at(kQuantiles[k]), middle, kNormSteps);
  }
  return profile;
}

std::optional<Profile<kSpectrumValues>> SpectrumProfile(std::span<const float> values) {
  const auto is_large = [&](float value) { return value > kSmallestSingularValue * values[0]; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(values, is_large));
  if (count < 2) return std::nullopt;
  double logs = 0;
  for (std::size_t i = 0; i < count; ++i) logs += std::log2(static_cast<double>(values[i]));
  const double middle = std::exp2(logs / static_cast<double>(count));
  Profile<kSpectrumValues> profile{};
  for (std::size_t k = 0; k < kSpectrumValues; ++k) {
    const double place = (static_cast<double>(k) + 0.5) / kSpectrumValues;
    const auto index = static_cast<std::size_t>(place * static_cast<double>(count));
    profile[k] = ProfileCode(static_cast<double>(values[index]), middle, kSpectrumSteps);
  }
  return profile;
}

std::optional<Profile<kSpectrumValues>> MatrixProfile(std::vector<float> matrix, std::size_t rows,
                                                      std::size_t columns,
                                                      std::span<const float> scales) {
  if (!scales.empty()) {
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] *= scales[i % columns];
  }
  const auto values = SingularValues(std::move(matrix), rows, columns);
  if (!values) return std::nullopt;
  return SpectrumProfile(*values);
}

}  // namespace modelkin
