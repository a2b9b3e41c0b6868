#include "kinship/relation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "kinship/relation_builder.h"

namespace modelkin {
namespace {

// A kind that is a matter of tensors' values applies if it is that of so many of the elements that
// B has from A.
constexpr double kShareOfElements = 0.02;
// Roles are named where they are no more than this.
constexpr std::size_t kFewRoles = 12;
// Of pairs of a model and one trained on from it, docs/kinship.md.
constexpr std::uint64_t kDecayedRowsWrong = 0, kDecayedRowsCases = 37;

}  // namespace

void FoundTensors::Add(const TensorHeritage& tensor) {
  ++tensors;
  elements += tensor.link.b->tensor->elements;
  roles.insert(tensor.link.b->role);
}

std::vector<std::string> FoundTensors::few_roles() const {
  if (roles.size() > kFewRoles) return {};
  return {roles.begin(), roles.end()};
}

RelationBuilder::RelationBuilder(const PairAnalysis& pair, const HiddenBasis* basis,
                                 const Alignment& alignment,
                                 const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                                 const DecayedRows* decayed)
    : pair_(pair),
      basis_(basis),
      alignment_(alignment),
      heritage_(heritage),
      merge_(merge),
      decayed_(decayed) {
  for (const TensorHeritage& tensor : heritage) {
    if (tensor.heritage != HeritageClass::kAdded && tensor.heritage != HeritageClass::kUnrelated) {
      inherited_ += tensor.link.b->tensor->elements;
    }
  }
}

Relation RelationBuilder::Build() {
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

void RelationBuilder::AddKind(std::string name, std::string evidence, Figures figures,
                              std::vector<std::string> roles) {
  relation_.kinds.push_back({.name = std::move(name),
                             .evidence = std::move(evidence),
                             .figures = std::move(figures),
                             .roles = std::move(roles)});
}

void RelationBuilder::AddFact(std::string name, Direction direction, std::string evidence) {
  relation_.facts.push_back(
      {.name = std::move(name), .direction = direction, .evidence = std::move(evidence)});
}

bool RelationBuilder::IsMuch(const FoundTensors& found) const {
  return found.tensors > 0 &&
         static_cast<double>(found.elements) >= kShareOfElements * static_cast<double>(inherited_);
}

bool RelationBuilder::is_rotated() const {
  return basis_ != nullptr && basis_->map != nullptr && !basis_->map->is_permutation();
}

void RelationBuilder::Decide() {
  std::set<Direction> said;
  for (const DirectionFact& fact : relation_.facts) said.insert(fact.direction);

  if (said.size() == 1) relation_.direction = *said.begin();
}

void RelationBuilder::AddHeuristics() {
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

std::string_view DirectionName(Direction direction) {
  constexpr std::array<std::string_view, 3> kNames = {"unknown", "a_to_b", "b_to_a"};
  return kNames[static_cast<std::size_t>(direction)];
}

Relation Relate(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
                const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                const DecayedRows* decayed) {
  return RelationBuilder(pair, basis, alignment, heritage, merge, decayed).Build();
}

}  // namespace modelkin
