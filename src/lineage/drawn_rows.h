// Rows over residual coordinates, drawn of the tensors of a layer and role.
#ifndef MODELKIN_LINEAGE_DRAWN_ROWS_H_
#define MODELKIN_LINEAGE_DRAWN_ROWS_H_

#include <span>
#include <string>
#include <vector>

#include "lineage/diagonal_mean.h"
#include "lineage/draw_plan.h"
#include "lineage/residual_pairs.h"

namespace modelkin {

// Tensors of one sum and one layer: several where it has experts.
using RowPool = std::span<const ResidualPair>;

// `count` rows of `units` values each, of the same positions in A and in B.
struct DrawnRows {
  std::vector<float> a, b;
  std::size_t count = 0;
  std::vector<const ResidualPair*> non_finite;  // whose rows were left out
  // Of each row the position in its tensor.
  std::vector<std::uint64_t> positions_a, positions_b;
  // Entries (position, same coordinate) among them.
  DiagonalMean diagonal_a, diagonal_b;
};

// Sets those entries to 0, of a position beyond the coordinates the one of what is left of it.
void ClearDiagonals(DrawnRows& rows);

// Draws `rows` positions of all tensors of a pool together, evenly spread over them, by the seed
// and the first tensor's name; fewer where they have fewer. Rows are read in runs of run_bytes.
// Columns are spread over all bytes of a tensor: of a pool stored so, one run each of two tensors.
// A pool whose two sides are stored in another order of axes gives no rows.
class RowDraw {
 public:
  RowDraw(const ModelParts& a, const ModelParts& b, RowPool pool, std::uint64_t seed,
          std::uint64_t rows, std::uint64_t run_bytes);

  // Returns how many positions Read reads.
  std::uint64_t positions() const { return positions_; }
  std::uint64_t bytes() const;
  DrawnRows Read() const;
  // Splits it into draws of at most `rows` positions each, in order.
  std::vector<RowDraw> InPieces(std::uint64_t rows) const;

 private:
  // Positions of one tensor, in one group of A and one of B.
  struct Part {
    const ResidualPair* pair;
    std::uint64_t begin_a, begin_b, count;
  };
  void AddRun(const std::vector<std::uint64_t>& ends, PlaceRun run);

  const ModelParts& a_;
  const ModelParts& b_;
  RowPool pool_;
  std::size_t units_;
  std::vector<Part> parts_;
  std::uint64_t positions_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_ROWS_H_
