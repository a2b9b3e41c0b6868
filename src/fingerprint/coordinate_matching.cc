#include "fingerprint/coordinate_matching.h"

#include <algorithm>
#include <cmath>

#include "linalg/assignment.h"
#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

constexpr std::size_t kRowsAtOnce = 2048;

std::vector<double> ColumnNorms(const std::vector<float>& rows, std::size_t width) {
  std::vector<double> norms(width, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    norms[i % width] += static_cast<double>(rows[i]) * rows[i];
  }
  for (double& norm : norms) norm = norm > 0 ? std::sqrt(norm) : 1;
  return norms;
}

}  // namespace

std::vector<double> OuterProducts(const std::vector<float>& a, const std::vector<float>& b,
                                  std::size_t width, unsigned threads) {
  const std::size_t rows = a.size() / width;
  std::vector<double> sum(width * width, 0);
  std::vector<float> products;
  for (std::size_t first = 0; first < rows; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows - first);
    products.assign(width * width, 0);
    AddTransposedProduct({b.data() + first * width, count, width},
                         {a.data() + first * width, count, width}, threads, products.data());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += products[i];
  }
  return sum;
}

CoordinateMatch MatchCoordinates(const std::vector<float>& a, const std::vector<float>& b,
                                 std::size_t width, const std::vector<double>& products,
                                 unsigned threads) {
  const auto norms_a = ColumnNorms(a, width), norms_b = ColumnNorms(b, width);
  std::vector<float> likeness(products.size());
  for (std::size_t i = 0; i < products.size(); ++i) {
    likeness[i] =
        static_cast<float>(std::abs(products[i] / (norms_b[i / width] * norms_a[i % width])));
  }
  CoordinateMatch match{
      .source = MaximumAssignment({likeness.data(), width, width}, threads).column_of_row,
      .sign = std::vector<float>(width, 1)};
  for (std::size_t j = 0; j < width; ++j) {
    if (products[j * width + match.source[j]] < 0) match.sign[j] = -1;
  }
  return match;
}

}  // namespace modelkin
