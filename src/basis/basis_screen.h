// Whether two models may have a hidden basis in common, found out at a small share of what it costs
// to fit one: docs/kinship.md, "A hidden basis of residual coordinates".
#ifndef MODELKIN_BASIS_BASIS_SCREEN_H_
#define MODELKIN_BASIS_BASIS_SCREEN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "basis/layer_basis.h"
#include "fingerprint/token_pairs.h"
#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct BasisScreen {
  // Rows of tokens that a SpanMap was fitted to, and that were held out; 0 where there are too few.
  std::uint64_t fitted = 0, held_out = 0;
  // Mean cosines of what was held out, inside the spans: after the fit, and after one to rows in
  // random order. 1 and about 0 for any rotation, permutation or signs of all coordinates.
  double cosine = 0, shuffled_cosine = 0;
  // Of rows held out with their partners, coordinates being as they are; nothing between widths.
  std::optional<double> cosine_in_place;
  // Hidden units of B, carried back to A, and those that the same unit of A is most like by gate
  // and by up, each unit of A counted once. None were looked at where tokens tell nothing, or all.
  std::uint64_t units = 0, agreeing = 0;
  std::optional<LayerCosines> layers;

  // Coordinates are where they were, and need no fit.
  bool is_in_place() const;
  // There may be something: errs to this side. A fit decides.
  bool shows_something() const;
  // Returns why nothing was fitted, as a sentence without an end.
  std::string Text() const;
};

// `a` and `b` with norms folded; residual widths have to be known. Which tokens, hidden units and
// layers are looked at depends on `plan`, `seed`, names and shapes alone. At most 512 rows of
// tokens are fitted to, and 64 hidden units of each of four MLPs carried over. Holds no matrix over
// coordinates by coordinates. Does not depend on `threads`.
BasisScreen ScreenBasis(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                        const DrawPlan& plan, std::uint64_t seed, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_BASIS_SCREEN_H_
