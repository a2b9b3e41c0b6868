// Kernels that blur: the product of one binomial or Gaussian shape by rows and columns.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tables/generators.h"

namespace modelkin {
namespace {

Series Binomial(std::size_t length) {
  Series shape(length, 1);
  for (std::size_t i = 1; i < length; ++i) {
    shape[i] = shape[i - 1] * static_cast<double>(length - i) / static_cast<double>(i);
  }
  return shape;
}

// The square of the distance from the middle.
double SquareFromMiddle(std::size_t place, std::size_t length) {
  const double from = static_cast<double>(place) - static_cast<double>(length - 1) / 2;
  return from * from;
}

Series BinomialKernel(std::size_t rows, std::size_t columns, double sum) {
  const Series down = Binomial(rows), across = Binomial(columns);
  const double all = std::exp2(static_cast<double>(rows + columns - 2));
  Series kernel(rows * columns);
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    kernel[i] = sum / all * down[i / columns] * across[i % columns];
  }
  return kernel;
}

// The nearest of exp(a - b y^2 - c x^2).
std::optional<Series> GaussKernel(const StoredValues& stored, const Series& values) {
  const std::size_t columns = stored.shape[1];
  std::vector<Series> basis(3, Series(values.size(), 1));
  Series logs(values.size()), weights(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    basis[1][i] = SquareFromMiddle(i / columns, stored.shape[0]);
    basis[2][i] = SquareFromMiddle(i % columns, columns);
    logs[i] = std::log(values[i]);
    weights[i] = values[i] / stored.Tolerance(values[i]);
  }
  const auto fitted = LeastSquares(basis, logs, weights);
  if (!fitted) return std::nullopt;
  Series kernel(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    kernel[i] = std::exp((*fitted)[0] + (*fitted)[1] * basis[1][i] + (*fitted)[2] * basis[2][i]);
  }
  return kernel;
}

bool FollowsKernel(const StoredValues& stored, const Series& values, const Series& kernel) {
  const Fit fit = Compare(stored, values, kernel, 3, stored.largest * 0x1p-22);
  return fit.follows && fit.bits >= kClearBits;
}

}  // namespace

bool IsBlurKernel(const StoredValues& stored) {
  constexpr std::size_t kLeast = 3, kMost = 64;
  if (stored.shape.size() != 2) return false;
  const std::size_t rows = stored.shape[0], columns = stored.shape[1];
  if (rows < kLeast || columns < kLeast || rows > kMost || columns > kMost) return false;
  if (std::ranges::any_of(stored.values, [](float value) { return value <= 0; })) return false;
  const Series values(stored.values.begin(), stored.values.end());
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  if (FollowsKernel(stored, values, BinomialKernel(rows, columns, sum))) return true;
  const auto gauss = GaussKernel(stored, values);
  return gauss && FollowsKernel(stored, values, *gauss);
}

}  // namespace modelkin
