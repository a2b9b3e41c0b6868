#include "fingerprint/deviation_profile.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.h"
#include "fingerprint/projection.h"
#include "statistics/correlation.h"

namespace modelkin {
namespace {

constexpr std::array<Role, 4> kRoles = {Role::kQuery, Role::kKey, Role::kValue,
                                        Role::kAttentionOutput};
constexpr std::size_t kFewestLayers = 3;

double Deviation(const std::vector<float>& values) {
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const float value : values) sum += value;
  for (const float value : values) squares += (value - sum / n) * (value - sum / n);
  return std::sqrt(squares / n);
}

// Of the layers that have the role.
std::vector<double> Profile(const ModelParts& model, Role role, unsigned threads) {
  std::vector<std::optional<double>> deviations(model.layers.size());
  ParallelFor(threads, deviations.size(), [&](std::size_t i, unsigned) {
    const auto weights = ReadProjection(model, model.layers[i], role);
    if (weights && !weights->rows.empty()) deviations[i] = Deviation(weights->rows);
  });
  std::vector<double> profile;
  for (const auto& deviation : deviations) {
    if (deviation) profile.push_back(*deviation);
  }
  return profile;
}

}  // namespace

std::vector<double> Interpolate(const std::vector<double>& values, std::size_t count) {
  std::vector<double> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double place = static_cast<double>(i) * static_cast<double>(values.size() - 1) /
                         static_cast<double>(count - 1);
    const auto low = std::min(static_cast<std::size_t>(place), values.size() - 2);
    const double share = place - static_cast<double>(low);
    result[i] = values[low] * (1 - share) + values[low + 1] * share;
  }
  return result;
}

std::optional<double> CompareDeviationProfiles(const ModelParts& a, const ModelParts& b,
                                               unsigned threads) {
  double sum = 0;
  std::size_t count = 0;
  for (const Role role : kRoles) {
    const auto of_a = Profile(a, role, threads), of_b = Profile(b, role, threads);
    const std::size_t depth = std::min(of_a.size(), of_b.size());
    if (depth < kFewestLayers) continue;
    const auto correlation = PearsonOf(Interpolate(of_a, depth), Interpolate(of_b, depth));
    if (!correlation) continue;
    sum += *correlation;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace modelkin
