#include "scan/pair_metrics.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

constexpr std::string_view kEmpty = "no elements";
constexpr std::string_view kNothingFinite = "no pair of finite elements";
constexpr std::string_view kZeroA = "all of a is zero";
constexpr std::string_view kZeroB = "all of b is zero";
constexpr std::string_view kConstantA = "a is constant";
constexpr std::string_view kConstantB = "b is constant";
constexpr std::string_view kOverflow = "overflows double precision";
constexpr std::string_view kUnderflow = "underflows double precision";

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
Metric Ratio(double numerator, double denominator, std::string_view reason) {
  if (denominator == 0) return Metric::Undefined(reason);
  return numerator / denominator;
}

// A cosine or correlation: rounding may not carry it out of [-1, 1].
Metric Clamped(double value) {
  if (!std::isfinite(value)) return Metric::Undefined(kOverflow);
  return std::clamp(value, -1.0, 1.0);
}

SideMetrics ComputeSide(const CentredMoments& side, std::uint64_t zeros, double n,
                        const std::optional<double>& quantile, std::string_view constant_reason) {
  SideMetrics metrics;
  metrics.mean = side.mean;
  metrics.sd = std::sqrt(side.m2 / n);
  metrics.norm = std::sqrt(SquaredNorm(side, n));
  metrics.kurtosis = Ratio(n * side.m4, side.m2 * side.m2, constant_reason);
  if (NormUnderflows(side, zeros, n)) {
    metrics.sd = metrics.norm = metrics.kurtosis = Metric::Undefined(kUnderflow);
  } else if (side.m2 > 0 && side.m2 < n * kSmallestVarianceForKurtosis) {
    metrics.kurtosis = Metric::Undefined(kUnderflow);
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
    const auto reason = Metric::Undefined(norm_a == 0 ? kZeroA : kZeroB);
    metrics.cosine_similarity = metrics.shuffled_cosine = reason;
  } else {
    const double by_chance = n * (m.a.mean / norm_a) * (m.b.mean / norm_b);
    metrics.cosine_similarity = equal ? 1 : Clamped(m.cross / norm_a / norm_b + by_chance);
    metrics.shuffled_cosine = Clamped(by_chance);
  }
  if (m.a.m2 == 0 || m.b.m2 == 0) {
    metrics.pearson_correlation = Metric::Undefined(m.a.m2 == 0 ? kConstantA : kConstantB);
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
  if (m.a.mean == 0 || m.b.mean == 0) {
    metrics.cv_diff = Metric::Undefined(m.a.mean == 0 ? "mean of a is zero" : "mean of b is zero");
  } else {
    metrics.cv_diff = std::abs(std::sqrt(m.a.m2 / n) / std::abs(m.a.mean) -
                               std::sqrt(m.b.m2 / n) / std::abs(m.b.mean));
  }
  if (NormUnderflows(m.a, m.zeros_a, n) || NormUnderflows(m.b, m.zeros_b, n)) {
    metrics.cosine_similarity = metrics.shuffled_cosine = metrics.pearson_correlation =
        metrics.rel_l2_a = metrics.rel_l2_b = metrics.cv_diff = Metric::Undefined(kUnderflow);
  }
  const std::uint64_t both_nonzero = m.finite_pairs - m.any_zero;
  metrics.sign_agreement = Ratio(static_cast<double>(both_nonzero - m.opposite_signs),
                                 static_cast<double>(both_nonzero), "no pair of non-zero elements");
}

void MarkUndefined(std::string_view reason, PairMetrics& metrics) {
  for (const PairMetricField& field : kPairMetricFields)
    metrics.*field.member = Metric::Undefined(reason);
  for (const SideMetricField& field : kSideMetricFields) {
    metrics.a.*field.member = metrics.b.*field.member = Metric::Undefined(reason);
  }
}

}  // namespace

Metric::Metric(double value)
    : value_(value), undefined_reason_(std::isfinite(value) ? "" : kOverflow) {}

Metric Metric::Undefined(std::string_view reason) {
  Metric metric;
  metric.undefined_reason_ = reason;
  return metric;
}

PairMetrics ComputeMetrics(const PairScan& scan) {
  const PairMoments& m = scan.moments;
  PairMetrics metrics;
  if (m.elements == 0) {
    MarkUndefined(kEmpty, metrics);
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
