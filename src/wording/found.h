// What was found of two models, as far as an answer needs it.
#ifndef MODELKIN_WORDING_FOUND_H_
#define MODELKIN_WORDING_FOUND_H_

#include <optional>
#include <vector>

#include "evidence/power_statement.h"
#include "evidence/test_result.h"
#include "evidence/verdict.h"
#include "kinship/relation.h"
#include "kinship/tensor_heritage.h"
#include "kinship/whole_verdict.h"
#include "modelkin/component.h"
#include "requests/pair_summary.h"
#include "wording/words.h"

namespace modelkin {

// References are to results that outlive it.
struct Found {
  Look look = Look::kUntestable;  // of the whole
  std::optional<SharedMaterial> shared;
  std::vector<ComponentOutcome> components = {};  // of each of several; empty of a single one
  // Of the component that tells.
  Component component = Component::kText;
  const Verdict& verdict;
  const std::vector<TestResult>& tests;
  const std::optional<PowerStatement>& power;
  const Relation* relation = nullptr;                     // null where none was looked for
  const std::vector<TensorHeritage>* heritage = nullptr;  // null where none was looked for
};

// Returns who came first of a pair, as far as a summary has it.
Relation RelationOf(const PairSummary& pair);

// `relation`: RelationOf the same pair. Both outlive what is returned.
Found FoundIn(const PairSummary& pair, const Relation& relation);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_FOUND_H_
