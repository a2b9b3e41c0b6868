#include "fingerprint/untrained_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linalg/matrix_product.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace {

// Sums of squares of deviations below this share of the values' own are rounding.
constexpr double kRounding = 1e-24;

template <class Value>
double SumOfSquares(const std::vector<Value>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

// Centres by the mean row and scales to a norm of 1. Returns "" or why it can't.
template <class Value>
Skipped Standardise(std::size_t rows, std::size_t width, std::vector<Value>& values) {
  const double before = SumOfSquares(values);
  if (!std::isfinite(before)) return SkipReason::kNotFinite;
  // By way of the first row, so that of equal rows exactly 0 is left.
  const std::vector<Value> first(values.begin(),
                                 values.begin() + static_cast<std::ptrdiff_t>(width));
  std::vector<double> mean(width, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] -= first[i % width];
    mean[i % width] += values[i] / static_cast<double>(rows);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<Value>(values[i] - mean[i % width]);
  }
  const double squares = SumOfSquares(values);
  if (!(squares > kRounding * before)) return SkipReason::kEqualRows;
  const double norm = std::sqrt(squares);
  for (Value& value : values) value = static_cast<Value>(value / norm);
  return {};
}

void AddProducts(const std::vector<double>& a, const std::vector<double>& b, std::size_t rows,
                 std::size_t width, unsigned threads, std::vector<double>& products) {
  AddTransposedProduct(DoubleMatrixView{a.data(), rows, width},
                       DoubleMatrixView{b.data(), rows, width}, threads, products.data());
}
void AddProducts(const std::vector<float>& a, const std::vector<float>& b, std::size_t rows,
                 std::size_t width, unsigned threads, std::vector<float>& products) {
  AddTransposedProduct(MatrixView{a.data(), rows, width}, MatrixView{b.data(), rows, width},
                       threads, products.data());
}

template <class Value>
RowsTest TestRowsOf(std::vector<Value> a, std::vector<Value> b, std::size_t rows, std::size_t width,
                    const MonteCarloOptions& options) {
  RowsTest test{.rows = rows};
  if (rows < 2 || width < 2) {
    test.skipped = SkipReason::kTooFewRows;
    return test;
  }
  if (width > kWidestRows) {
    test.skipped = SkipReason::kTooWideForRows;
    return test;
  }
  for (std::vector<Value>* const side : {&a, &b}) {
    test.skipped = Standardise(rows, width, *side);
    if (!test.skipped.empty()) return test;
  }
  std::vector<Value> products(width * width, 0);
  AddProducts(a, b, rows, width, options.threads, products);
  const auto moments = TraceTestMoments(products.data(), width);
  if (!moments) {
    test.skipped = SkipReason::kEqualOrders;
    return test;
  }
  const TraceTail tail =
      TraceTestTail(products.data(), *moments, options, BeyondDraws::kImportance);
  test.cosine = std::clamp(moments->trace, -1.0, 1.0);
  test.cosine_by_chance = std::clamp(moments->mean, -1.0, 1.0);
  test.z = moments->z();
  test.log_p = tail.log_p;
  test.is_bound = tail.is_bound;
  test.method = tail.method;
  return test;
}

}  // namespace

RowsTest TestRows(std::vector<double> a, std::vector<double> b, std::size_t rows, std::size_t width,
                  const MonteCarloOptions& options) {
  return TestRowsOf(std::move(a), std::move(b), rows, width, options);
}
RowsTest TestRowsInFloat(std::vector<float> a, std::vector<float> b, std::size_t rows,
                         std::size_t width, const MonteCarloOptions& options) {
  return TestRowsOf(std::move(a), std::move(b), rows, width, options);
}

}  // namespace modelkin
