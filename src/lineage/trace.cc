#include "lineage/trace.h"

#include <fmt/format.h>

#include <algorithm>

namespace modelkin {
namespace {

// What a control has in common with A or B to the byte is common property, and no evidence.
void DiscountCopies(const CopiedTensors& shared, CopiedTensors& copies) {
  for (CopiedTensor& copy : copies.identical) {
    const bool common = std::ranges::any_of(
        shared.identical, [&](const CopiedTensor& other) { return other.a->name == copy.b->name; });
    if (!common || copy.kind != CopyKind::kLearned) continue;
    copy.kind = CopyKind::kInControl;
    copy.table.reset();
    --copies.learned;
    copies.learned_elements -= copy.b->elements;
  }
}

}  // namespace

void StatePower(const TraceSettings& options, Progress& progress, Trace& trace) {
  // What was not read may hold any share of A.
  const bool all_read = !trace.pair.a.holds_unread() && !trace.pair.b.holds_unread();
  if (trace.verdict.category != VerdictCategory::kNoEvidence || !all_read) {
    trace.power.reset();
    return;
  }
  if (!trace.power) trace.power = SimulatePower(trace.pair, options, progress);
  trace.verdict.sentence += PowerSentence(*trace.power);
}

Trace TraceLineage(const TracedModel& a, const TracedModel& b,
                   const std::vector<TracedModel>& controls, const TraceSettings& options,
                   TraceState& state, Progress& progress) {
  Trace trace{.pair = AnalysePair(a, b, options, state, "pair", progress)};
  trace.tests = TestLineage(trace.pair);
  for (std::size_t i = 0; i < controls.size(); ++i) {
    for (const bool with_a : {true, false}) {
      const PairAnalysis pair =
          AnalysePair(with_a ? a : b, controls[i], options, state,
                      fmt::format("control-{}-{}", i + 1, with_a ? "a" : "b"), progress);
      ControlTrace control{.control = i, .with_a = with_a, .tests = TestLineage(pair)};
      control.category = Judge(pair, control.tests).category;
      control.related = control.category == VerdictCategory::kDerived ||
                        control.category == VerdictCategory::kIdentical;
      if (!control.related) {
        AddControl(control.tests, trace.tests);
        DiscountCopies(pair.copies, trace.pair.copies);
      }
      trace.controls.push_back(std::move(control));
    }
  }
  trace.verdict = Judge(trace.pair, trace.tests);
  StatePower(options, progress, trace);
  return trace;
}

}  // namespace modelkin
