// Experts of a layer matched twice, by router rows and by their own weights: docs/lineage.md,
// "Two matchings".
#ifndef MODELKIN_LINEAGE_EXPERT_MATCHING_H_
#define MODELKIN_LINEAGE_EXPERT_MATCHING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/named_fields.h"
#include "lineage/mlp_signature.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct ExpertLayer {
  std::uint32_t layer_a = 0, layer_b = 0;
  std::uint64_t experts_a = 0, experts_b = 0;
  std::uint64_t agreed = 0;    // experts of B that both matchings give the same expert of A
  std::uint64_t in_place = 0;  // that stay where they were, by their weights
  // For each expert of B, by its weights, an expert of A; nothing where there are more of B.
  std::vector<std::optional<std::uint32_t>> source;
};

template <>
inline constexpr std::tuple kNamedFields<ExpertLayer> = {
    NamedField("layer_a", &ExpertLayer::layer_a), NamedField("layer_b", &ExpertLayer::layer_b),
    NamedField("agreed", &ExpertLayer::agreed), NamedField("in_place", &ExpertLayer::in_place),
    NamedField("source", &ExpertLayer::source)};

struct ExpertMatching {
  std::vector<ExpertLayer> layers;
  std::uint64_t experts = 0;  // of B, in these layers
  std::uint64_t agreed = 0;
  double expected = 0;  // agreements by chance
};

// Layers without a router in both, or with
// fewer than two experts, are left out.
ExpertMatching MatchExperts(const ModelParts& a, const std::vector<MlpSignature>& signatures_a,
                            const ModelParts& b, const std::vector<MlpSignature>& signatures_b,
                            const LayerPairs& layers, std::uint64_t seed);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_EXPERT_MATCHING_H_
