// Random permutations of many units that prefer large entries of a matrix, without a table of them.
#ifndef MODELKIN_STATISTICS_GROUPED_PERMUTATION_H_
#define MODELKIN_STATISTICS_GROUPED_PERMUTATION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statistics/random.h"

namespace modelkin {

// Rows lie in groups of at most 32, each with rows from all over the matrix. Columns are dealt to
// groups in uniformly random order, and a group's rows take theirs as TiltedPermutation does. So
// the distribution does not depend on how columns are numbered, and a draw takes 32 operations a
// unit. Of the variance that a sum has over all orders, 31/32 is inside groups, where it is tilted.
class GroupedPermutation {
 public:
  static constexpr std::size_t kLargestGroup = 32;

  // `values`: units x units, row-major, finite, kept by the caller; units > 0.
  GroupedPermutation(const float* values, std::size_t units, double scale,
                     std::size_t largest_group = kLargestGroup);

  // Fills `columns` with the column of each row. Returns the natural log of its probability over
  // that of a uniformly random order.
  double Draw(Random& random, std::vector<std::uint32_t>& columns) const;

  // The same log of a permutation.
  double LogRatio(std::span<const std::uint32_t> columns) const;

 private:
  std::size_t RowsOf(std::size_t group) const;
  std::size_t RowOf(std::size_t group, std::size_t place) const { return group + place * groups_; }
  // Their entries in the columns of `own`, one for each row of the group.
  void Gather(std::size_t group, std::span<const std::uint32_t> own,
              std::vector<double>& block) const;

  const float* values_;
  std::size_t units_, groups_;
  double scale_;
};

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_GROUPED_PERMUTATION_H_
