#include "statistics/tilted_permutation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace modelkin {
namespace {

constexpr double kLeastLogWeight = -60;

// The columns that rows have not taken yet; takes one by its place among them.
class ColumnsLeft {
 public:
  explicit ColumnsLeft(std::size_t units) : columns_(units), place_(units) {
    std::iota(columns_.begin(), columns_.end(), 0U);
    std::iota(place_.begin(), place_.end(), 0U);
  }

  std::span<const std::uint32_t> columns() const { return columns_; }
  std::uint32_t PlaceOf(std::uint32_t column) const { return place_[column]; }

  std::uint32_t Take(std::size_t place) {
    const std::uint32_t taken = columns_[place];
    columns_[place] = columns_.back();
    place_[columns_[place]] = static_cast<std::uint32_t>(place);
    columns_.pop_back();
    return taken;
  }

  double Sum(const float* weights) const {
    double sum = 0;
    for (const std::uint32_t column : columns_) sum += weights[column];
    return sum;
  }

 private:
  std::vector<std::uint32_t> columns_, place_;
};

}  // namespace

TiltedPermutation::TiltedPermutation(std::span<const double> values, std::size_t units,
                                     double scale)
    : units_(units), weights_(units * units) {
  std::vector<double> means(units, 0), scores(units);
  for (std::size_t i = 0; i < units * units; ++i) {
    means[i % units] += values[i] / static_cast<double>(units);
  }
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t j = 0; j < units; ++j) {
      scores[j] = scale * (values[i * units + j] - means[j]);
    }
    const double largest = *std::ranges::max_element(scores);
    for (std::size_t j = 0; j < units; ++j) {
      weights_[i * units + j] =
          static_cast<float>(std::exp(std::max(scores[j] - largest, kLeastLogWeight)));
    }
  }
}

double TiltedPermutation::Draw(Random& random, std::vector<std::uint32_t>& columns) const {
  ColumnsLeft left(units_);
  columns.resize(units_);
  double log_probability = 0;
  for (std::size_t i = 0; i < units_; ++i) {
    const float* const weights = weights_.data() + i * units_;
    const double sum = left.Sum(weights);
    double until = random.Uniform() * sum;
    std::size_t place = 0;
    while (place + 1 < left.columns().size()) {
      until -= weights[left.columns()[place]];
      if (until < 0) break;
      ++place;
    }
    columns[i] = left.Take(place);
    log_probability += std::log(weights[columns[i]] / sum);
  }
  return log_probability;
}

double TiltedPermutation::LogProbability(std::span<const std::uint32_t> columns) const {
  ColumnsLeft left(units_);
  double log_probability = 0;
  for (std::size_t i = 0; i < units_; ++i) {
    const float* const weights = weights_.data() + i * units_;
    log_probability += std::log(weights[columns[i]] / left.Sum(weights));
    left.Take(left.PlaceOf(columns[i]));
  }
  return log_probability;
}

}  // namespace modelkin
