#include "lineage/random_matching.h"

#include <numeric>

#include "linalg/assignment.h"

namespace modelkin {

RandomMatching::RandomMatching(std::size_t rows, std::size_t columns, Random& random)
    : row_order_(rows), column_order_(columns), scores_(rows * columns) {
  std::iota(row_order_.begin(), row_order_.end(), 0U);
  std::iota(column_order_.begin(), column_order_.end(), 0U);
  random.Shuffle(row_order_);
  random.Shuffle(column_order_);
}

std::vector<std::uint32_t> RandomMatching::Solve(unsigned threads) const {
  const Assignment assignment =
      MaximumAssignment({scores_.data(), row_order_.size(), column_order_.size()}, threads);
  std::vector<std::uint32_t> partner(row_order_.size(), kUnassigned);
  for (std::size_t i = 0; i < row_order_.size(); ++i) {
    const std::uint32_t column = assignment.column_of_row[i];
    if (column != kUnassigned) partner[row_order_[i]] = column_order_[column];
  }
  return partner;
}

std::vector<std::uint32_t> MatchInRandomOrder(const std::vector<float>& similarities,
                                              std::size_t rows, std::size_t columns, Random& random,
                                              unsigned threads) {
  RandomMatching matching(rows, columns, random);
  for (std::size_t i = 0; i < rows; ++i) {
    const float* const from = similarities.data() + matching.row_unit(i) * columns;
    for (std::size_t j = 0; j < columns; ++j) matching.Set(i, j, from[matching.column_unit(j)]);
  }
  return matching.Solve(threads);
}

}  // namespace modelkin
