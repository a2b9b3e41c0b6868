// Where each tensor of B comes from, and what was done to it: docs/kinship.md,
// "Tensor by tensor".
#ifndef MODELKIN_KINSHIP_TENSOR_HERITAGE_H_
#define MODELKIN_KINSHIP_TENSOR_HERITAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "kinship/alignment.h"
#include "kinship/element_changes.h"
#include "kinship/heritage_draw.h"
#include "kinship/low_rank.h"
#include "kinship/quantisation_grid.h"
#include "kinship/removed_direction.h"

namespace modelkin {

enum class HeritageClass : std::uint8_t {
  kIdentical,    // A's values, of the same type
  kCast,         // one is the other, rounded to a narrower type or stored in a wider one
  kQuantised,    // one is the other, rounded to a grid
  kSparseEdit,   // half of the values or more are A's
  kLowRankEdit,  // the change is of low rank
  kTransformed,  // A's up to rounding, after scales of rows or columns or a rotation, or by
                 // products
  kDrifted,      // alike, and changed all over
  kUnrelated,    // no more alike than rows that don't belong together
  kAdded,        // A has nothing in its place
  kUndecided,    // too small, constant, not drawn, or of an A that was not read as a whole
};

// "identical", "cast", "quantised", "sparse_edit", "low_rank_edit", "transformed", "drifted",
// "unrelated", "added", "undecided"
std::string_view HeritageName(HeritageClass heritage);

struct TensorHeritage {
  PartLink link;
  HeritageClass heritage = HeritageClass::kAdded;
  std::string note;  // "" or why
  // Tensors that it stands for, where some of each role are drawn; 0: it was not looked at.
  double weight = 1;
  bool shifted = false;  // one row was added to all rows
  std::optional<ElementChanges> changes;
  // For casts: the type, and which way.
  std::optional<DType> cast_type;
  bool a_is_the_cast = false;
  // B's grid, and A's as one that B's values were rounded to.
  std::optional<QuantisationGrid> grid, grid_of_a;
  bool a_on_own_grid = false;  // as stored, in another order than B's
  std::optional<ChangeSpectrum> spectrum;
  std::optional<RemovedDirection> removed;  // of changes of rank 1
};

// One for each link, in their order. What `draw` does not take is undecided, or known from bytes.
std::vector<TensorHeritage> TraceHeritage(const Alignment& alignment, const ModelParts& a,
                                          const ModelParts& b, const HeritageDraw& draw,
                                          unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_TENSOR_HERITAGE_H_
