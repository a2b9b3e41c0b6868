#include "evidence/planted_products.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "linalg/matrix_product.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostSums = std::size_t{1} << 24;  // floats of the sums of orders at once

double SquaredNorm(std::span<const float> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return squares;
}

// <a, b with columns in that order>.
double CrossedProduct(const float* a, const float* b, const std::vector<std::uint32_t>& order) {
  const std::size_t units = order.size();
  double sum = 0;
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t j = 0; j < units; ++j) {
      sum += static_cast<double>(a[i * units + j]) * b[i * units + order[j]];
    }
  }
  return sum;
}

}  // namespace

PlantedProducts::PlantedProducts(std::vector<TensorProducts> tensors, std::size_t units,
                                 std::vector<std::vector<std::uint32_t>> orders, unsigned threads)
    : units_(units),
      threads_(threads),
      orders_(std::move(orders)),
      crossed_(orders_.size() * tensors.size()) {
  with_a_.reserve(tensors.size() * units * units);
  with_b_.reserve(tensors.size() * units * units);
  for (TensorProducts& tensor : tensors) {
    own_.push_back(SquaredNorm(tensor.with_a));
    other_.push_back(SquaredNorm(tensor.with_b));
    with_a_.insert(with_a_.end(), tensor.with_a.begin(), tensor.with_a.end());
    with_b_.insert(with_b_.end(), tensor.with_b.begin(), tensor.with_b.end());
    tensor = {};
  }
  ParallelFor(threads, crossed_.size(), [&](std::size_t i, unsigned) {
    const std::size_t first = i % own_.size() * units_ * units_;
    crossed_[i] =
        CrossedProduct(with_a_.data() + first, with_b_.data() + first, orders_[i / own_.size()]);
  });
}

std::vector<double> PlantedProducts::Z(double t) const {
  std::vector<double> z(orders_.size(), 0);
  if (tensors() == 0 || z.empty()) return z;
  const std::size_t entries = units_ * units_;
  // As few as the memory for their sums asks for, but one for each thread.
  const std::size_t threads = threads_ == 0 ? AvailableThreads() : threads_;
  const std::size_t most =
      std::clamp(std::max(kMostSums / entries, threads), std::size_t{1}, z.size());
  for (std::size_t first = 0; first < z.size(); first += most) {
    const std::size_t count = std::min(most, z.size() - first);
    const Weights weights = WeightsOf(t, first, count);
    std::vector<float> sums_a(count * entries, 0), sums_b(count * entries, 0);
    AddTransposedProduct({weights.of_a.data(), tensors(), count},
                         {with_a_.data(), tensors(), entries}, threads_, sums_a.data());
    AddTransposedProduct({weights.of_b.data(), tensors(), count},
                         {with_b_.data(), tensors(), entries}, threads_, sums_b.data());
    ParallelFor(threads_, count, [&](std::size_t i, unsigned) {
      z[first + i] = ZOf(sums_a.data() + i * entries, sums_b.data() + i * entries, first + i);
    });
  }
  return z;
}

PlantedProducts::Weights PlantedProducts::WeightsOf(double t, std::size_t first,
                                                    std::size_t count) const {
  Weights weights{.of_a = std::vector<float>(tensors() * count, 0),
                  .of_b = std::vector<float>(tensors() * count, 0)};
  for (std::size_t tensor = 0; tensor < tensors(); ++tensor) {
    for (std::size_t i = 0; i < count; ++i) {
      const double squares = t * t * own_[tensor] +
                             2 * t * (1 - t) * crossed_[(first + i) * tensors() + tensor] +
                             (1 - t) * (1 - t) * other_[tensor];
      if (squares <= 0) continue;
      weights.of_a[tensor * count + i] = static_cast<float>(t / std::sqrt(squares));
      weights.of_b[tensor * count + i] = static_cast<float>((1 - t) / std::sqrt(squares));
    }
  }
  return weights;
}

double PlantedProducts::ZOf(const float* with_a, const float* with_b, std::size_t order) const {
  std::vector<float> k(units_ * units_);
  for (std::size_t i = 0; i < units_; ++i) {
    for (std::size_t j = 0; j < units_; ++j) {
      k[i * units_ + j] = with_a[i * units_ + j] + with_b[i * units_ + orders_[order][j]];
    }
  }
  const auto moments = TraceTestMoments(k.data(), units_);
  return moments ? moments->z() : 0;
}

}  // namespace modelkin
