// Gathers what a Relation says; relation.h is what to call.
#ifndef MODELKIN_KINSHIP_RELATION_BUILDER_H_
#define MODELKIN_KINSHIP_RELATION_BUILDER_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kinship/relation.h"

namespace modelkin {

// Tensors that something was found in.
struct FoundTensors {
  std::uint64_t tensors = 0, elements = 0;
  std::set<std::string> roles;

  void Add(const TensorHeritage& tensor);
  // Empty where there are more than a few.
  std::vector<std::string> few_roles() const;
};

// One kind after the other, in the order of Build. Methods are in relation.cc, kinds_of_moves.cc
// (what had to be undone, tokens), kinds_of_parts.cc (units, layers), kinds_of_experts.cc and
// kinds_of_values.cc (what became of values).
class RelationBuilder {
 public:
  RelationBuilder(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
                  const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                  const DecayedRows* decayed, unsigned threads);

  Relation Build();

 private:
  using Figures = std::vector<std::pair<std::string, double>>;

  void AddKind(std::string name, std::string evidence, Figures figures = {},
               std::vector<std::string> roles = {});
  void AddSign(SignKind kind, Direction direction, std::string evidence);
  // Whether it is enough of what B has from A.
  bool IsMuch(const FoundTensors& found) const;
  bool is_rotated() const;

  template <class Wanted>
  FoundTensors Find(const Wanted& wanted) const {
    FoundTensors found;
    for (const TensorHeritage& tensor : heritage_) {
      if (wanted(tensor)) found.Add(tensor);
    }
    return found;
  }

  void AddMoves();
  void AddRotaryLayout();
  void AddBasis();
  bool IsLinkedInBasis() const;
  void AddUnits();
  void AddWidths();
  void AddExperts();
  void AddMergedExperts();
  std::uint64_t ExpertsLinkedTo(std::size_t mlp_of_b, std::uint32_t layer_a) const;
  void AddDisguise();
  void AddScaled();
  void AddShifted();
  void AddUpcycled();
  bool ExpertsOfAGoBackTo(std::size_t mlp_of_a) const;
  void AddLayers();
  void AddReordered();
  std::vector<std::uint32_t> DuplicatedInA() const;
  void AddTokens();
  void AddCasts();
  void AddGrids();
  void AddGrid(bool of_a);
  bool IsQuantised(bool of_a) const;
  void AddPruned();
  void AddForgotten();
  void AddRemovedDirection();
  void AddLowRank();
  void AddMerge();
  void AddDrift();
  void AddCopy();
  void Decide();
  void AddDecayedRows();

  const PairAnalysis& pair_;
  const HiddenBasis* basis_;
  const Alignment& alignment_;
  const std::vector<TensorHeritage>& heritage_;
  const MergeFit* merge_;
  const DecayedRows* decayed_;
  unsigned threads_;
  std::uint64_t inherited_ = 0;  // elements that B has from A
  bool direction_removed_ = false, experts_merged_ = false;
  Relation relation_;
};

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_RELATION_BUILDER_H_
