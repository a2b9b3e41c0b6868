#include "evidence/planted_rows.h"

#include <algorithm>
#include <cmath>

#include "linalg/matrix_product.h"

namespace modelkin {
namespace {

// Takes means over rows and then over coordinates away, norms of coordinates 1 in between. Returns
// whether anything is left, and all of it is finite.
bool StandardiseRows(std::vector<float>& values, std::size_t rows, std::size_t units) {
  double left = 0;
  for (std::size_t unit = 0; unit < units; ++unit) {
    double sum = 0, squares = 0;
    for (std::size_t p = 0; p < rows; ++p) sum += values[p * units + unit];
    const double mean = sum / static_cast<double>(rows);
    for (std::size_t p = 0; p < rows; ++p) {
      squares += std::pow(values[p * units + unit] - mean, 2);
    }
    if (!std::isfinite(squares)) return false;
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t p = 0; p < rows; ++p) {
      float& value = values[p * units + unit];
      value = static_cast<float>((value - mean) * scale);
    }
  }
  for (std::size_t p = 0; p < rows; ++p) {
    float* const row = values.data() + p * units;
    double sum = 0;
    for (std::size_t unit = 0; unit < units; ++unit) sum += row[unit];
    const double mean = sum / static_cast<double>(units);
    for (std::size_t unit = 0; unit < units; ++unit) {
      row[unit] = static_cast<float>(row[unit] - mean);
      left += static_cast<double>(row[unit]) * row[unit];
    }
  }
  return left > 0;
}

// rows x rows: <a_p, b_q>.
std::vector<float> RowProducts(const std::vector<float>& a, const std::vector<float>& b,
                               std::size_t units, unsigned threads) {
  const std::size_t rows = a.size() / units;
  std::vector<float> products(rows * rows, 0);
  AddProductTransposed({a.data(), rows, units}, {b.data(), rows, units}, threads, products.data());
  return products;
}

double Mixed(double t, double same, double crossed, double strange) {
  return t * t * same + t * (1 - t) * crossed + (1 - t) * (1 - t) * strange;
}

}  // namespace

PlantedRows::PlantedRows(std::vector<TensorRows> tensors, std::size_t units, unsigned threads)
    : units_(units) {
  for (TensorRows& tensor : tensors) {
    if (tensor.count < 2 || !StandardiseRows(tensor.a, tensor.count, units) ||
        !StandardiseRows(tensor.b, tensor.count, units)) {
      continue;
    }
    first_.push_back(first_.back() + tensor.count);
    a_.insert(a_.end(), tensor.a.begin(), tensor.a.end());
    b_.insert(b_.end(), tensor.b.begin(), tensor.b.end());
    tensor = {};
  }
  gram_ = RowProducts(a_, a_, units, threads);
  const std::vector<float> of_b = RowProducts(b_, b_, units, threads);
  const std::size_t count = this->tensors(), rows = first_.back();
  for (std::vector<double>* const sums : {&same_, &strange_}) sums->assign(count * count, 0);
  for (std::vector<double>* const sums : {&own_, &other_, &same_diagonal_, &strange_diagonal_}) {
    sums->assign(count, 0);
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = first_[i]; p < first_[i + 1]; ++p) {
      const double own = gram_[p * rows + p], other = of_b[p * rows + p];
      own_[i] += own;
      other_[i] += other;
      same_diagonal_[i] += own * own;
      strange_diagonal_[i] += own * other;
      for (std::size_t j = 0; j < count; ++j) {
        for (std::size_t q = first_[j]; q < first_[j + 1]; ++q) {
          const double product = gram_[p * rows + q];
          same_[Pair(i, j)] += product * product;
          strange_[Pair(i, j)] += product * of_b[p * rows + q];
        }
      }
    }
  }
}

PlantedDraw PlantedRows::Draw(const std::vector<std::uint32_t>& order) const {
  const std::size_t count = tensors(), rows = first_.back();
  std::vector<float> moved(b_.size());
  for (std::size_t p = 0; p < rows; ++p) {
    for (std::size_t i = 0; i < units_; ++i) moved[p * units_ + i] = b_[p * units_ + order[i]];
  }
  const std::vector<float> products = RowProducts(a_, moved, units_, 1);
  PlantedDraw draw{.own = std::vector<double>(count, 0),
                   .crossed = std::vector<double>(count * count, 0),
                   .crossed_diagonal = std::vector<double>(count, 0)};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = first_[i]; p < first_[i + 1]; ++p) {
      const double own = products[p * rows + p];
      draw.own[i] += own;
      draw.crossed_diagonal[i] += 2 * own * gram_[p * rows + p];
      for (std::size_t j = 0; j < count; ++j) {
        for (std::size_t q = first_[j]; q < first_[j + 1]; ++q) {
          draw.crossed[Pair(i, j)] +=
              static_cast<double>(gram_[p * rows + q]) *
              (static_cast<double>(products[p * rows + q]) + products[q * rows + p]);
        }
      }
    }
  }
  return draw;
}

double PlantedRows::Z(const PlantedDraw& draw, double t, const TraceSize& size) const {
  const std::size_t count = tensors();
  const double all = static_cast<double>(size.tensors), some = static_cast<double>(count);
  if (count == 0 || size.tensors == 0) return 0;
  // Rows of a tensor.
  const double n = std::max(2.0, static_cast<double>(size.rows) / all);
  std::vector<double> scale(count, 0);  // what a row of each counts for
  double trace = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double squares = SquaresOf(i, draw, t, n);
    if (!(squares > 0)) continue;
    scale[i] = n / static_cast<double>(RowsOf(i)) / std::sqrt(squares);
    trace += scale[i] * (t * own_[i] + (1 - t) * draw.own[i]);
  }
  double between = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      const std::size_t pair = Pair(i, j);
      if (i != j) {
        between += scale[i] * scale[j] * Mixed(t, same_[pair], draw.crossed[pair], strange_[pair]);
      }
    }
  }
  if (count > 1) between *= all * (all - 1) / (some * (some - 1));
  if (size.rows != first_.back() || size.tensors != count) between = std::max(between, 0.0);
  const double squares = all + between;
  if (!(squares > 0)) return 0;
  return trace * all / some / std::sqrt(squares / static_cast<double>(units_ - 1));
}

// |K|^2 of a tensor of n rows.
double PlantedRows::SquaresOf(std::size_t tensor, const PlantedDraw& draw, double t,
                              double n) const {
  const double rows = static_cast<double>(RowsOf(tensor));
  const std::size_t own = Pair(tensor, tensor);
  const double diagonal =
      Mixed(t, same_diagonal_[tensor], draw.crossed_diagonal[tensor], strange_diagonal_[tensor]);
  const double apart = Mixed(t, same_[own], draw.crossed[own], strange_[own]) - diagonal;
  // Rows less their mean have products of -1 / (rows - 1) of their squares, on either side.
  const double by_means =
      own_[tensor] * Mixed(t, own_[tensor], 2 * draw.own[tensor], other_[tensor]) / rows;
  double without_means = apart - by_means / (rows - 1);
  if (n != rows) without_means = std::max(without_means, 0.0);
  return n / rows * (diagonal + without_means * (n - 1) / (rows - 1) + by_means / (n - 1));
}

}  // namespace modelkin
