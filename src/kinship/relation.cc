#include "kinship/relation.h"

#include <fmt/format.h>

#include <algorithm>
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

}  // namespace

void FoundTensors::Add(const TensorHeritage& tensor) {
  ++tensors;
  elements += tensor.link.b->tensor->elements;
  roles.insert(tensor.link.b->pattern);
}

std::vector<std::string> FoundTensors::few_roles() const {
  if (roles.size() > kFewRoles) return {};
  return {roles.begin(), roles.end()};
}

RelationBuilder::RelationBuilder(const PairAnalysis& pair, const HiddenBasis* basis,
                                 const Alignment& alignment,
                                 const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                                 const DecayedRows* decayed, unsigned threads)
    : pair_(pair),
      basis_(basis),
      alignment_(alignment),
      heritage_(heritage),
      merge_(merge),
      decayed_(decayed),
      threads_(threads) {
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
  AddRemovedDirection();
  AddLowRank();
  AddMerge();
  AddDrift();
  AddCopy();
  AddDecayedRows();
  Decide();
  return std::move(relation_);
}

void RelationBuilder::AddKind(std::string name, std::string evidence, Figures figures,
                              std::vector<std::string> roles) {
  relation_.kinds.push_back({.name = std::move(name),
                             .evidence = std::move(evidence),
                             .figures = std::move(figures),
                             .roles = std::move(roles)});
}

void RelationBuilder::AddSign(SignKind kind, Direction direction, std::string evidence) {
  relation_.signs.push_back(
      {.kind = kind, .direction = direction, .evidence = std::move(evidence)});
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
  relation_.signs_point = WhereSignsPoint(relation_.signs);
}

void RelationBuilder::AddDecayedRows() {
  if (decayed_ == nullptr || !decayed_->b_is_later()) return;
  const bool b_is_later = *decayed_->b_is_later();
  AddSign(SignKind::kDecayedRows, b_is_later ? Direction::kAToB : Direction::kBToA,
          fmt::format(
              "{} rows of the embedding, of tokens that training between the two never saw, "
              "are shorter in {} by one factor ({:.4f}), as by weight decay",
              decayed_->rows, b_is_later ? "B" : "A", std::exp(-std::abs(decayed_->log_ratio))));
}

Relation Relate(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
                const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                const DecayedRows* decayed, unsigned threads) {
  return RelationBuilder(pair, basis, alignment, heritage, merge, decayed, threads).Build();
}

}  // namespace modelkin
