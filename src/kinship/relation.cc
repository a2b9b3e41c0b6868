#include "kinship/relation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace modelkin {
namespace {

// A kind that is a matter of tensors' values applies if it is that of so many of the elements that
// B has from A.
constexpr double kShareOfElements = 0.02;
// Roles are named where they are no more than this.
constexpr std::size_t kFewRoles = 12;
// Largest singular value of changes over that of noise, above which they are no noise.
constexpr double kStructured = 1.25;
// Slopes of B's values on A's small ones, over that on the large ones, and of the latter, where
// small weights were taken away.
constexpr double kForgotten = 0.1, kKept = 0.9;
// Long training forgets small weights as well.
constexpr double kMostForgotten = 0.4;
constexpr double kMostOfFours = 0.6;
constexpr double kTwoFour = 0.99, kNoTwoFour = 0.6;
// z of a second layer of A for one of B, as a share of the first's.
constexpr double kSameLayer = 0.7;

using Figures = std::vector<std::pair<std::string, double>>;

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// Tensors that something was found in.
struct Found {
  std::uint64_t tensors = 0, elements = 0;
  std::set<std::string> roles;

  void Add(const TensorHeritage& tensor) {
    ++tensors;
    elements += tensor.link.b->tensor->elements;
    roles.insert(tensor.link.b->role);
  }
  std::vector<std::string> few_roles() const {
    if (roles.size() > kFewRoles) return {};
    return {roles.begin(), roles.end()};
  }
};

class Relater {
 public:
  Relater(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
          const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
          const DecayedRows* decayed)
      : pair_(pair),
        basis_(basis),
        alignment_(alignment),
        heritage_(heritage),
        merge_(merge),
        decayed_(decayed) {
    for (const TensorHeritage& tensor : heritage) {
      if (tensor.heritage != HeritageClass::kAdded &&
          tensor.heritage != HeritageClass::kUnrelated) {
        inherited_ += tensor.link.b->tensor->elements;
      }
    }
  }

  Relation Relate() {
    AddMoves();
    AddLayers();
    AddTokens();
    AddCasts();
    AddGrids();
    AddPruned();
    AddLowRank();
    AddMerge();
    AddDrift();
    AddCopy();
    Decide();
    AddHeuristics();
    return std::move(relation_);
  }

 private:
  void AddKind(std::string name, std::string evidence, Figures figures = {},
               std::vector<std::string> roles = {}) {
    relation_.kinds.push_back({.name = std::move(name),
                               .evidence = std::move(evidence),
                               .figures = std::move(figures),
                               .roles = std::move(roles)});
  }
  void AddFact(std::string name, Direction direction, std::string evidence) {
    relation_.facts.push_back(
        {.name = std::move(name), .direction = direction, .evidence = std::move(evidence)});
  }
  bool IsMuch(const Found& found) const {
    return found.tensors > 0 && static_cast<double>(found.elements) >=
                                    kShareOfElements * static_cast<double>(inherited_);
  }

  template <class Wanted>
  Found Find(const Wanted& wanted) const {
    Found found;
    for (const TensorHeritage& tensor : heritage_) {
      if (wanted(tensor)) found.Add(tensor);
    }
    return found;
  }

  void AddMoves() {
    const UndoneMoves& moves = alignment_.moves;
    if (!pair_.names_given.empty()) {
      AddKind("renamed",
              fmt::format("{} tensors have other names; they were paired by shape and values",
                          pair_.names_given.size()));
    }
    if (basis_ != nullptr && basis_->map != nullptr && !basis_->map->is_identity()) {
      const bool rotated = !basis_->map->is_permutation();
      AddKind(rotated ? "residual_rotated" : "residual_permuted",
              fmt::format("B's residual coordinates are A's {}: fitted to {} rows of tokens, rows "
                          "held out have a mean cosine of {:.3f} (after a fit to shuffled rows "
                          "{:.3f})",
                          rotated                    ? "after a rotation"
                          : basis_->map->has_signs() ? "in another order, with other signs"
                                                     : "in another order",
                          basis_->fitted, basis_->cosine, basis_->shuffled_cosine),
              {{"cosine", basis_->cosine}, {"shuffled_cosine", basis_->shuffled_cosine}});
    }
    if (moves.mlps_permuted > 0) {
      AddKind("hidden_units_permuted",
              fmt::format("hidden units of {} of {} MLPs are A's in another order",
                          moves.mlps_permuted, moves.mlps));
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
    AddUpcycled();
  }

  void AddDisguise() {
    const UndoneMoves& moves = alignment_.moves;
    if (moves.disguised_query_key == 0 && moves.disguised_value_output == 0) return;
    std::vector<double> products;
    for (const LayerHeads& heads : alignment_.heads) {
      if (heads.match.query_key_disguised()) products.push_back(*heads.match.query_key_product);
      if (heads.match.value_output_disguised()) {
        products.push_back(*heads.match.value_output_product);
      }
    }
    AddKind("attention_disguised",
            fmt::format("query and key weights of {} layers, value and output weights of {}, are "
                        "alike by their products alone (mean cosine {:.3f}): matrices were put "
                        "between the factors",
                        moves.disguised_query_key, moves.disguised_value_output,
                        Median(products).value_or(0)),
            {{"product_cosine", Median(products).value_or(0)}});
  }

  void AddScaled() {
    const Found scaled = Find([](const TensorHeritage& tensor) {
      return tensor.heritage == HeritageClass::kTransformed && !tensor.link.rotated &&
             !tensor.link.disguised && !tensor.link.folded;
    });
    const std::uint64_t norms = alignment_.moves.rescaled_norms;
    const bool rotation = basis_ != nullptr && basis_->map && !basis_->map->is_permutation();
    if (IsMuch(scaled)) {
      AddKind(
          "scaled",
          fmt::format("{} tensors are A's but for a scale of each row or column", scaled.tensors),
          {}, scaled.few_roles());
    } else if (norms > 0 && !rotation) {
      AddKind("scaled", fmt::format("{} norms share their scale with the projections that read "
                                    "them in another way than A's",
                                    norms));
    }
  }

  // Experts of one layer that go back to one MLP of A.
  void AddUpcycled() {
    std::map<std::pair<std::uint32_t, std::size_t>, std::uint64_t> experts;
    for (const MlpMatch& match : pair_.mlps) {
      const Mlp& mlp = pair_.b.mlps[match.b];
      const bool linked = match.skipped.empty() && match.log_p_linked() < kLinkedLogP;
      if (linked && mlp.expert && mlp.layer) ++experts[{*mlp.layer, match.a}];
    }
    std::set<std::uint32_t> layers;
    std::uint64_t copies = 0;
    for (const auto& [key, count] : experts) {
      if (count < 2) continue;
      layers.insert(key.first);
      copies += count;
    }
    if (layers.empty()) return;
    AddKind(
        "upcycled",
        fmt::format("in {} layers several experts go back to one MLP of A ({} experts in all)",
                    layers.size(), copies),
        {{"layers", static_cast<double>(layers.size())}, {"experts", static_cast<double>(copies)}});
    AddFact("upcycled", Direction::kAToB,
            "several experts of B started from one MLP of A; merging them back would not give each "
            "of them");
  }

  void AddLayers() {
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
      AddFact("layers_duplicated", Direction::kAToB, "two layers of B started as one of A's");
    }
    const auto twice = DuplicatedInA();
    if (!twice.empty()) {
      AddFact("layers_duplicated", Direction::kBToA,
              fmt::format("several layers of A go back to layers {} of B", fmt::join(twice, ", ")));
    }
  }

  // Layers of B that several layers of A, which has more of them, are most like, and nearly alike:
  // cells between different layers of relatives are not null, but far smaller.
  std::vector<std::uint32_t> DuplicatedInA() const {
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

  void AddTokens() {
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
      AddFact("vocabulary_extended", Direction::kAToB, "B has tokens that A lacks");
    }
    if (moves.tokens_missing > 0) {
      AddFact("vocabulary_extended", Direction::kBToA, "A has tokens that B lacks");
    }
  }

  void AddCasts() {
    for (const bool of_a : {false, true}) {
      std::map<std::string, Found> by_type;
      Found lossy;
      for (const TensorHeritage& tensor : heritage_) {
        if (tensor.heritage != HeritageClass::kCast || tensor.a_is_the_cast != of_a) continue;
        by_type[std::string(DTypeName(*tensor.cast_type))].Add(tensor);
        // Stored in a wider type is no loss, and tells nothing of the order.
        if (tensor.changes->equal < tensor.changes->compared) lossy.Add(tensor);
      }
      for (const auto& [type, found] : by_type) {
        if (!IsMuch(found)) continue;
        AddKind("exact_cast", fmt::format("in {} tensors {}'s values are {}'s as {} holds them{}",
                                          found.tensors, of_a ? "A" : "B", of_a ? "B" : "A", type,
                                          lossy.tensors == 0 ? ", without loss" : ""));
      }
      if (!IsMuch(lossy)) continue;
      AddFact("cast", of_a ? Direction::kBToA : Direction::kAToB,
              fmt::format("{} has digits in {} tensors that the other lost by rounding",
                          of_a ? "B" : "A", lossy.tensors));
    }
  }

  void AddGrids() {
    AddGrid(false);
    AddGrid(true);
  }

  void AddGrid(bool of_a) {
    std::map<std::string, std::uint64_t> grids;
    std::vector<double> near;
    const Found found = Find([&](const TensorHeritage& tensor) {
      const auto& grid = of_a ? tensor.grid_of_a : tensor.grid;
      if (!grid || grid->a_has_one) return false;
      ++grids[Describe(*grid)];
      near.push_back(grid->within_half_step);
      return true;
    });
    if (!IsMuch(found)) return;
    std::string list;
    for (const auto& [grid, tensors] : grids) {
      list += fmt::format("{}{} ({})", list.empty() ? "" : "; ", grid, tensors);
    }
    const double half_step = *Median(near);
    const bool rounded = half_step >= 0.99;
    const char* const one = of_a ? "A" : "B";
    const char* const other = of_a ? "B" : "A";
    AddKind("quantised",
            fmt::format("values of {} tensors of {} lie on grids: {}; {:.1f}% of {}'s values are "
                        "within half a step{}",
                        found.tensors, one, list, 100 * half_step, other,
                        rounded ? "" : ": what was quantised had changed before"),
            {{"tensors", static_cast<double>(found.tensors)}, {"within_half_step", half_step}});
    if (rounded) {
      AddFact("quantised", of_a ? Direction::kBToA : Direction::kAToB,
              fmt::format("{}'s values are {}'s rounded to a grid that {} does not have", one,
                          other, other));
    }
  }

  static std::string Describe(const QuantisationGrid& grid) {
    const std::string kind = grid.kind == GridKind::kInteger  ? fmt::format("int{}", grid.bits)
                             : grid.kind == GridKind::kLevels ? "16 levels (4 bits)"
                                                              : std::string(GridName(grid.kind));
    if (grid.block.rows == 0) return kind + ", one scale a tensor";
    if (grid.block.columns == 0) return kind + ", one scale a row";
    return fmt::format("{}, blocks of {} x {}", kind, grid.block.rows, grid.block.columns);
  }

  void AddPruned() {
    for (const bool of_a : {false, true}) {
      std::uint64_t zeroed = 0, compared = 0, fours = 0, half_zero = 0, before = 0;
      const Found pruned = Find([&](const TensorHeritage& tensor) {
        const bool on_grid = (of_a ? tensor.grid_of_a : tensor.grid).has_value();
        if (!tensor.changes || tensor.link.rotated || on_grid) return false;
        const ElementChanges& changes = *tensor.changes;
        const auto& side = of_a ? changes.in_a : changes.in_b;
        if (tensor.heritage == HeritageClass::kUnrelated || !side.looks_pruned(changes.compared)) {
          return false;
        }
        zeroed += side.count;
        compared += changes.compared;
        fours += changes.fours;
        half_zero += of_a ? changes.half_zero_a : changes.half_zero_b;
        before += of_a ? changes.half_zero_b : changes.half_zero_a;
        return true;
      });
      if (!IsMuch(pruned)) {
        if (!of_a) AddForgotten();
        continue;
      }
      const double share = static_cast<double>(zeroed) / static_cast<double>(compared);
      const double in_fours =
          fours == 0 ? 0 : static_cast<double>(half_zero) / static_cast<double>(fours);
      const double fours_before =
          fours == 0 ? 1 : static_cast<double>(before) / static_cast<double>(fours);
      // More zeros than half fill every four without being meant to.
      const bool two_four =
          in_fours >= kTwoFour && fours_before < kNoTwoFour && share < kMostOfFours;
      const char* const one = of_a ? "A" : "B";
      AddKind(two_four ? "pruned_2_4" : "pruned",
              fmt::format("{:.1f}% of the values of {} tensors are 0 in {}, and were small in {}{}",
                          100 * share, pruned.tensors, one, of_a ? "B" : "A",
                          two_four ? "; two of every four" : ""),
              {{"share", share}, {"two_of_four", in_fours}}, pruned.few_roles());
      AddFact("pruned", of_a ? Direction::kBToA : Direction::kAToB,
              fmt::format("{} lost values that {} has", one, of_a ? "B" : "A"));
    }
  }

  // Zeros that further training filled: small weights of A are gone, large ones are there.
  void AddForgotten() {
    std::vector<double> small, large;
    const Found found = Find([&](const TensorHeritage& tensor) {
      if (tensor.heritage != HeritageClass::kDrifted || tensor.grid || tensor.link.rotated) {
        return false;
      }
      const auto of_small = tensor.changes->slope_of_small(),
                 of_large = tensor.changes->slope_of_large();
      const bool little = tensor.changes->relative_change().value_or(HUGE_VAL) < kMostForgotten;
      if (!little || !of_small || !of_large || *of_small > kForgotten * *of_large ||
          *of_large < kKept) {
        return false;
      }
      small.push_back(*of_small);
      large.push_back(*of_large);
      return true;
    });
    if (!IsMuch(found)) return;
    AddKind("pruned",
            fmt::format("small weights of A left nothing in {} tensors of B (regression slope "
                        "{:.2f}), large ones did (slope {:.2f}): pruned, and trained on or with "
                        "noise added",
                        found.tensors, *Median(small), *Median(large)),
            {{"slope_of_small", *Median(small)}, {"slope_of_large", *Median(large)}},
            found.few_roles());
  }

  void AddLowRank() {
    std::map<std::uint64_t, std::uint64_t> ranks;
    std::vector<double> changes;
    const Found found = Find([&](const TensorHeritage& tensor) {
      if (tensor.heritage != HeritageClass::kLowRankEdit) return false;
      ++ranks[tensor.spectrum->low_rank->rank];
      changes.push_back(tensor.changes->relative_change().value_or(0));
      return true;
    });
    if (found.tensors == 0) return;
    const auto [rank, count] =
        *std::ranges::max_element(ranks, {}, [](const auto& entry) { return entry.second; });
    AddKind("lora_merge",
            fmt::format("changes of {} tensors have rank {} ({} of them exactly that), with a "
                        "median relative size of {:.3g}",
                        found.tensors, rank, count, *Median(changes)),
            {{"rank", static_cast<double>(rank)},
             {"tensors", static_cast<double>(found.tensors)},
             {"relative_change", *Median(changes)}},
            found.few_roles());
  }

  void AddMerge() {
    if (merge_ == nullptr || !merge_->is_merge) return;
    Figures figures = {{"explained", merge_->explained}, {"residual", merge_->residual}};
    std::string weights;
    for (std::size_t i = 0; i < merge_->weights.size(); ++i) {
      const WeightEstimate& weight = merge_->weights[i];
      weights += fmt::format("{}{:.3f} ({:.3f} to {:.3f})", i == 0 ? "" : ", ", weight.mean,
                             weight.low, weight.high);
      figures.emplace_back(fmt::format("weight_{}", i + 1), weight.mean);
    }
    AddKind("merged",
            fmt::format("{} merge of the parents with weights {}; it explains {:.1f}% of "
                        "what separates B from the nearest of them",
                        merge_->method, weights, 100 * merge_->explained),
            std::move(figures));
  }

  void AddDrift() {
    std::vector<double> changes, structure;
    const Found drifted = Find([&](const TensorHeritage& tensor) {
      if (tensor.heritage != HeritageClass::kDrifted) return false;
      const auto change = tensor.changes->relative_change();
      if (change) changes.push_back(*change);
      if (tensor.spectrum) structure.push_back(tensor.spectrum->largest_over_noise);
      return true;
    });
    // A mixture changes everything, and explains it.
    if (!IsMuch(drifted) || changes.empty() || (merge_ != nullptr && merge_->is_merge)) return;
    const auto over_noise = Median(structure);
    Figures figures = {{"tensors", static_cast<double>(drifted.tensors)},
                       {"relative_change", *Median(changes)}};
    if (over_noise) figures.emplace_back("largest_over_noise", *over_noise);
    const bool rotated = basis_ != nullptr && basis_->map && !basis_->map->is_permutation();
    const bool noise = !rotated && over_noise && *over_noise < kStructured;
    AddKind(noise ? "noise_added" : "fine_tuned",
            fmt::format("{} tensors changed all over, by {:.3g} of their size in the middle; {}",
                        drifted.tensors, *Median(changes),
                        rotated       ? "what a fitted rotation leaves does not tell learning from "
                                        "noise"
                        : !over_noise ? "too much to tell learning from noise"
                        : noise       ? "the changes have the spectrum of independent noise"
                                      : "the changes have directions, as learning gives"),
            std::move(figures));
  }

  void AddCopy() {
    const Found same = Find(
        [](const TensorHeritage& tensor) { return tensor.heritage == HeritageClass::kIdentical; });
    if (same.tensors == 0) return;
    const bool all = std::ranges::all_of(heritage_, [](const TensorHeritage& tensor) {
      return tensor.heritage == HeritageClass::kIdentical || tensor.link.folded;
    });
    if (!all) return;
    relation_.kinds.insert(
        relation_.kinds.begin(),
        {.name = "copy",
         .evidence = fmt::format("all {} tensors of B have A's values", same.tensors),
         .figures = {},
         .roles = {}});
  }

  void Decide() {
    std::set<Direction> said;
    for (const DirectionFact& fact : relation_.facts) said.insert(fact.direction);
    if (merge_ != nullptr && merge_->is_merge) said.insert(Direction::kAToB);
    if (said.size() == 1) relation_.direction = *said.begin();
  }

  void AddHeuristics() {
    if (decayed_ == nullptr || !decayed_->b_is_later()) return;
    const bool b_is_later = *decayed_->b_is_later();
    relation_.heuristics.push_back(
        {.name = "decayed_rows",
         .direction = b_is_later ? Direction::kAToB : Direction::kBToA,
         .evidence = fmt::format("{} rows of the embedding, of tokens that training between the "
                                 "two never saw, are shorter in {} by one factor ({:.4f}), as by "
                                 "weight decay; of two children of one model it is the one that "
                                 "was trained for longer",
                                 decayed_->rows, b_is_later ? "B" : "A",
                                 std::exp(-std::abs(decayed_->log_ratio))),
         .wrong = kDecayedRowsWrong,
         .cases = kDecayedRowsCases});
  }

  // Of pairs of a model and one trained on from it, docs/kinship.md.
  static constexpr std::uint64_t kDecayedRowsWrong = 0, kDecayedRowsCases = 37;

  const PairAnalysis& pair_;
  const HiddenBasis* basis_;
  const Alignment& alignment_;
  const std::vector<TensorHeritage>& heritage_;
  const MergeFit* merge_;
  const DecayedRows* decayed_;
  std::uint64_t inherited_ = 0;
  Relation relation_;
};

}  // namespace

std::string_view DirectionName(Direction direction) {
  constexpr std::array<std::string_view, 3> kNames = {"unknown", "a_to_b", "b_to_a"};
  return kNames[static_cast<std::size_t>(direction)];
}

Relation Relate(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
                const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                const DecayedRows* decayed) {
  return Relater(pair, basis, alignment, heritage, merge, decayed).Relate();
}

}  // namespace modelkin
