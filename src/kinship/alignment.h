// A in B's frame: for each tensor of B the tensor of A that it would come from, in B's basis and
// order of units.
#ifndef MODELKIN_KINSHIP_ALIGNMENT_H_
#define MODELKIN_KINSHIP_ALIGNMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "basis/arranged_checkpoint.h"
#include "fingerprint/token_pairs.h"
#include "kinship/heritage_draw.h"
#include "kinship/layer_heads.h"
#include "lineage/layer_sources.h"

namespace modelkin {

struct PartLink {
  const Part* b = nullptr;
  std::string a;           // name of A's tensor; "" if there is none
  std::string arranged;    // name in Alignment::arranged
  bool moved = false;      // units, experts, heads, tokens or coordinates are in another order
  bool rotated = false;    // A's values went through a rotation, or scales of norms
  bool disguised = false;  // factors of attention that are alike by their products alone
  bool folded = false;     // a norm that its projections have absorbed in B
};

// What had to be undone.
struct UndoneMoves {
  std::uint64_t mlps_permuted = 0, mlps = 0;  // hidden units, of linked MLPs
  std::uint64_t mlps_narrower = 0, mlps_wider = 0;
  std::uint64_t mlps_sign_flipped = 0, units_sign_flipped = 0;
  std::uint64_t experts_moved = 0, experts = 0;  // of B, linked to one of another name
  std::uint64_t layers_with_moved_heads = 0;
  std::uint64_t disguised_query_key = 0, disguised_value_output = 0;  // layers
  std::uint64_t rescaled_norms = 0, norms = 0;
  bool tokens_reordered = false;
  std::uint64_t tokens_added = 0,
                tokens_missing = 0;  // rows of B that A lacks, and of A that B does
};

struct Alignment {
  std::vector<PartLink> links;  // for each part of B, in its order
  ModelParts arranged;          // A's tensors under B's names
  std::vector<LayerHeads> heads;
  std::vector<std::string>
      not_in_b;  // parts of A that no part of B comes from; none where more of B may
  UndoneMoves moves;
};

// What `draw` does not take is not arranged, and of heads those of the layers that it takes
// attention of are looked at, over drawn coordinates.
//
// `pair` says which layers and MLPs belong together, by names that `a` and `b` have as well; a and
// b are the models as stored, names reconciled, and have to outlive the result. `map`: from A's
// residual coordinates to B's, or null.
Alignment AlignModels(const ModelParts& a, const ModelParts& b, const PairAnalysis& pair,
                      const std::shared_ptr<const ResidualMap>& map, const TokenPairs& tokens,
                      const HeritageDraw& draw, const TraceSettings& options);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_ALIGNMENT_H_
