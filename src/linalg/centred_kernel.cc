#include "linalg/centred_kernel.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

// The samples' common part is of no account, and would drown the rest in a float.
std::vector<float> WithoutMean(const std::vector<float>& features, std::size_t samples,
                               std::size_t columns) {
  std::vector<double> means(columns, 0);
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t k = 0; k < columns; ++k) means[k] += features[i * columns + k];
  }
  std::vector<float> centred(features.size());
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      const double mean = means[k] / static_cast<double>(samples);
      centred[i * columns + k] = static_cast<float>(features[i * columns + k] - mean);
    }
  }
  return centred;
}

}  // namespace

std::vector<float> CentredKernel(const std::vector<float>& features, std::size_t samples,
                                 unsigned threads) {
  const std::size_t columns = features.size() / samples;
  const std::vector<float> centred = WithoutMean(features, samples, columns);
  std::vector<float> products(samples * samples, 0);
  AddProductTransposed({centred.data(), samples, columns}, {centred.data(), samples, columns},
                       threads, products.data());
  std::vector<double> sums(samples, 0);
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = 0; j < samples; ++j) sums[i] += i == j ? 0 : products[i * samples + j];
  }
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  const auto n = static_cast<double>(samples);
  double squares = 0;
  std::vector<double> kernel(products.size(), 0);
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = 0; j < samples; ++j) {
      if (i == j) continue;
      const double value =
          products[i * samples + j] - (sums[i] + sums[j]) / (n - 2) + total / ((n - 1) * (n - 2));
      kernel[i * samples + j] = value;
      squares += value * value;
    }
  }
  const double scale =
      squares > 0 ? 1 / std::sqrt(squares) : std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    products[i] = static_cast<float>(kernel[i] * scale);
  }
  return products;
}

}  // namespace modelkin
