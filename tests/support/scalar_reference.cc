#include "support/scalar_reference.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace modelkin::testing {
namespace {

using Real = long double;

// torch.quantile's linear interpolation: position q (n-1), its rank and its fraction in double.
// `values` must not be empty. Sorts no further than it has to: all tests of scans come here.
double Quantile(std::vector<double> values, double q) {
  const double position = q * static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::size_t>(position);
  double* const end = values.data() + values.size();
  double* const at = values.data() + rank;
  std::nth_element(values.data(), at, end);
  const double upper = at + 1 == end ? *at : *std::min_element(at + 1, end);
  return *at + (position - static_cast<double>(rank)) * (upper - *at);
}

// One side's finite values and what follows from them alone.
struct Side {
  std::vector<double> values;
  bool constant = false;
  bool all_zero = false;
  Real mean = 0, m2 = 0, m4 = 0, squares = 0;

  void Finish() {
    constant = std::ranges::all_of(values, [&](double v) { return v == values.front(); });
    all_zero = std::ranges::all_of(values, [](double v) { return v == 0; });
    for (const double v : values) mean += v;
    mean = constant ? values.front() : mean / static_cast<Real>(values.size());
    for (const double v : values) {
      const Real deviation = v - mean;
      m2 += deviation * deviation;
      m4 += deviation * deviation * deviation * deviation;
      squares += static_cast<Real>(v) * v;
    }
  }

  Real norm() const { return std::sqrt(squares); }
  Real sd() const { return std::sqrt(m2 / static_cast<Real>(values.size())); }

  ReferenceSide Metrics() const {
    ReferenceSide metrics;
    const auto n = static_cast<Real>(values.size());
    metrics.mean = static_cast<double>(mean);
    metrics.sd = static_cast<double>(sd());
    metrics.norm = static_cast<double>(norm());
    if (!constant) metrics.kurtosis = static_cast<double>(n * m4 / (m2 * m2));
    const auto zeros = std::ranges::count(values, 0.0);
    metrics.sparsity = static_cast<double>(zeros) / static_cast<double>(values.size());
    std::vector<double> magnitudes;
    for (const double v : values) magnitudes.push_back(std::abs(v));
    metrics.p99_abs = Quantile(std::move(magnitudes), 0.99);
    return metrics;
  }
};

void CompareFinite(const Side& a, const Side& b, ReferenceMetrics& metrics) {
  const std::size_t count = a.values.size();
  const auto n = static_cast<Real>(count);
  Real dot = 0, cross = 0, abs_diff = 0, squared_diff = 0, max_abs_diff = 0;
  std::uint64_t both_nonzero = 0, same_signs = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Real x = a.values[i];
    const Real y = b.values[i];
    dot += x * y;
    cross += (x - a.mean) * (y - b.mean);
    abs_diff += std::abs(x - y);
    squared_diff += (x - y) * (x - y);
    max_abs_diff = std::max(max_abs_diff, std::abs(x - y));
    if (x == 0 || y == 0) continue;
    ++both_nonzero;
    same_signs += (x > 0) == (y > 0) ? 1 : 0;
  }
  const auto ratio = [](Real numerator, Real denominator) {
    return static_cast<double>(numerator / denominator);
  };
  metrics.a = a.Metrics();
  metrics.b = b.Metrics();
  if (!a.all_zero && !b.all_zero) {
    metrics.cosine_similarity = ratio(dot, a.norm() * b.norm());
    metrics.shuffled_cosine = ratio(n * a.mean * b.mean, a.norm() * b.norm());
  }
  if (!a.constant && !b.constant)
    metrics.pearson_correlation = ratio(cross, std::sqrt(a.m2) * std::sqrt(b.m2));
  metrics.mean_abs_diff = ratio(abs_diff, n);
  metrics.max_abs_diff = static_cast<double>(max_abs_diff);
  if (!a.all_zero) metrics.rel_l2_a = ratio(std::sqrt(squared_diff), a.norm());
  if (!b.all_zero) metrics.rel_l2_b = ratio(std::sqrt(squared_diff), b.norm());
  metrics.p99_abs_diff = std::abs(*metrics.a.p99_abs - *metrics.b.p99_abs);
  if (a.mean != 0 && b.mean != 0) {
    metrics.cv_diff =
        static_cast<double>(std::abs(a.sd() / std::abs(a.mean) - b.sd() / std::abs(b.mean)));
  }
  if (both_nonzero > 0) {
    metrics.sign_agreement = static_cast<double>(same_signs) / static_cast<double>(both_nonzero);
  }
}

}  // namespace

ReferenceMetrics CompareByDefinition(std::span<const double> a, std::span<const double> b) {
  ReferenceMetrics metrics;
  metrics.elements = a.size();
  Side side_a, side_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    metrics.nan_a += std::isnan(a[i]) ? 1 : 0;
    metrics.nan_b += std::isnan(b[i]) ? 1 : 0;
    metrics.infinite_a += std::isinf(a[i]) ? 1 : 0;
    metrics.infinite_b += std::isinf(b[i]) ? 1 : 0;
    metrics.bit_equal +=
        std::bit_cast<std::uint64_t>(a[i]) == std::bit_cast<std::uint64_t>(b[i]) ? 1 : 0;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    side_a.values.push_back(a[i]);
    side_b.values.push_back(b[i]);
  }
  metrics.finite_pairs = side_a.values.size();
  if (metrics.elements > 0) {
    metrics.identical_fraction =
        static_cast<double>(metrics.bit_equal) / static_cast<double>(metrics.elements);
  }
  if (metrics.finite_pairs == 0) return metrics;
  side_a.Finish();
  side_b.Finish();
  CompareFinite(side_a, side_b, metrics);
  return metrics;
}

}  // namespace modelkin::testing
