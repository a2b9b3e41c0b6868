#include "fingerprint/unbiased_cka.h"

#include <cmath>

#include "linalg/centred_kernel.h"

namespace modelkin {

std::optional<double> UnbiasedCka(const std::vector<float>& a, const std::vector<float>& b,
                                  std::size_t samples, unsigned threads) {
  if (samples < 4 || a.empty() || b.empty()) return std::nullopt;
  const auto kernel_a = CentredKernel(a, samples, threads);
  const auto kernel_b = CentredKernel(b, samples, threads);
  double cosine = 0;
  for (std::size_t i = 0; i < kernel_a.size(); ++i) {
    cosine += static_cast<double>(kernel_a[i]) * kernel_b[i];
  }
  if (!std::isfinite(cosine)) return std::nullopt;
  return cosine;
}

}  // namespace modelkin
