#include "scan/pair_metrics.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

using enum MetricGap;

// Squares of numbers below this root mean square, 3e-145, begin to lose digits.
constexpr double kSmallestMeanSquare = 0x1p-960;
// And fourth powers below 6e-73.
constexpr double kSmallestVarianceForKurtosis = 0x1p-480;

double SquaredNorm(const CentredMoments& side, double n) {
  return side.m2 + n * side.mean * side.mean;
}

// Whether the numbers, which are not all zero, are too small for sums of squares.
bool NormUnderflows(const CentredMoments& side, std::uint64_t zeros, double n) {
  return static_cast<double>(zeros) < n && SquaredNorm(side, n) < n * kSmallestMeanSquare;
}

// numerator / denominator, undefined for `reason` where the denominator is 0.
Metric Ratio(double numerator, double denominator, MetricGap reason) {
  if (denominator == 0) return Metric(reason);
  return numerator / denominator;
}

// A cosine or correlation: rounding may not carry it out of [-1, 1].
Metric Clamped(double value) {
  if (!std::isfinite(value)) return Metric(kOverflow);
  return std::clamp(value, -1.0, 1.0);
}

SideMetrics ComputeSide(const CentredMoments& side, std::uint64_t zeros, double n,
                        const std::optional<double>& quantile, MetricGap constant_reason) {
  SideMetrics metrics;
  metrics.mean = side.mean;
  metrics.sd = std::sqrt(side.m2 / n);
  metrics.norm = std::sqrt(SquaredNorm(side, n));
  metrics.kurtosis = std::isfinite(side.m2 * side.m2)
                         ? Ratio(n * side.m4, side.m2 * side.m2, constant_reason)
                         : kOverflow;
  if (NormUnderflows(side, zeros, n)) {
    metrics.sd = metrics.norm = metrics.kurtosis = Metric(kUnderflow);
  } else if (side.m2 > 0 && side.m2 < n * kSmallestVarianceForKurtosis) {
    metrics.kurtosis = Metric(kUnderflow);
  }
  metrics.sparsity = static_cast<double>(zeros) / n;
  if (quantile) metrics.p99_abs = *quantile;
  return metrics;
}

void ComputeFinite(const PairScan& scan, PairMetrics& metrics) {
  const PairMoments& m = scan.moments;
  const auto n = static_cast<double>(m.finite_pairs);
  metrics.a = ComputeSide(m.a, m.zeros_a, n, scan.quantile_a, kConstantA);
  metrics.b = ComputeSide(m.b, m.zeros_b, n, scan.quantile_b, kConstantB);

  const double norm_a = std::sqrt(SquaredNorm(m.a, n));
  const double norm_b = std::sqrt(SquaredNorm(m.b, n));
  const bool equal = m.max_abs_diff == 0;  // then rounding may not make 1 into 0.9999999999999998
  if (norm_a == 0 || norm_b == 0) {
    const auto reason = Metric(norm_a == 0 ? kZeroA : kZeroB);
    metrics.cosine_similarity = metrics.shuffled_cosine = reason;
  } else {
    const double by_chance = n * (m.a.mean / norm_a) * (m.b.mean / norm_b);
    metrics.cosine_similarity = equal ? 1 : Clamped(m.cross / norm_a / norm_b + by_chance);
    metrics.shuffled_cosine = Clamped(by_chance);
  }
  if (m.a.m2 == 0 || m.b.m2 == 0) {
    metrics.pearson_correlation = Metric(m.a.m2 == 0 ? kConstantA : kConstantB);
  } else {
    metrics.pearson_correlation =
        equal ? 1 : Clamped(m.cross / std::sqrt(m.a.m2) / std::sqrt(m.b.m2));
  }

  const double distance = std::sqrt(m.squared_diff);
  metrics.mean_abs_diff = m.abs_diff / n;
  metrics.max_abs_diff = m.max_abs_diff;
  metrics.rel_l2_a = Ratio(distance, norm_a, kZeroA);
  metrics.rel_l2_b = Ratio(distance, norm_b, kZeroB);
  if (scan.quantile_a && scan.quantile_b)
    metrics.p99_abs_diff = std::abs(*scan.quantile_a - *scan.quantile_b);
  const double variation_a = std::sqrt(m.a.m2 / n) / std::abs(m.a.mean);
  const double variation_b = std::sqrt(m.b.m2 / n) / std::abs(m.b.mean);
  if (!(variation_a <= kLargestVariation) || !(variation_b <= kLargestVariation)) {
    metrics.cv_diff = Metric(!(variation_a <= kLargestVariation) ? kSmallMeanA : kSmallMeanB);
  } else {
    metrics.cv_diff = std::abs(variation_a - variation_b);
  }
  if (NormUnderflows(m.a, m.zeros_a, n) || NormUnderflows(m.b, m.zeros_b, n)) {
    metrics.cosine_similarity = metrics.shuffled_cosine = metrics.pearson_correlation =
        metrics.rel_l2_a = metrics.rel_l2_b = metrics.cv_diff = Metric(kUnderflow);
  }
  if (!std::isfinite(norm_a) || !std::isfinite(norm_b)) {  // what is divided by them would be 0
    metrics.cosine_similarity = metrics.shuffled_cosine = metrics.pearson_correlation =
        metrics.rel_l2_a = metrics.rel_l2_b = metrics.cv_diff = Metric(kOverflow);
  }
  const std::uint64_t both_nonzero = m.finite_pairs - m.any_zero;
  metrics.sign_agreement = Ratio(static_cast<double>(both_nonzero - m.opposite_signs),
                                 static_cast<double>(both_nonzero), kNoSigns);
}

void MarkUndefined(MetricGap reason, PairMetrics& metrics) {
  for (const PairMetricField& field : kPairMetricFields) metrics.*field.member = Metric(reason);
  for (const SideMetricField& field : kSideMetricFields) {
    metrics.a.*field.member = metrics.b.*field.member = Metric(reason);
  }
}

}  // namespace

std::string_view MetricGapText(MetricGap gap) {
  switch (gap) {
    case kNotComputed: return "not computed";
    case kNoElements: return "no elements";
    case kNothingFinite: return "no pair of finite elements";
    case kZeroA: return "all of a is zero";
    case kZeroB: return "all of b is zero";
    case kConstantA: return "a is constant";
    case kConstantB: return "b is constant";
    case kSmallMeanA: return "mean of a is under a sixth of its standard deviation";
    case kSmallMeanB: return "mean of b is under a sixth of its standard deviation";
    case kNoSigns: return "no pair of non-zero elements";
    case kOverflow: return "overflows double precision";
    case kUnderflow: return "underflows double precision";
  }
  return "";
}

Metric::Metric(double value) : Metric(kOverflow) {
  if (std::isfinite(value)) value_ = value;
}

PairMetrics ComputeMetrics(const PairScan& scan) {
  const PairMoments& m = scan.moments;
  PairMetrics metrics;
  if (m.elements == 0) {
    MarkUndefined(kNoElements, metrics);
  } else if (m.finite_pairs == 0) {
    MarkUndefined(kNothingFinite, metrics);
  } else {
    ComputeFinite(scan, metrics);
  }
  metrics.elements = m.elements;
  metrics.finite_pairs = m.finite_pairs;
  metrics.nan_a = m.nan_a;
  metrics.nan_b = m.nan_b;
  metrics.infinite_a = m.infinite_a;
  metrics.infinite_b = m.infinite_b;
  metrics.bit_equal = m.bit_equal;
  if (m.elements > 0) {
    metrics.identical_fraction = static_cast<double>(m.bit_equal) / static_cast<double>(m.elements);
  }
  return metrics;
}

}  // namespace modelkin
