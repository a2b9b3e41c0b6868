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

// Divides by the power of two above the largest magnitude, which changes no digit, and returns it:
// then no product of two such values overflows.
double ScaleBelowOne(const float* values, std::size_t count, std::vector<float>& scaled) {
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(values[i]));
  int exponent = 0;
  std::frexp(largest, &exponent);
  scaled.resize(count);
  for (std::size_t i = 0; i < count; ++i) scaled[i] = std::ldexp(values[i], -exponent);
  return std::ldexp(1.0, exponent);
}

}  // namespace

std::vector<double> OuterProducts(const std::vector<float>& a, const std::vector<float>& b,
                                  CoordinateCounts widths, unsigned threads) {
  const std::size_t rows = a.size() / widths.a;
  std::vector<double> sum(widths.b * widths.a, 0);
  std::vector<float> products, of_a, of_b;
  for (std::size_t first = 0; first < rows; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows - first);
    products.assign(sum.size(), 0);
    const double scale = ScaleBelowOne(a.data() + first * widths.a, count * widths.a, of_a) *
                         ScaleBelowOne(b.data() + first * widths.b, count * widths.b, of_b);
    AddTransposedProduct({of_b.data(), count, widths.b}, {of_a.data(), count, widths.a}, threads,
                         products.data());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += scale * products[i];
  }
  return sum;
}

CoordinateMatch MatchCoordinates(const std::vector<float>& a, const std::vector<float>& b,
                                 CoordinateCounts widths, const std::vector<double>& products,
                                 unsigned threads) {
  const auto norms_a = ColumnNorms(a, widths.a), norms_b = ColumnNorms(b, widths.b);
  std::vector<float> likeness(products.size());
  for (std::size_t i = 0; i < products.size(); ++i) {
    likeness[i] =
        static_cast<float>(std::abs(products[i] / (norms_b[i / widths.a] * norms_a[i % widths.a])));
  }
  CoordinateMatch match{
      .source = MaximumAssignment({likeness.data(), widths.b, widths.a}, threads).column_of_row,
      .sign = std::vector<float>(widths.b, 1)};
  for (std::size_t j = 0; j < widths.b; ++j) {
    if (match.source[j] == kUnassigned) continue;
    if (products[j * widths.a + match.source[j]] < 0) match.sign[j] = -1;
  }
  return match;
}

}  // namespace modelkin
