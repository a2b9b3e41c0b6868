#include "modelkin/trace.h"

#include <cmath>
#include <utility>

#include "library/written.h"
#include "report/evidence_text.h"
#include "report/trace_report.h"

namespace modelkin {

TraceReport::TraceReport(std::shared_ptr<const TraceResults> results)
    : results_(std::move(results)) {}

VerdictCategory TraceReport::Verdict() const { return results_->trace.verdict.category; }

std::string TraceReport::Sentence() const { return VerdictSentence(results_->trace); }

std::vector<TestSummary> TraceReport::Tests() const {
  const double ten = std::log(10.0);
  std::vector<TestSummary> tests;
  for (const TestResult& test : results_->trace.tests) {
    tests.push_back({.name = TestName(test.key),
                     .skipped = test.skipped,
                     .log10_p = test.log_p / ten,
                     .log10_p_adjusted = test.log_p_adjusted / ten,
                     .effect = test.effect,
                     .strong = test.strong});
  }
  return tests;
}

std::vector<KindSummary> TraceReport::Kinds() const {
  std::vector<KindSummary> kinds;
  if (!results_->kinship || !results_->kinship->relation) return kinds;
  for (const Kind& kind : results_->kinship->relation->kinds) {
    kinds.push_back(
        {.name = std::string(DerivationKindName(kind.kind)), .evidence = kind.evidence});
  }
  return kinds;
}

std::string TraceReport::Json() const {
  return Written([&](const TextSink& sink) { WriteTraceJson(*results_, sink); });
}

std::string TraceReport::Text() const {
  return Written([&](const TextSink& sink) { WriteTraceText(*results_, false, sink); });
}

}  // namespace modelkin
