#include "dossier/dossier.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "dossier/agreed_seed.h"
#include "lineage/draw_plan.h"
#include "lineage/drawn_matching.h"
#include "lineage/drawn_mlps.h"

namespace modelkin {
namespace {

void AddLayersTold(UnitKind kind, std::string_view what, const std::vector<std::uint32_t>& layers,
                   std::uint64_t seed, std::vector<BlockId>& told) {
  for (const std::uint32_t place :
       DrawPlaces(seed, what, static_cast<std::uint32_t>(layers.size()), kMostLayersTold)) {
    told.push_back({.kind = kind, .name = {}, .layer = layers[place]});
  }
}

}  // namespace

std::string_view UnitKindName(UnitKind kind) {
  constexpr std::array<std::string_view, kUnitKinds> kNames = {"hidden", "heads", "experts"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<std::uint32_t> UnitsTold(const std::string& seed, std::uint64_t units) {
  return DrawnUnits(SeedNumber(seed), units, std::max(kFewestUnitsTold, units / kUnitsForOneTold));
}

std::vector<BlockId> BlocksTold(const Dossier& dossier) {
  const std::uint64_t seed = SeedNumber(dossier.seed);
  std::vector<Mlp> mlps;
  mlps.reserve(dossier.mlps.size());
  for (const OutlineMlp& mlp : dossier.mlps) {
    mlps.push_back({.name = mlp.name, .layer = mlp.layer, .expert = mlp.expert});
  }
  std::vector<std::size_t> all(mlps.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<BlockId> told;
  for (const std::size_t i : DrawnMlps(mlps, all, seed, kMostMlpsTold)) {
    told.push_back({.kind = UnitKind::kHidden, .name = mlps[i].name, .layer = mlps[i].layer});
  }
  AddLayersTold(UnitKind::kHeads, "layers whose heads are told of", dossier.head_layers, seed,
                told);
  AddLayersTold(UnitKind::kExperts, "layers whose experts are told of", dossier.expert_layers, seed,
                told);
  return told;
}

}  // namespace modelkin
