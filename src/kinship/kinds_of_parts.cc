#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kinship/relation_builder.h"

namespace modelkin {
namespace {

// z of a second layer of A for one of B, as a share of the first's.
constexpr double kSameLayer = 0.7;

}  // namespace

void RelationBuilder::AddUnits() {
  const UndoneMoves& moves = alignment_.moves;
  AddWidths();
  if (moves.mlps_permuted > 0) {
    AddKind("hidden_units_permuted",
            fmt::format("hidden units of {} of {} MLPs are A's in another order",
                        moves.mlps_permuted, moves.mlps));
  }
  if (moves.mlps_sign_flipped > 0) {
    AddKind("hidden_units_sign_flipped",
            fmt::format("up rows and down columns of {} hidden units, in {} of {} MLPs, are A's "
                        "negated",
                        moves.units_sign_flipped, moves.mlps_sign_flipped, moves.mlps));
  }
}

// Residual coordinates and hidden units that one side alone has.
void RelationBuilder::AddWidths() {
  const UndoneMoves& moves = alignment_.moves;
  const ResidualMap* const map = basis_ == nullptr ? nullptr : basis_->map.get();
  const auto add = [&](const char* kind, const char* verb, std::size_t coordinates,
                       std::uint64_t mlps) {
    std::vector<std::string> what;
    Figures figures;
    if (coordinates > 0) {
      what.push_back(fmt::format("{} residual coordinates", coordinates));
      figures.emplace_back("coordinates", static_cast<double>(coordinates));
    }
    if (mlps > 0) {
      what.push_back(fmt::format("hidden units of {} MLPs", mlps));
      figures.emplace_back("mlps", static_cast<double>(mlps));
    }
    if (what.empty()) return;
    AddKind(kind,
            fmt::format("B {} {} {} A", verb, fmt::join(what, " and "),
                        verb == std::string_view("lacks") ? "of" : "beyond those of"),
            std::move(figures));
  };
  const bool permuted = map != nullptr && map->is_permutation() && IsLinkedInBasis();
  add("width_pruned", "lacks", permuted ? map->dropped() : 0, moves.mlps_narrower);
  add("width_extended", "has", permuted ? map->added() : 0, moves.mlps_wider);
}

void RelationBuilder::AddLayers() {
  const auto [dropped, duplicated] = ChangesOfLayers(pair_);
  if (!dropped.empty()) {
    AddKind("layers_dropped",
            fmt::format("no layer of B goes back to layers {} of A", fmt::join(dropped, ", ")),
            {{"layers", static_cast<double>(dropped.size())}});
  }
  if (duplicated.empty()) {
    AddReordered();
  } else {
    AddKind(
        "layers_duplicated",
        fmt::format("several layers of B go back to layers {} of A", fmt::join(duplicated, ", ")),
        {{"layers", static_cast<double>(duplicated.size())}});
    // A layer of A that nothing goes back to may be the second of two that are doubled in both.
    if (!dropped.empty()) return;
    AddSign(
        SignKind::kLayersDuplicated, Direction::kAToB,
        fmt::format("several layers of B are like layers {} of A", fmt::join(duplicated, ", ")));
  }
  const auto twice = DuplicatedInA();
  if (!twice.empty()) {
    AddSign(SignKind::kLayersDuplicated, Direction::kBToA,
            fmt::format("several layers of A are like layers {} of B", fmt::join(twice, ", ")));
  }
}

void RelationBuilder::AddReordered() {
  std::vector<std::uint32_t> order;
  for (const LayerSource& source : LayerSources(pair_)) {
    if (!source.layer_a || source.contested) return;
    order.push_back(*source.layer_a);
  }
  if (std::ranges::is_sorted(order)) return;
  AddKind("layers_reordered", fmt::format("layers of B go back to layers {} of A, in this order",
                                          fmt::join(order, ", ")));
}

// Layers of B that several layers of A, which has more of them, are most like, and nearly alike:
// cells between different layers of relatives are not null, but far smaller.
std::vector<std::uint32_t> RelationBuilder::DuplicatedInA() const {
  const LayerMap& map = pair_.layer_map;
  std::vector<std::uint32_t> layers;
  if (map.layers_a.size() <= map.layers_b.size()) return layers;
  std::vector<std::uint64_t> likest(map.layers_b.size());
  for (std::size_t a = 0; a < map.layers_a.size(); ++a) {
    std::size_t best = 0;
    for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
      if (map.At(a, b) > map.At(a, best)) best = b;
    }
    const bool linked = map.source[best] && map.At(a, best) > map.threshold &&
                        map.At(a, best) > kSameLayer * map.At(*map.source[best], best);
    if (linked && ++likest[best] == 2) layers.push_back(map.layers_b[best]);
  }
  return layers;
}

}  // namespace modelkin
