// Residual coordinates of two models matched by what layers do with them, where tokens tell
// nothing: vocabularies in another order, embeddings trained anew, tokens of other names.
#ifndef MODELKIN_BASIS_LAYER_BASIS_H_
#define MODELKIN_BASIS_LAYER_BASIS_H_

#include <cstdint>
#include <optional>

#include "basis/residual_map.h"
#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct LayerBasis {
  ResidualMap map;                         // a signed permutation
  std::uint64_t fitted = 0, held_out = 0;  // sums for each coordinate
  // Over sums held out, after a fit to the others: mean cosine of coordinates and those they belong
  // to, signs included; and with the coordinate after that one.
  double cosine = 0, shuffled_cosine = 0;
};

// Each coordinate is described by two numbers for each role and layer: the sum of its weights over
// all rows (of all experts), over the root of their sum of squares, and that sum of squares itself.
// The order of hidden units, heads, experts and tokens changes neither, so that a fit says nothing
// about these orders; permuting coordinates takes the numbers along, and a sign turns the first.
// Coordinates are assigned by the absolute cosine of the first, without the direction that all of
// them share, and the cosine of the second. Models
// with norms folded (Folded); widths may differ. Nothing where fewer than 8 roles of layers are in
// common. Reads both models once; does not depend on `threads`.
std::optional<LayerBasis> FitToLayers(const ModelParts& a, const ModelParts& b, unsigned threads);

// The same of a few layers, without an assignment of all coordinates.
struct LayerCosines {
  std::uint64_t sums = 0;  // for each coordinate; half of them are held out
  // Mean cosine of what is held out, of B's coordinates and those of A most like them; and with the
  // coordinate after that one.
  double held_out = 0, shuffled = 0;
};

// By attention of `plan.layers` drawn layers, or, where that has fewer than 8 roles in common, by
// all that these layers have. Nothing where that is not enough either. Reads what it takes once;
// does not depend on `threads`.
std::optional<LayerCosines> CompareFewLayers(const ModelParts& a, const ModelParts& b,
                                             const DrawPlan& plan, std::uint64_t seed,
                                             unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_LAYER_BASIS_H_
