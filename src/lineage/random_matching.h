// Units matched by their similarities, equal ones by chance.
#ifndef MODELKIN_LINEAGE_RANDOM_MATCHING_H_
#define MODELKIN_LINEAGE_RANDOM_MATCHING_H_

#include <cstdint>
#include <vector>

#include "statistics/random.h"

namespace modelkin {

// Similarities of `rows` units with `columns` others, both in random order: which of several equal
// assignments the solver prefers is then chance, and two matchings of units that are all alike have
// no more in common than two random ones.
class RandomMatching {
 public:
  RandomMatching(std::size_t rows, std::size_t columns, Random& random);

  // Which unit stands in a place. Fill all places before Solve.
  std::uint32_t row_unit(std::size_t place) const { return row_order_[place]; }
  std::uint32_t column_unit(std::size_t place) const { return column_order_[place]; }
  void Set(std::size_t row_place, std::size_t column_place, float similarity) {
    scores_[row_place * column_order_.size() + column_place] = similarity;
  }

  // For each row unit a column unit, or kUnassigned, such that the sum of similarities is largest.
  std::vector<std::uint32_t> Solve(unsigned threads) const;

 private:
  std::vector<std::uint32_t> row_order_, column_order_;
  std::vector<float> scores_;
};

// From a row-major matrix of similarities.
std::vector<std::uint32_t> MatchInRandomOrder(const std::vector<float>& similarities,
                                              std::size_t rows, std::size_t columns, Random& random,
                                              unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_RANDOM_MATCHING_H_
