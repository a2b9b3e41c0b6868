// The numbers that a reader sees of one tensor pair, from its moments.
#ifndef MODELKIN_SCAN_PAIR_METRICS_H_
#define MODELKIN_SCAN_PAIR_METRICS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "scan/scan_pairs.h"

namespace modelkin {

// A number, or the reason why there is none.
class Metric {
 public:
  Metric() = default;
  // A value that is not finite becomes undefined: "overflows double precision".
  Metric(double value);  // NOLINT(google-explicit-constructor): a number is a metric
  static Metric Undefined(std::string_view reason);

  bool defined() const { return undefined_reason_.empty(); }
  double value() const { return value_; }                                  // if defined
  std::string_view undefined_reason() const { return undefined_reason_; }  // if not; static storage

 private:
  double value_ = 0;
  std::string_view undefined_reason_ = "not computed";
};

// One side, over the finite pairs. sd is the population one; kurtosis is m4/m2^2 (3 for a normal
// law); sparsity is the share of zeros; p99_abs is the 0.99-quantile of magnitudes, interpolated.
struct SideMetrics {
  Metric mean, sd, norm, kurtosis, sparsity, p99_abs;
};

// Over the finite pairs (identical_fraction: over all pairs). cosine in [-1, 1]; shuffled_cosine is
// its exact mean over all permutations of one side, n mean(a) mean(b) / (|a||b|): what two vectors
// of these means and norms score by chance. rel_l2_a = |a-b|/|a|, rel_l2_b = |a-b|/|b|.
// p99_abs_diff = |p99_abs(a) - p99_abs(b)|; cv_diff = | sd(a)/|mean(a)| - sd(b)/|mean(b)| |.
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

// Names and places of the metrics, for everything that prints them.
struct PairMetricField {
  std::string_view name;
  Metric PairMetrics::*member;
};
inline constexpr std::array<PairMetricField, 11> kPairMetricFields = {{
    {"cosine_similarity", &PairMetrics::cosine_similarity},
    {"shuffled_cosine", &PairMetrics::shuffled_cosine},
    {"pearson_correlation", &PairMetrics::pearson_correlation},
    {"mean_abs_diff", &PairMetrics::mean_abs_diff},
    {"max_abs_diff", &PairMetrics::max_abs_diff},
    {"rel_l2_a", &PairMetrics::rel_l2_a},
    {"rel_l2_b", &PairMetrics::rel_l2_b},
    {"p99_abs_diff", &PairMetrics::p99_abs_diff},
    {"cv_diff", &PairMetrics::cv_diff},
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
