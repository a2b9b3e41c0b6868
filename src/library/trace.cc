#include "modelkin/trace.h"

#include <cmath>
#include <utility>

#include "library/written.h"
#include "report/trace_report.h"
#include "wording/skip_reasons.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {

TraceReport::TraceReport(std::shared_ptr<const TraceResults> results)
    : results_(std::move(results)) {}

VerdictCategory TraceReport::Verdict() const { return results_->verdict.category; }

std::string TraceReport::Sentence() const { return WholeSentence(*results_); }

std::vector<ComponentVerdict> TraceReport::Components() const {
  std::vector<ComponentVerdict> verdicts;
  for (const ComponentTrace& component : results_->components) {
    ComponentVerdict verdict{.component = component.pair.kind()};
    if (component.trace) {
      verdict.verdict = component.trace->verdict.category;
      verdict.sentence = VerdictSentence(*component.trace);
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

std::vector<TestSummary> TraceReport::Tests() const {
  const double ten = std::log(10.0);
  std::vector<TestSummary> tests;
  for (const TestResult& test : results_->Telling().trace->tests) {
    tests.push_back({.name = TestName(test.key),
                     .skipped = SkipText(test.skipped),
                     .log10_p = test.log_p / ten,
                     .log10_p_adjusted = test.log_p_adjusted / ten,
                     .effect = test.effect,
                     .strong = test.strong});
  }
  return tests;
}

std::vector<KindSummary> TraceReport::Kinds() const {
  std::vector<KindSummary> kinds;
  const auto add = [&](const std::vector<Kind>& more) {
    for (const Kind& kind : more) {
      kinds.push_back(
          {.name = std::string(DerivationKindName(kind.kind)), .evidence = kind.evidence.english});
    }
  };
  add(results_->verdict.kinds);
  const auto& kinship = results_->Telling().kinship;
  if (kinship && kinship->relation) add(kinship->relation->kinds);
  return kinds;
}

std::string TraceReport::Json() const {
  return Written([&](const TextSink& sink) { WriteTraceJson(*results_, sink); });
}

std::string TraceReport::Text() const {
  return Written([&](const TextSink& sink) { WriteTraceText(*results_, {}, sink); });
}

}  // namespace modelkin
