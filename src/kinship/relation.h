// How B was made from A, and who was first, out of what became of each tensor: docs/kinship.md,
// "Kinds" and "Who was first".
#ifndef MODELKIN_KINSHIP_RELATION_H_
#define MODELKIN_KINSHIP_RELATION_H_

#include <vector>

#include "kinship/decayed_rows.h"
#include "kinship/derivation_kind.h"
#include "kinship/direction.h"
#include "kinship/kinds/findings.h"

namespace modelkin {

struct Relation {
  std::vector<Kind> kinds;
  Direction direction = Direction::kUnknown;  // what all facts say, if they agree
  std::vector<DirectionFact> facts;
  Direction signs_point = Direction::kUnknown;  // without a say in `direction`
  std::vector<DirectionSign> signs;
};

// `decayed` of the embedding, null if there is nothing to see.
Relation Relate(Findings findings, const DecayedRows* decayed);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_RELATION_H_
