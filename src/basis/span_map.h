// A rotation between the spaces that a few rows of two models span, without a matrix over all
// coordinates.
#ifndef MODELKIN_BASIS_SPAN_MAP_H_
#define MODELKIN_BASIS_SPAN_MAP_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "basis/token_rows.h"

namespace modelkin {

// The orthogonal Procrustes solution for n pairs of rows, n at most either width, is of rank n: it
// takes the span of A's rows to that of B's. As three factors it takes 2 n d numbers.
class SpanMap {
 public:
  // Nothing for no rows, more rows than coordinates, and where LAPACK fails.
  static std::optional<SpanMap> Fit(const RowPairs& rows, unsigned threads);

  std::size_t rank() const { return rank_; }
  // Mean cosine, inside the spans, of A's rows, mapped, with B's; 0 for no rows. Rows that have
  // nothing in the spans are left out.
  double MeanCosine(const RowPairs& rows, unsigned threads) const;
  // `count` rows of B, each of its width: what they have in B's span, as rows of A's width.
  std::vector<float> BackToA(const std::vector<float>& rows, std::size_t count,
                             unsigned threads) const;

 private:
  SpanMap() = default;

  // rank x width, rows orthonormal; rank x rank, orthogonal: from A's to B's, and its transpose.
  std::vector<float> basis_a_, basis_b_, turn_, turned_back_;
  std::size_t rank_ = 0;
  CoordinateCounts widths_{};
};

}  // namespace modelkin

#endif  // MODELKIN_BASIS_SPAN_MAP_H_
