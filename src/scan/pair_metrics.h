// The numbers that a reader sees of one tensor pair, from its moments.
#ifndef MODELKIN_SCAN_PAIR_METRICS_H_
#define MODELKIN_SCAN_PAIR_METRICS_H_

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "scan/scan_pairs.h"

namespace modelkin {

// Why there is no number.
enum class MetricGap : std::uint8_t {
  kNotComputed,
  kNoElements,
  kNothingFinite,
  kZeroA,
  kZeroB,
  kConstantA,
  kConstantB,
  kSmallMeanA,
  kSmallMeanB,
  kNoSigns,
  kOverflow,
  kUnderflow,
};

// "no pair of finite elements"
std::string_view MetricGapText(MetricGap gap);

// A number, or the reason why there is none. As large as a double: there may be millions.
class Metric {
 public:
  Metric() : Metric(MetricGap::kNotComputed) {}
  // A value that is not finite becomes undefined: kOverflow.
  Metric(double value);  // NOLINT(google-explicit-constructor): a number is a metric
  Metric(MetricGap gap)  // NOLINT(google-explicit-constructor): and so is a reason for none
      : value_(std::bit_cast<double>(kQuietNan | static_cast<std::uint64_t>(gap))) {}

  bool defined() const { return value_ == value_; }
  double value() const { return value_; }  // if defined
  MetricGap gap() const {                  // if not
    return static_cast<MetricGap>(std::bit_cast<std::uint64_t>(value_) & 0xff);
  }
  std::string_view undefined_reason() const { return defined() ? "" : MetricGapText(gap()); }

 private:
  static constexpr std::uint64_t kQuietNan = 0x7ff8'0000'0000'0000;

  double value_;  // or a NaN whose lowest bits are the reason
};

// One side, over the finite pairs. sd is the population one; kurtosis is m4/m2^2 (3 for a normal
// law); sparsity is the share of zeros; p99_abs is the 0.99-quantile of magnitudes, interpolated.
struct SideMetrics {
  Metric mean, sd, norm, kurtosis, sparsity, p99_abs;
};

// Over the finite pairs (identical_fraction: over all pairs). cosine in [-1, 1]; shuffled_cosine is
// its exact mean over all permutations of one side, n mean(a) mean(b) / (|a||b|): what two vectors
// of these means and norms score by chance. rel_l2_a = |a-b|/|a|, rel_l2_b = |a-b|/|b|.
// p99_abs_diff = |p99_abs(a) - p99_abs(b)|; cv_diff = | sd(a)/|mean(a)| - sd(b)/|mean(b)| |,
// undefined where one of these exceeds kLargestVariation.
// sign_agreement is the share of equal signs among pairs where both are non-zero.
struct PairMetrics {
  std::uint64_t elements = 0;
  std::uint64_t finite_pairs = 0;
  std::uint64_t nan_a = 0, nan_b = 0, infinite_a = 0, infinite_b = 0;
  std::uint64_t bit_equal = 0;
  Metric cosine_similarity, shuffled_cosine, pearson_correlation;
  Metric mean_abs_diff, max_abs_diff, rel_l2_a, rel_l2_b, p99_abs_diff, cv_diff;
  Metric identical_fraction, sign_agreement;
  SideMetrics a, b;
};

PairMetrics ComputeMetrics(const PairScan& scan);

// Coefficients of variation beyond this have no digits that one can rely on: docs/numerics.md.
inline constexpr double kLargestVariation = 6;

// Names and places of the metrics, for everything that prints them.
struct PairMetricField {
  std::string_view name;
  Metric PairMetrics::*member;
  // What another instruction set may change, beyond kClose of the value: where sums cancel out.
  double absolute_tolerance = 0;
};
inline constexpr std::array<PairMetricField, 11> kPairMetricFields = {{
    {"cosine_similarity", &PairMetrics::cosine_similarity, 1e-7},
    {"shuffled_cosine", &PairMetrics::shuffled_cosine, 1e-7},
    {"pearson_correlation", &PairMetrics::pearson_correlation, 1e-7},
    {"mean_abs_diff", &PairMetrics::mean_abs_diff},
    {"max_abs_diff", &PairMetrics::max_abs_diff},
    {"rel_l2_a", &PairMetrics::rel_l2_a},
    {"rel_l2_b", &PairMetrics::rel_l2_b},
    {"p99_abs_diff", &PairMetrics::p99_abs_diff},
    {"cv_diff", &PairMetrics::cv_diff, 1e-6 * kLargestVariation},
    {"identical_fraction", &PairMetrics::identical_fraction},
    {"sign_agreement", &PairMetrics::sign_agreement},
}};

struct SideMetricField {
  std::string_view name;
  Metric SideMetrics::*member;
};
inline constexpr std::array<SideMetricField, 6> kSideMetricFields = {{
    {"mean", &SideMetrics::mean},
    {"sd", &SideMetrics::sd},
    {"norm", &SideMetrics::norm},
    {"kurtosis", &SideMetrics::kurtosis},
    {"sparsity", &SideMetrics::sparsity},
    {"p99_abs", &SideMetrics::p99_abs},
}};

}  // namespace modelkin

#endif  // MODELKIN_SCAN_PAIR_METRICS_H_
