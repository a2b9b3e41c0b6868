// Is B built on A? The tests of a pair, beside those of controls, and a verdict.
#ifndef MODELKIN_LINEAGE_TRACE_H_
#define MODELKIN_LINEAGE_TRACE_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/lineage_tests.h"
#include "lineage/pair_analysis.h"
#include "lineage/power.h"
#include "lineage/verdict.h"

namespace modelkin {

struct ControlTrace {
  std::size_t control = 0;  // index
  bool with_a = true;       // else with B
  std::vector<TestResult> tests;
  VerdictCategory category{};
  bool related = false;  // derived itself, and so no control
};

struct Trace {
  PairAnalysis pair;
  std::vector<TestResult> tests;  // with effects of controls
  std::vector<ControlTrace> controls;
  Verdict verdict;
  std::optional<PowerStatement> power;  // for kNoEvidence
};

// After a verdict was reached, or another one: without evidence its sentence says what would have
// been found; else `power` is dropped.
void StatePower(const TraceSettings& options, Progress& progress, Trace& trace);

// A against B, and each of them against each control. A control that turns out to be derived from
// one of them, or they from it, is no control: it is reported and left out. The models have to
// outlive the result. Goes on from `state`.
Trace TraceLineage(const TracedModel& a, const TracedModel& b,
                   const std::vector<TracedModel>& controls, const TraceSettings& options,
                   TraceState& state, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TRACE_H_
