// Heads of all layers of B, or of those that are drawn, matched with A's.
#ifndef MODELKIN_KINSHIP_LAYER_HEADS_H_
#define MODELKIN_KINSHIP_LAYER_HEADS_H_

#include <cstdint>
#include <vector>

#include "kinship/head_matching.h"
#include "kinship/heritage_draw.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

struct LayerHeads {
  std::uint32_t layer_a = 0, layer_b = 0;
  HeadMatch match;
};

// Returns matches of layers of `layers`, of A and of B, as MatchHeads has them: where not all is
// taken, of layers of which attention is drawn, over 128 residual coordinates. Nothing where
// numbers of heads differ or are not known. Norms of `a` and `b` have to be folded, and A's
// coordinates to be B's.
std::vector<LayerHeads> MatchHeadsOfLayers(const ModelParts& a, const ModelParts& b,
                                           const LayerPairs& layers, const HeritageDraw& draw,
                                           const TraceSettings& options);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_LAYER_HEADS_H_
