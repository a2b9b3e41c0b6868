// Whether values lie on the grid of a quantised format, stored in a wider type.
#ifndef MODELKIN_KINSHIP_QUANTISATION_GRID_H_
#define MODELKIN_KINSHIP_QUANTISATION_GRID_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "requant/remade_blocks.h"

namespace modelkin {

enum class GridKind : std::uint8_t {
  kInteger,  // multiples of a step
  kE4M3,     // floats of 8 bits, times a scale
  kE5M2,
  kStored,  // that of the form which the weight is stored in
  kLevels,  // at most 16 values in a block, wherever they are: NF4, or with an offset
};

// "int", "fp8_e4m3", "fp8_e5m2", "stored", "levels"
std::string_view GridName(GridKind kind);

// A block has a scale of its own: so many rows by columns. 0: all of them.
struct BlockShape {
  std::uint64_t rows = 0, columns = 0;
};

struct QuantisationGrid {
  GridKind kind = GridKind::kInteger;
  unsigned bits = 8;
  BlockShape block;
  // A score: log of the probability that independent, smoothly distributed values would fit steps
  // so well, over the blocks that were looked at: under 1e-20; 0 for kLevels, where the count alone
  // speaks. Weights are not quite independent, so that it is no p-value.
  double log_chance = 0;
  // Of A's values, the share whose distance to B's is at most half a step (to the nearest level):
  // 1 where B is A quantised.
  double within_half_step = 0;
  // Root of the sum of squared distances over that of squared steps: 0.29 after rounding to the
  // nearest, since distances are then spread evenly over a step. Large steps weigh most: what moves
  // all values alike moves small ones by many of their own. Nothing where steps are not known.
  std::optional<double> rms_steps;
  // Squares that rounding to the grid adds, over those of B: step^2 / 12 for each value.
  double noise = 0;
  // Whether A lies on such a grid of its own, by blocks that it has all of: then it says nothing
  // about who was first.
  bool a_has_one = false;
  // Of kStored: A has the values of the grid, up to rounding to its own type.
  bool a_lies_on_it = false;
  // The least share within half a step after rounding to the grid.
  double rounded_share = 0.99;
  // Of kStored: blocks of B that the form's quantiser makes of A's values, of some. Nothing where
  // it is not known, or A has rows in another order.
  std::optional<RemadeBlocks> remade = {};
  // Of kStored: the form's own name, and what one of its scales is for; else "".
  std::string form = {}, form_block = {};

  // Whether A's distances are no larger than those of values that were rounded to the grid.
  bool IsRounding() const;
  // Whether they are also as large as those: what was moved off the grid a little is nearer. The
  // same where distances are not known.
  bool LooksRounded() const;
  // Whether B is of a form that one quantiser alone writes, and most of its blocks are none that it
  // could have made of A's values.
  bool IsOfAnother() const;
};

// The coarsest blocks for which 98 % of blocks lie on a grid, of a matrix and of up to 512 rows of
// it. Steps are found out of the values alone: multiples within what rounding to B's type allows.
// Nothing for tensors that are no matrix of 16 to 2^17 columns, or where A's shape differs, or B
// has values that are not finite. A's that are not are values that it lacks: the rest is compared.
std::optional<QuantisationGrid> FindGrid(const Checkpoint& a, const Tensor& tensor_a,
                                         const Checkpoint& b, const Tensor& tensor_b,
                                         DType stored_b);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_QUANTISATION_GRID_H_
