// How B was made from A, and who was first, out of what became of each tensor: docs/kinship.md,
// "Kinds".
#ifndef MODELKIN_KINSHIP_RELATION_H_
#define MODELKIN_KINSHIP_RELATION_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "basis/hidden_basis.h"
#include "kinship/decayed_rows.h"
#include "kinship/direction.h"
#include "kinship/merge_fit.h"
#include "kinship/tensor_heritage.h"

namespace modelkin {

struct Kind {
  std::string name;      // "lora_merge"; docs/kinship.md lists them
  std::string evidence;  // a sentence
  std::vector<std::pair<std::string, double>> figures;
  std::vector<std::string> roles;  // that it was found in, where that is a few
};

struct Relation {
  std::vector<Kind> kinds;
  Direction direction = Direction::kUnknown;  // what all facts say, if they agree
  std::vector<DirectionFact> facts;
  Direction signs_point = Direction::kUnknown;  // without a say in `direction`
  std::vector<DirectionSign> signs;
};

// `pair` as it was linked (in the fitted basis if that is where the link shows), `basis` null if
// coordinates are as they were, `merge` null if no parents were named, `decayed` of the embedding,
// null if there is nothing to see.
Relation Relate(const PairAnalysis& pair, const HiddenBasis* basis, const Alignment& alignment,
                const std::vector<TensorHeritage>& heritage, const MergeFit* merge,
                const DecayedRows* decayed, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_RELATION_H_
