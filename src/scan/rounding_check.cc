#include "scan/rounding_check.h"

#include <cmath>

namespace modelkin {
namespace {

void AddSums(DeviationSums& total, const DeviationSums& sums) {
  total.x += sums.x;
  total.y += sums.y;
  total.xx += sums.xx;
  total.yy += sums.yy;
  total.xy += sums.xy;
}

}  // namespace

void RoundingCheck::Add(const SampledRuns& part) {
  elements_ += static_cast<double>(part.elements);
  AddSums(in_runs_, part.in_runs);
  AddSums(in_double_, part.in_double);
}

bool RoundingCheck::RoundingsCancel() const {
  if (elements_ == 0) return true;
  const DeviationSums& exact = in_double_;
  const double square_x = exact.xx - exact.x * exact.x / elements_;
  const double square_y = exact.yy - exact.y * exact.y / elements_;
  const double scale_x = std::sqrt(square_x);  // NaN if negative: every comparison below is false
  const double scale_y = std::sqrt(square_y);
  const double root_n = std::sqrt(elements_);
  const auto within = [](double difference, double scale) {
    return std::abs(difference) <= kRoundingTolerance * scale;
  };
  return within(in_runs_.x - exact.x, root_n * scale_x) &&
         within(in_runs_.y - exact.y, root_n * scale_y) &&
         within(in_runs_.xx - exact.xx, square_x) && within(in_runs_.yy - exact.yy, square_y) &&
         within(in_runs_.xy - exact.xy, scale_x * scale_y);
}

std::optional<std::size_t> SampledPartOfBlock(std::uint64_t block) {
  if (block % 2 != 0) return std::nullopt;
  // Knuth's multiplicative hash: neighbouring blocks land far apart. That only even blocks are
  // sampled is a rhythm that data can share (docs/numerics.md).
  return static_cast<std::size_t>((block / 2 * 0x9E3779B97F4A7C15U) >> 40);
}

}  // namespace modelkin
