// Every metric of a tensor pair by its definition, slowly: what the scans are tested against.
#ifndef MODELKIN_TESTS_SUPPORT_SCALAR_REFERENCE_H_
#define MODELKIN_TESTS_SUPPORT_SCALAR_REFERENCE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace modelkin::testing {

// nullopt: undefined.
struct ReferenceSide {
  std::optional<double> mean, sd, norm, kurtosis, sparsity, p99_abs;
};

struct ReferenceMetrics {
  std::uint64_t elements = 0;
  std::uint64_t finite_pairs = 0;
  std::uint64_t nan_a = 0, nan_b = 0, infinite_a = 0, infinite_b = 0;
  std::uint64_t bit_equal = 0;  // as doubles: NaN equals NaN of the same payload
  std::optional<double> cosine_similarity, shuffled_cosine, pearson_correlation;
  std::optional<double> mean_abs_diff, max_abs_diff, rel_l2_a, rel_l2_b, p99_abs_diff, cv_diff;
  std::optional<double> identical_fraction, sign_agreement;
  ReferenceSide a, b;
};

// `a` and `b` are equally long. Two passes in long double over the finite pairs.
ReferenceMetrics CompareByDefinition(std::span<const double> a, std::span<const double> b);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_SCALAR_REFERENCE_H_
