// What a trace came to, without the models that it is of: for answers that many pairs make.
#ifndef MODELKIN_REQUESTS_PAIR_SUMMARY_H_
#define MODELKIN_REQUESTS_PAIR_SUMMARY_H_

#include <optional>
#include <vector>

#include "evidence/power_statement.h"
#include "evidence/test_result.h"
#include "evidence/verdict.h"
#include "kinship/relation.h"
#include "kinship/whole_verdict.h"
#include "modelkin/component.h"
#include "requests/trace.h"

namespace modelkin {

struct PairSummary {
  Component component = Component::kText;  // that tells: TraceResults::Telling
  // Of that component.
  Verdict verdict;
  std::vector<TestResult> tests;
  std::optional<PowerStatement> power;  // of each kNoEvidence
  Direction direction = Direction::kUnknown;
  Direction signs_point = Direction::kUnknown;
  std::vector<DirectionSign> signs;
  std::vector<DerivationKind> kinds;  // of the whole, then of the component
  WholeVerdict whole;                 // of all components
  std::vector<ComponentOutcome> components;
  // More than half of the parameters of a component of either model were not read: nothing found
  // in the rest says nothing.
  bool mostly_unread = false;

  // Returns whether anything was found in both.
  bool is_related() const;
};

PairSummary Summarise(const TraceResults& results);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_PAIR_SUMMARY_H_
