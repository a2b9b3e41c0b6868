#include "lineage/expert_similarity.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace modelkin {
namespace {

// Over all pairs of vectors that are not 0: (|sum of v|^2 - sum of |v|^2) / (n (n - 1)), of `count`
// values from `begin` on. The norms are 1 up to rounding of floats.
std::optional<double> MeanCosine(const std::vector<const MlpSignature*>& signatures,
                                 std::size_t begin, std::size_t count) {
  std::vector<double> sum(count, 0);
  double squares = 0, vectors = 0;
  for (const MlpSignature* const signature : signatures) {
    double square = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = (*signature)[begin + i];
      sum[i] += value;
      square += value * value;
    }
    squares += square;
    vectors += square > 0 ? 1 : 0;
  }
  if (vectors < 2) return std::nullopt;
  const double square_of_sum = std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0);
  return std::clamp((square_of_sum - squares) / (vectors * (vectors - 1)), -1.0, 1.0);
}

// Mean over gate, up and down.
std::optional<double> SimilarityOf(const std::vector<const MlpSignature*>& experts) {
  const std::size_t length = experts.front()->size() / 3;
  double sum = 0, parts = 0;
  for (std::size_t part = 0; part < 3; ++part) {
    const auto mean = MeanCosine(experts, part * length, length);
    sum += mean.value_or(0);
    parts += mean ? 1 : 0;
  }
  return parts > 0 ? std::optional(sum / parts) : std::nullopt;
}

}  // namespace

ExpertSimilarities SimilaritiesOfExperts(const ModelParts& model,
                                         const std::vector<MlpSignature>& signatures) {
  std::map<std::uint32_t, std::vector<const MlpSignature*>> by_layer;
  for (std::size_t i = 0; i < model.mlps.size(); ++i) {
    const Mlp& mlp = model.mlps[i];
    if (mlp.layer && mlp.expert) by_layer[*mlp.layer].push_back(&signatures[i]);
  }
  ExpertSimilarities similarities;
  for (const auto& [layer, experts] : by_layer) {
    if (const auto similarity = SimilarityOf(experts)) similarities.emplace(layer, *similarity);
  }
  return similarities;
}

}  // namespace modelkin
