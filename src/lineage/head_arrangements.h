// The orders that attention heads could be in: key and value groups of every layer in any order,
// and query heads in any order inside their group.
#ifndef MODELKIN_LINEAGE_HEAD_ARRANGEMENTS_H_
#define MODELKIN_LINEAGE_HEAD_ARRANGEMENTS_H_

#include <cstdint>
#include <vector>

#include "lineage/model_parts.h"
#include "statistics/permutation_test.h"

namespace modelkin {

// Cosines of a layer's heads, A's by B's: square matrices, row-major.
struct HeadSimilarities {
  std::vector<float> query, group;
};

struct HeadTail {
  double log_p = 0;  // natural log
  bool is_bound = false;
  bool by_importance = false;
};

// Sums of similarities of heads that stand in the same place.
class HeadArrangements {
 public:
  // `heads.query` is a multiple of `heads.groups`, which is not 0.
  HeadArrangements(std::vector<HeadSimilarities> layers, HeadCounts heads);

  std::size_t layers() const { return layers_.size(); }
  // Natural log of the number of orders.
  double log_count() const;
  double InPlace() const;
  // The mean of what Draw returns: exact, as each head's partner is any head alike often.
  double Mean() const;
  // Of random orders.
  double Draw(Random& random) const;
  // Of InPlace() or more: by Monte Carlo, and where no draw reaches it by importance sampling, as
  // TraceTestTail.
  HeadTail Tail(const MonteCarloOptions& options) const;

 private:
  double TiltedTail(const MonteCarloOptions& options) const;

  std::vector<HeadSimilarities> layers_;
  HeadCounts heads_;
  std::size_t inside_;  // query heads of a group
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_HEAD_ARRANGEMENTS_H_
