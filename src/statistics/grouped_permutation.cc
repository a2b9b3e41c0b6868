#include "statistics/grouped_permutation.h"

#include <numeric>

#include "statistics/log_tail.h"
#include "statistics/tilted_permutation.h"

namespace modelkin {

GroupedPermutation::GroupedPermutation(const float* values, std::size_t units, double scale,
                                       std::size_t largest_group)
    : values_(values),
      units_(units),
      groups_((units + largest_group - 1) / largest_group),
      scale_(scale) {}

std::size_t GroupedPermutation::RowsOf(std::size_t group) const {
  return units_ / groups_ + (group < units_ % groups_ ? 1 : 0);
}

void GroupedPermutation::Gather(std::size_t group, std::span<const std::uint32_t> own,
                                std::vector<double>& block) const {
  block.resize(own.size() * own.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const float* const row = values_ + RowOf(group, i) * units_;
    for (std::size_t j = 0; j < own.size(); ++j) block[i * own.size() + j] = row[own[j]];
  }
}

double GroupedPermutation::Draw(Random& random, std::vector<std::uint32_t>& columns) const {
  thread_local std::vector<std::uint32_t> dealt, taken;
  thread_local std::vector<double> block;
  dealt.resize(units_);
  columns.resize(units_);
  std::iota(dealt.begin(), dealt.end(), 0U);
  random.Shuffle(dealt);
  double log_ratio = 0;
  std::size_t from = 0;
  for (std::size_t group = 0; group < groups_; ++group) {
    const auto own = std::span<const std::uint32_t>(dealt).subspan(from, RowsOf(group));
    from += own.size();
    Gather(group, own, block);
    log_ratio +=
        TiltedPermutation(block, own.size(), scale_).Draw(random, taken) + LogFactorial(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) columns[RowOf(group, i)] = own[taken[i]];
  }
  return log_ratio;
}

double GroupedPermutation::LogRatio(std::span<const std::uint32_t> columns) const {
  std::vector<std::uint32_t> own, in_order;
  std::vector<double> block;
  double log_ratio = 0;
  for (std::size_t group = 0; group < groups_; ++group) {
    own.resize(RowsOf(group));
    in_order.resize(own.size());
    std::iota(in_order.begin(), in_order.end(), 0U);
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = columns[RowOf(group, i)];
    Gather(group, own, block);
    log_ratio += TiltedPermutation(block, own.size(), scale_).LogProbability(in_order) +
                 LogFactorial(own.size());
  }
  return log_ratio;
}

}  // namespace modelkin
