// How alike the experts of a layer are to each other.
#ifndef MODELKIN_LINEAGE_EXPERT_SIMILARITY_H_
#define MODELKIN_LINEAGE_EXPERT_SIMILARITY_H_

#include <cstdint>
#include <map>
#include <vector>

#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"

namespace modelkin {

// By the number of a layer, in [-1, 1]: mean cosine over all pairs of its experts of gate, up and
// down weights summed over hidden units (MlpSignature), which is above 0 where experts started from
// one MLP. Layers with fewer than two experts that are not 0 are left out.
using ExpertSimilarities = std::map<std::uint32_t, double>;

// `signatures`: those of model.mlps.
ExpertSimilarities SimilaritiesOfExperts(const ModelParts& model,
                                         const std::vector<MlpSignature>& signatures);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_EXPERT_SIMILARITY_H_
