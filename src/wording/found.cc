#include "wording/found.h"

namespace modelkin {

Relation RelationOf(const PairSummary& pair) {
  return {.kinds = {},
          .direction = pair.direction,
          .facts = {},
          .signs_point = pair.signs_point,
          .signs = pair.signs};
}

Found FoundIn(const PairSummary& pair, const Relation& relation) {
  return {
      .look = LookOf(pair.whole.category, pair.whole.shared),
      .shared = pair.whole.shared,
      .components = pair.components.size() > 1 ? pair.components : std::vector<ComponentOutcome>{},
      .component = pair.component,
      .verdict = pair.verdict,
      .tests = pair.tests,
      .power = pair.power,
      .relation = pair.is_related() ? &relation : nullptr};
}

}  // namespace modelkin
