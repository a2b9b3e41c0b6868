#include "atlas/agreement_limits.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/parallel.h"
#include "sketch/sketch.h"
#include "statistics/sign_agreement.h"

namespace modelkin {
namespace {

constexpr double kLevelsPerFactorOf2 = 8;

}  // namespace

std::uint32_t ValueLevel(std::uint64_t effective_values) {
  const double values = static_cast<double>(std::max<std::uint64_t>(effective_values, 1));
  return static_cast<std::uint32_t>(std::floor(kLevelsPerFactorOf2 * std::log2(values)));
}

double VarianceOfLevels(std::uint32_t level_sum) {
  return std::exp2(-static_cast<double>(level_sum) / (2 * kLevelsPerFactorOf2));
}

AgreementLimits::AgreementLimits(std::span<const std::uint32_t> levels, double error_rate,
                                 std::uint64_t comparisons, unsigned threads) {
  const std::set<std::uint32_t> distinct(levels.begin(), levels.end());
  std::set<std::uint32_t> sums;
  for (const std::uint32_t a : distinct) {
    for (const std::uint32_t b : distinct) sums.insert(a + b);
  }
  const std::vector<std::uint32_t> list(sums.begin(), sums.end());
  std::vector<std::uint32_t> limits(list.size());
  ParallelFor(threads, list.size(), [&](std::size_t i, unsigned) {
    limits[i] = static_cast<std::uint32_t>(
        AgreementLimit(kComponentBits, VarianceOfLevels(list[i]), error_rate, comparisons));
  });
  least_ = kComponentBits + 1;
  limits_.assign(list.empty() ? 0 : list.back() + 1, least_);
  for (std::size_t i = 0; i < list.size(); ++i) {
    limits_[list[i]] = limits[i];
    least_ = std::min(least_, limits[i]);
  }
}

}  // namespace modelkin
