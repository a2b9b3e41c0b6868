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
    std::size_t place = 0;
    for (; place + kRun <= columns_.size(); place += kRun) sum += SumOfRun(weights, place);
    for (; place < columns_.size(); ++place) sum += weights[columns_[place]];
    return sum;
  }

  // The first place up to which weights sum up to more than `until`; the last if none does.
  std::size_t PlaceBeyond(const float* weights, double until) const {
    std::size_t place = 0;
    for (; place + kRun < columns_.size(); place += kRun) {
      const double sum = SumOfRun(weights, place);
      if (sum > until) break;
      until -= sum;
    }
    for (; place + 1 < columns_.size(); ++place) {
      until -= weights[columns_[place]];
      if (until < 0) break;
    }
    return place;
  }

 private:
  // Columns whose weights are summed without waiting for each other.
  static constexpr std::size_t kRun = 8;

  double SumOfRun(const float* weights, std::size_t first) const {
    double sums[kRun / 2];
    for (std::size_t i = 0; i < kRun / 2; ++i) {
      sums[i] = static_cast<double>(weights[columns_[first + 2 * i]]) +
                static_cast<double>(weights[columns_[first + 2 * i + 1]]);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

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
    columns[i] = left.Take(left.PlaceBeyond(weights, random.Uniform() * sum));
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
