#include "fingerprint/unbiased_cka.h"

#include <cmath>

#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

// Inner products of samples, the diagonal 0.
std::vector<float> Kernel(const std::vector<float>& rows, std::size_t samples, unsigned threads) {
  const std::size_t features = rows.size() / samples;
  std::vector<float> kernel(samples * samples, 0);
  AddProductTransposed({rows.data(), samples, features}, {rows.data(), samples, features}, threads,
                       kernel.data());
  for (std::size_t i = 0; i < samples; ++i) kernel[i * (samples + 1)] = 0;
  return kernel;
}

std::vector<double> RowSums(const std::vector<float>& kernel, std::size_t samples) {
  std::vector<double> sums(samples, 0);
  for (std::size_t i = 0; i < kernel.size(); ++i) sums[i / samples] += kernel[i];
  return sums;
}

// Up to the factor 1 / (n (n - 3)), which cancels.
double Hsic(const std::vector<float>& k, const std::vector<double>& sums_k,
            const std::vector<float>& l, const std::vector<double>& sums_l) {
  const double n = static_cast<double>(sums_k.size());
  double products = 0, total_k = 0, total_l = 0, of_sums = 0;
  for (std::size_t i = 0; i < k.size(); ++i) products += static_cast<double>(k[i]) * l[i];
  for (std::size_t i = 0; i < sums_k.size(); ++i) {
    total_k += sums_k[i];
    total_l += sums_l[i];
    of_sums += sums_k[i] * sums_l[i];
  }
  return products + total_k * total_l / ((n - 1) * (n - 2)) - 2 * of_sums / (n - 2);
}

}  // namespace

std::optional<double> UnbiasedCka(const std::vector<float>& a, const std::vector<float>& b,
                                  std::size_t samples, unsigned threads) {
  if (samples < 4 || a.empty() || b.empty()) return std::nullopt;
  const auto kernel_a = Kernel(a, samples, threads), kernel_b = Kernel(b, samples, threads);
  const auto sums_a = RowSums(kernel_a, samples), sums_b = RowSums(kernel_b, samples);
  const double aa = Hsic(kernel_a, sums_a, kernel_a, sums_a);
  const double bb = Hsic(kernel_b, sums_b, kernel_b, sums_b);
  const double ab = Hsic(kernel_a, sums_a, kernel_b, sums_b);
  if (!(aa > 0) || !(bb > 0) || !std::isfinite(ab)) return std::nullopt;
  return ab / std::sqrt(aa * bb);
}

}  // namespace modelkin
