// A layer's attention as vectors over residual coordinates that neither the order of heads nor
// matrices between their factors change.
#ifndef MODELKIN_LINEAGE_ATTENTION_SUMS_H_
#define MODELKIN_LINEAGE_ATTENTION_SUMS_H_

#include <cstdint>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

inline constexpr std::size_t kAttentionSums = 4;

// With S the sum over query heads of W_q^T W_k (each with the keys of its group) and T that of
// W_o W_v: S 1, S^T 1, T 1 and T^T 1, 1 being the sum over residual coordinates, which their order
// does not change either. kAttentionSums rows of as many values as there are residual coordinates;
// empty where weights are missing, do not fit the heads, or are not finite.
std::vector<float> AttentionSums(const ModelParts& model, std::uint32_t layer, HeadCounts heads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_ATTENTION_SUMS_H_
