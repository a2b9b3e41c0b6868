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
// Of what a dropped expert leaves; the mean of two experts has a cosine of 0.7 with each.
constexpr double kSameExpert = 0.8;

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

// Experts: fewer, or of another number or layer than A's.
void RelationBuilder::AddExperts() {
  const UndoneMoves& moves = alignment_.moves;
  std::map<std::uint32_t, std::uint64_t> of_a;
  for (const Mlp& mlp : pair_.a.mlps) {
    if (mlp.expert && mlp.layer) ++of_a[*mlp.layer];
  }
  struct Layer {
    std::map<std::uint32_t, std::uint32_t> source;  // of B's experts, in their order
    std::set<std::uint32_t> used, layers_a;
    bool alike = true;
  };
  std::map<std::uint32_t, Layer> layers;
  for (const MlpMatch& match : pair_.mlps) {
    const Mlp &a = pair_.a.mlps[match.a], &b = pair_.b.mlps[match.b];
    if (!b.expert || !b.layer) continue;
    Layer& layer = layers[*b.layer];
    const bool same = match.skipped.empty() && match.log_p_linked() < kLinkedLogP && a.expert &&
                      a.layer && match.cosine().value_or(0) >= kSameExpert;
    layer.alike = layer.alike && same;
    if (!same) continue;
    layer.source[*b.expert] = *a.expert;
    layer.used.insert(*a.expert);
    layer.layers_a.insert(*a.layer);
  }
  std::uint64_t dropped = 0, before = 0, in = 0, kept_in_order = 0;
  for (const auto& [number, layer] : layers) {
    const bool one = layer.alike && layer.layers_a.size() == 1;
    if (!one || layer.used.size() != layer.source.size()) continue;
    const std::uint64_t all = of_a[*layer.layers_a.begin()];
    if (layer.used.size() >= all) continue;
    ++in;
    before += all;
    dropped += all - layer.used.size();
    std::uint64_t moved = 0;
    auto kept = layer.used.begin();
    for (const auto& [expert, source] : layer.source) moved += source == *kept++ ? 0 : 1;
    // Of another number, because some before them are gone.
    for (const auto& [expert, source] : layer.source) {
      kept_in_order += moved == 0 && expert != source ? 1 : 0;
    }
  }
  if (dropped > 0) {
    AddKind("experts_dropped",
            fmt::format("{} of {} experts of A in {} layers have none in B that goes back to them",
                        dropped, before, in),
            {{"experts", static_cast<double>(dropped)}, {"layers", static_cast<double>(in)}});
  }
  if (moves.experts_moved > kept_in_order) {
    AddKind("experts_permuted", fmt::format("{} of {} experts are A's of another number or layer",
                                            moves.experts_moved - kept_in_order, moves.experts));
  }
}

// Whether that is one of several experts of A that are alike, or what they were made of: as where
// two mixtures go back to one dense model.
bool RelationBuilder::ExpertsOfAGoBackTo(std::size_t mlp_of_a) const {
  const std::vector<Mlp>& mlps = pair_.a.mlps;
  for (std::size_t other = 0; other < mlps.size(); ++other) {
    if (other == mlp_of_a || !mlps[other].expert || mlps[other].layer != mlps[mlp_of_a].layer) {
      continue;
    }
    const MlpMatch match = MatchMlps(pair_.a, other, pair_.a, mlp_of_a, 1, threads_);
    return match.skipped.empty() && match.log_p_linked() < kLinkedLogP;
  }
  return false;
}

// Experts of one layer that go back to one MLP of A.
void RelationBuilder::AddUpcycled() {
  std::map<std::pair<std::uint32_t, std::size_t>, std::uint64_t> experts;
  for (const MlpMatch& match : pair_.mlps) {
    const Mlp& mlp = pair_.b.mlps[match.b];
    const bool linked = match.skipped.empty() && match.log_p_linked() < kLinkedLogP;
    if (linked && mlp.expert && mlp.layer) ++experts[{*mlp.layer, match.a}];
  }
  std::set<std::uint32_t> layers;
  std::uint64_t copies = 0;
  std::optional<std::size_t> source;
  for (const auto& [key, count] : experts) {
    if (count < 2) continue;
    layers.insert(key.first);
    copies += count;
    source = key.second;
  }
  if (!source || ExpertsOfAGoBackTo(*source)) return;
  AddKind(
      "upcycled",
      fmt::format("in {} layers several experts go back to one MLP of A ({} experts in all)",
                  layers.size(), copies),
      {{"layers", static_cast<double>(layers.size())}, {"experts", static_cast<double>(copies)}});
  AddSign(SignKind::kUpcycled, Direction::kAToB, "several experts of B are like one MLP of A");
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
