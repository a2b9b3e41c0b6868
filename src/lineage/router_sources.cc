#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "linalg/matrix_product.h"
#include "lineage/mlp_signature.h"
#include "lineage/unit_matrix.h"
#include "lineage/unit_relations.h"

namespace modelkin {
namespace {

// A router's rows, each centred: all experts have their mean in common.
std::optional<UnitRows> ReadRouter(const ModelParts& model, std::uint32_t layer) {
  const Part* const part = model.FindInLayer(layer, Role::kRouter);
  if (part == nullptr || part->residual_axis() != 1) return std::nullopt;
  UnitRows router{.units = part->tensor->shape[0], .columns = *model.residual};
  if (!ReadByUnit(model.checkpoint, *part->tensor, 0, router.rows)) return std::nullopt;
  for (std::size_t row = 0; row < router.units; ++row) {
    float* const first = router.rows.data() + row * router.columns;
    const double mean =
        std::accumulate(first, first + router.columns, 0.0) / static_cast<double>(router.columns);
    std::for_each_n(first, router.columns,
                    [&](float& value) { value = static_cast<float>(value - mean); });
  }
  router.Normalise();
  return router;
}

using ByExpert = std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t>;

// Experts by layer and number.
ByExpert Experts(const ModelParts& model) {
  ByExpert experts;
  for (std::size_t i = 0; i < model.mlps.size(); ++i) {
    const Mlp& mlp = model.mlps[i];
    if (mlp.layer && mlp.expert) experts.emplace(std::pair(*mlp.layer, *mlp.expert), i);
  }
  return experts;
}

void AddExperts(const ModelParts& a, const ModelParts& b, const ByExpert& experts_a,
                const ByExpert& experts_b, std::pair<std::uint32_t, std::uint32_t> layers,
                std::vector<std::optional<MlpSource>>& sources) {
  const auto router_a = ReadRouter(a, layers.first);
  const auto router_b = ReadRouter(b, layers.second);
  if (!router_a || !router_b) return;
  std::vector<float> cosines(router_b->units * router_a->units, 0);
  AddProductTransposed({router_b->rows.data(), router_b->units, router_b->columns},
                       {router_a->rows.data(), router_a->units, router_a->columns}, 1,
                       cosines.data());
  for (std::uint32_t e = 0; e < router_b->units; ++e) {
    const auto own = experts_b.find({layers.second, e});
    if (own == experts_b.end()) continue;
    for (std::uint32_t other = 0; other < router_a->units; ++other) {
      const auto found = experts_a.find({layers.first, other});
      const double cosine = cosines[e * router_a->units + other];
      auto& source = sources[own->second];
      if (found == experts_a.end() || (source && source->similarity >= cosine)) continue;
      source = MlpSource{.a = found->second, .similarity = cosine};
    }
  }
}

}  // namespace

std::vector<std::optional<MlpSource>> SourcesByRouter(const ModelParts& a, const ModelParts& b,
                                                      const LayerPairs& layers) {
  std::vector<std::optional<MlpSource>> sources(b.mlps.size());
  if (a.residual != b.residual) return sources;
  const ByExpert experts_a = Experts(a), experts_b = Experts(b);
  std::map<std::uint32_t, std::uint32_t> layer_of_a;
  for (const auto& pair : layers) {
    AddExperts(a, b, experts_a, experts_b, pair, sources);
    layer_of_a.emplace(pair.second, pair.first);
  }
  std::map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < a.mlps.size(); ++i) by_name.emplace(a.mlps[i].name, i);
  for (std::size_t i = 0; i < b.mlps.size(); ++i) {
    const Mlp& mlp = b.mlps[i];
    if (mlp.expert || !mlp.layer || !layer_of_a.contains(*mlp.layer)) continue;
    std::string name = mlp.name;
    const std::string own = fmt::format(".layers.{}.", *mlp.layer);
    const std::size_t at = name.find(own);
    if (at != std::string::npos) {
      name.replace(at, own.size(), fmt::format(".layers.{}.", layer_of_a.at(*mlp.layer)));
    }
    if (const auto found = by_name.find(name); found != by_name.end()) {
      sources[i] = MlpSource{.a = found->second, .similarity = 0};
    }
  }
  return sources;
}

}  // namespace modelkin
