// What the components of two models come to together: docs/lineage.md, "Components".
#ifndef MODELKIN_KINSHIP_WHOLE_VERDICT_H_
#define MODELKIN_KINSHIP_WHOLE_VERDICT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evidence/power_statement.h"
#include "evidence/verdict.h"
#include "kinship/derivation_kind.h"
#include "modelkin/component.h"

namespace modelkin {

// A component of B beside one of A, or one that a single model has.
struct JudgedComponent {
  Component kind = Component::kText;
  const Verdict* verdict = nullptr;  // null where a single model has it
  std::uint64_t parameters_b = 0;    // of B's; 0 where only A has it
};

// What is said of one component beside others.
struct ComponentOutcome {
  Component kind = Component::kText;
  std::optional<VerdictCategory> category;  // nothing where a single model has it
  bool only_in_b = false;                   // else, without a category, only in A
  std::vector<DerivationKind> kinds;
  std::optional<PowerStatement> power;  // of kNoEvidence
  std::vector<Unread> unread;           // of what was not read nothing is said
};

struct WholeVerdict {
  VerdictCategory category = VerdictCategory::kNotComparable;
  std::optional<SharedMaterial> shared;  // of kSharesMaterial
  std::vector<Kind> kinds;               // that only several components together can show
};

// Returns the verdict of the only pair where there is one and nothing else. Of several: identical
// where every component of both is; derived where components that are identical or derived hold
// kDerivedShare of B's parameters, or the text is and no other component is known to come from
// elsewhere; else what is shared, if anything is. `components` has at least one pair.
WholeVerdict JudgeWhole(std::span<const JudgedComponent> components);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_WHOLE_VERDICT_H_
