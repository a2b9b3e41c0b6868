#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kinship/relation_builder.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Of a linked MLP's units, if there is little else to go by: docs/kinship.md.
constexpr double kLeastLinkedUnits = 0.25;

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
  AddUnits();
  AddExperts();
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
  if (basis_ == nullptr || basis_->map == nullptr || basis_->map->is_in_order() ||
      !IsLinkedInBasis()) {
    return;
  }
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

// Embeddings that are alike fit a basis; it is B's only if what is behind them is A's in it.
bool RelationBuilder::IsLinkedInBasis() const {
  const bool by_units = std::ranges::any_of(pair_.mlps, [](const MlpMatch& match) {
    return match.skipped.empty() && match.log_p_linked() < kLinkedLogP &&
           match.agreement() >= kLeastLinkedUnits;
  });
  return by_units || std::ranges::any_of(alignment_.heads, [](const LayerHeads& heads) {
           return heads.match.linked();
         });
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

void RelationBuilder::AddTokens() {
  const UndoneMoves& moves = alignment_.moves;
  const auto embedding = std::ranges::find_if(heritage_, [](const TensorHeritage& tensor) {
    return tensor.link.b->role == Role::kEmbedding;
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
