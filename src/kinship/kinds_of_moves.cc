#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kinship/relation_builder.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// z of a second layer of A for one of B, as a share of the first's.
constexpr double kSameLayer = 0.7;

}  // namespace

void RelationBuilder::AddMoves() {
  const UndoneMoves& moves = alignment_.moves;
  if (!pair_.names_given.empty()) {
    AddKind("renamed",
            fmt::format("{} tensors have other names; they were paired by shape and values",
                        pair_.names_given.size()));
  }
  if (!pair_.rotary.is_same()) AddRotaryLayout();
  AddBasis();
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
  if (moves.experts_moved > 0) {
    AddKind("experts_permuted", fmt::format("{} of {} experts are A's of another number or layer",
                                            moves.experts_moved, moves.experts));
  }
  if (moves.layers_with_moved_heads > 0) {
    AddKind("heads_permuted", fmt::format("attention heads of {} layers are A's in another order",
                                          moves.layers_with_moved_heads));
  }
  AddDisguise();
  AddScaled();
  AddShifted();
  AddUpcycled();
}

void RelationBuilder::AddBasis() {
  if (basis_ == nullptr || basis_->map == nullptr || basis_->map->is_in_order()) return;
  const bool rotated = !basis_->map->is_permutation();
  AddKind(rotated ? "residual_rotated" : "residual_permuted",
          fmt::format("B's residual coordinates are A's {}: fitted to {} {}, what was held out has "
                      "a mean cosine of {:.3f} (after a fit to what was shuffled {:.3f})",
                      rotated                    ? "after a rotation"
                      : basis_->map->has_signs() ? "in another order, with other signs"
                                                 : "in another order",
                      basis_->fitted,
                      basis_->by == BasisSource::kTokens ? "rows of tokens" : "sums over layers",
                      basis_->cosine, basis_->shuffled_cosine),
          {{"cosine", basis_->cosine}, {"shuffled_cosine", basis_->shuffled_cosine}});
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
  const bool permuted = map != nullptr && map->is_permutation();
  add("width_pruned", "lacks", permuted ? map->dropped() : 0, moves.mlps_narrower);
  add("width_extended", "has", permuted ? map->added() : 0, moves.mlps_wider);
}

void RelationBuilder::AddRotaryLayout() {
  const std::string_view pairs = "Meta's and llama.cpp's rotary order (pairs side by side)",
                         halves = "transformers' (halves)";
  const bool pairs_in_b = pair_.rotary.layout == RotaryLayout::kPairsInB;
  AddKind(
      "rotary_layout",
      fmt::format("rows of queries and keys are in {} in B and in {} in A, heads of {} rows: a "
                  "layout, the same function; they were compared in A's order",
                  pairs_in_b ? pairs : halves, pairs_in_b ? halves : pairs, pair_.rotary.head_size),
      {{"head_size", static_cast<double>(pair_.rotary.head_size)}});
}

void RelationBuilder::AddDisguise() {
  const UndoneMoves& moves = alignment_.moves;
  if (moves.disguised_query_key == 0 && moves.disguised_value_output == 0) return;
  std::vector<double> products;
  for (const LayerHeads& heads : alignment_.heads) {
    if (heads.match.query_key_disguised()) products.push_back(*heads.match.query_key_product);
    if (heads.match.value_output_disguised()) {
      products.push_back(*heads.match.value_output_product);
    }
  }
  const double product = *Median(products);  // there is one for each
  AddKind("attention_disguised",
          fmt::format("query and key weights of {} layers, value and output weights of {}, are "
                      "alike by their products alone (mean cosine {:.3f}): matrices were put "
                      "between the factors",
                      moves.disguised_query_key, moves.disguised_value_output, product),
          {{"product_cosine", product}});
}

void RelationBuilder::AddScaled() {
  const FoundTensors scaled = Find([](const TensorHeritage& tensor) {
    return tensor.heritage == HeritageClass::kTransformed && !tensor.link.rotated &&
           !tensor.link.disguised && !tensor.link.folded && !tensor.shifted;
  });
  const std::uint64_t norms = alignment_.moves.rescaled_norms;
  if (IsMuch(scaled)) {
    AddKind("scaled",
            fmt::format("{} tensors are A's but for a scale of each row or column", scaled.tensors),
            {}, scaled.few_roles());
  } else if (norms > 0 && !is_rotated()) {
    AddKind("scaled", fmt::format("{} norms share their scale with the projections that read "
                                  "them in another way than A's",
                                  norms));
  }
}

// However few values these are: nothing else leaves a change so exact.
void RelationBuilder::AddShifted() {
  const FoundTensors shifted = Find([](const TensorHeritage& tensor) { return tensor.shifted; });
  if (shifted.tensors == 0) return;
  AddKind("shifted",
          fmt::format("{} tensors are A's with one row added to all of their rows, which a softmax "
                      "does not see",
                      shifted.tensors),
          {}, shifted.few_roles());
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
  if (!duplicated.empty()) {
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

void RelationBuilder::AddTokens() {
  const UndoneMoves& moves = alignment_.moves;
  const auto embedding = std::ranges::find_if(heritage_, [](const TensorHeritage& tensor) {
    return tensor.link.b->component == Component::kEmbedding;
  });
  if (embedding == heritage_.end() || !embedding->changes ||
      embedding->heritage == HeritageClass::kUnrelated) {
    return;
  }
  if (moves.tokens_reordered) {
    AddKind("vocabulary_reordered", "rows of B's embedding are A's in another order");
  }
  if (moves.tokens_added > 0) {
    AddKind("vocabulary_extended",
            fmt::format("B's embedding has {} rows more than A's, and its others go back to A's",
                        moves.tokens_added),
            {{"rows", static_cast<double>(moves.tokens_added)}});
    AddSign(SignKind::kVocabularyExtended, Direction::kAToB, "B has tokens that A lacks");
  }
  if (moves.tokens_missing > 0) {
    AddSign(SignKind::kVocabularyExtended, Direction::kBToA, "A has tokens that B lacks");
  }
}
}  // namespace modelkin
