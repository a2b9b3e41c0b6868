// Is B built on A? Measurements of a pair and of controls, tests of them, and one verdict.
#ifndef MODELKIN_EVIDENCE_TRACE_H_
#define MODELKIN_EVIDENCE_TRACE_H_

#include <optional>
#include <vector>

#include "base/progress.h"
#include "basis/fitted_pair.h"
#include "evidence/effort.h"
#include "evidence/power_statement.h"
#include "evidence/test_result.h"
#include "evidence/verdict.h"
#include "fingerprint/token_evidence.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

struct TracedModels {
  TracedModel a, b;
  std::vector<TracedModel> controls;       // without a checkpoint: none of this component
  const Tokenizer* tokenizer_a = nullptr;  // null where there is none
  const Tokenizer* tokenizer_b = nullptr;
};

// A control beside one of the two models.
struct ControlId {
  std::size_t control = 0;  // index in TracedModels
  bool with_a = true;       // else with B

  bool operator==(const ControlId&) const = default;
};

struct ControlTrace {
  ControlId id;
  std::vector<TestResult> tests;  // as stored, corrected among themselves
  VerdictCategory category{};
  bool related = false;                 // derived itself, or of the same start: no control
  std::optional<TokenEvidence> tokens;  // of what is a control
};

struct Trace {
  PairAnalysis pair;  // as stored
  // A quick trace has none of these three.
  TokenPairs tokens;
  std::optional<TokenEvidence> rows;  // of tokens
  std::optional<FittedPair> fitted;   // looked for where the pair as stored shows no derivation
  std::vector<ControlTrace> controls;
  std::vector<TestResult> tests;  // all, corrected for their number, with effects of controls
  Verdict verdict;
  // Of each kNoEvidence but of models that are mostly packed (kMostlyUnread). Where Verdict::unread
  // names what was not read: of what was.
  std::optional<PowerStatement> power;
  EffortRecord effort;

  // Returns the pair that the verdict is about: as stored, or in a fitted basis.
  const PairAnalysis& shown() const;
};

// Corrects all tests of `trace` for their number, judges them, and where that is no evidence,
// simulates what would have been found in what was read.
void Conclude(const TraceSettings& options, Progress& progress, Trace& trace);

// One look, at what options.plan takes, whose part of the level is that of one of options.looks.
// What `state` keeps has names that begin with `name`.
Trace TraceLook(const TracedModels& inputs, const TraceSettings& options, TraceState& state,
                const std::string& name, Progress& progress);

// A against B, and each of them against each control, in as many looks as the answer takes. A
// control that turns out to be derived from one of them, or they from it, is no control: it is
// reported and left out. The models have to outlive the result. Goes on from `state`, where names
// of what it keeps begin with `name`.
Trace TraceLineage(const TracedModels& inputs, const TraceSettings& options, TraceState& state,
                   Progress& progress, const std::string& name = "");

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_TRACE_H_
