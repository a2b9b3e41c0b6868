#include "kinship/merge_algebra.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "statistics/log_tail.h"

namespace modelkin {
namespace {

// That Student's variable exceeds with probability 0.025.
double StudentQuantile(double degrees) {
  double low = 0, high = 1e6;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (LogStudentTail(middle, degrees) > std::log(0.025) ? low : high) = middle;
  }
  return low;
}

}  // namespace

std::optional<Vector> Solve(Vector matrix, Vector right) {
  const std::size_t size = right.size();
  double largest = 0;
  for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, matrix[i * size + i]);
  for (std::size_t k = 0; k < size; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < size; ++i) {
      if (std::abs(matrix[i * size + k]) > std::abs(matrix[pivot * size + k])) pivot = i;
    }
    if (!(std::abs(matrix[pivot * size + k]) > 1e-12 * largest)) return std::nullopt;
    for (std::size_t j = 0; j < size; ++j) {
      std::swap(matrix[k * size + j], matrix[pivot * size + j]);
    }
    std::swap(right[k], right[pivot]);
    for (std::size_t i = k + 1; i < size; ++i) {
      const double factor = matrix[i * size + k] / matrix[k * size + k];
      for (std::size_t j = k; j < size; ++j) matrix[i * size + j] -= factor * matrix[k * size + j];
      right[i] -= factor * right[k];
    }
  }
  for (std::size_t k = size; k-- > 0;) {
    for (std::size_t j = k + 1; j < size; ++j) right[k] -= matrix[k * size + j] * right[j];
    right[k] /= matrix[k * size + k];
  }
  return right;
}

WeightEstimate Estimate(const Vector& values, const Vector& evidence) {
  const double all = std::accumulate(evidence.begin(), evidence.end(), 0.0);
  const double mean = std::inner_product(values.begin(), values.end(), evidence.begin(), 0.0) / all;
  double squares = 0, shares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share = evidence[i] / all;
    squares += share * share * (values[i] - mean) * (values[i] - mean);
    shares += share * share;
  }
  const double degrees = std::max(1.0, 1 / shares - 1);
  const double half = values.size() < 2
                          ? HUGE_VAL
                          : StudentQuantile(degrees) * std::sqrt(squares * (degrees + 1) / degrees);
  const auto [least, most] = std::ranges::minmax(values);
  return {.mean = mean,
          .low = mean - half,
          .high = mean + half,
          .tensors_low = least,
          .tensors_high = most};
}

}  // namespace modelkin
