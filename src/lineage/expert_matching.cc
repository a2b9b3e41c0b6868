#include "lineage/expert_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "linalg/assignment.h"
#include "linalg/matrix_product.h"
#include "lineage/random_matching.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostExperts = 8192;

// A layer's experts, as rows of their routers and of their signatures.
struct LayerExperts {
  std::size_t experts = 0, columns = 0;
  std::vector<float> router, signatures;
};

// Takes the mean row away, which all experts share, and scales rows to a norm of 1.
void CentreRows(std::vector<float>& rows, std::size_t count) {
  const std::size_t columns = rows.size() / count;
  std::vector<double> mean(columns, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) mean[i % columns] += rows[i];
  for (std::size_t row = 0; row < count; ++row) {
    double squares = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      float& value = rows[row * columns + i];
      value = static_cast<float>(value - mean[i] / static_cast<double>(count));
      squares += static_cast<double>(value) * value;
    }
    const double scale = squares > 0 && std::isfinite(squares) ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = 0; i < columns; ++i) {
      float& value = rows[row * columns + i];
      value = scale > 0 ? static_cast<float>(value * scale) : 0.0F;
    }
  }
}

std::optional<LayerExperts> ExpertsOf(const ModelParts& model,
                                      const std::vector<MlpSignature>& signatures,
                                      std::uint32_t layer) {
  LayerExperts result;
  std::map<std::uint32_t, std::size_t> experts;  // number -> index of the MLP
  for (std::size_t i = 0; i < model.mlps.size(); ++i) {
    const Mlp& mlp = model.mlps[i];
    if (mlp.layer == layer && mlp.expert) experts.emplace(*mlp.expert, i);
  }
  const Part* const router = model.FindInLayer(layer, Role::kRouter);
  result.experts = experts.size();
  if (router == nullptr || experts.size() < 2 || experts.size() > kMostExperts ||
      router->residual_axis() != 1 || router->tensor->shape[0] != experts.size() ||
      experts.rbegin()->first + 1 != experts.size()) {
    return std::nullopt;
  }
  if (!ReadByUnit(model.checkpoint, *router->tensor, 0, result.router)) return std::nullopt;
  for (const auto& [number, mlp] : experts) {
    result.signatures.insert(result.signatures.end(), signatures[mlp].begin(),
                             signatures[mlp].end());
  }
  CentreRows(result.router, result.experts);
  CentreRows(result.signatures, result.experts);
  return result;
}

// For each expert of B one of A.
std::vector<std::uint32_t> Match(const std::vector<float>& b, std::size_t experts_b,
                                 const std::vector<float>& a, std::size_t experts_a,
                                 Random& random) {
  std::vector<float> similar(experts_b * experts_a, 0);
  AddProductTransposed({b.data(), experts_b, b.size() / experts_b},
                       {a.data(), experts_a, a.size() / experts_a}, 1, similar.data());
  return MatchInRandomOrder(similar, experts_b, experts_a, random, 1);
}

}  // namespace

ExpertMatching MatchExperts(const ModelParts& a, const std::vector<MlpSignature>& signatures_a,
                            const ModelParts& b, const std::vector<MlpSignature>& signatures_b,
                            const LayerPairs& layers, std::uint64_t seed) {
  ExpertMatching matching;
  if (a.residual != b.residual) return matching;
  for (const auto& [layer_a, layer_b] : layers) {
    const auto in_a = ExpertsOf(a, signatures_a, layer_a);
    const auto in_b = ExpertsOf(b, signatures_b, layer_b);
    if (!in_a || !in_b) continue;
    Random random(seed, layer_b);
    const auto by_router = Match(in_b->router, in_b->experts, in_a->router, in_a->experts, random);
    const auto by_weights =
        Match(in_b->signatures, in_b->experts, in_a->signatures, in_a->experts, random);
    ExpertLayer layer{.layer_a = layer_a,
                      .layer_b = layer_b,
                      .experts_a = in_a->experts,
                      .experts_b = in_b->experts};
    for (std::size_t expert = 0; expert < in_b->experts; ++expert) {
      const std::uint32_t source = by_weights[expert];
      layer.source.push_back(source == kUnassigned ? std::nullopt : std::optional(source));
      if (source == kUnassigned) continue;
      layer.agreed += source == by_router[expert] ? 1 : 0;
      layer.in_place += source == expert ? 1 : 0;
    }
    const auto [fewer, more] = std::minmax(in_a->experts, in_b->experts);
    matching.expected += static_cast<double>(fewer) / static_cast<double>(more);
    matching.experts += in_b->experts;
    matching.agreed += layer.agreed;
    matching.layers.push_back(std::move(layer));
  }
  return matching;
}

}  // namespace modelkin
