// What a trace has found, in sentences.
#ifndef MODELKIN_REPORT_EVIDENCE_TEXT_H_
#define MODELKIN_REPORT_EVIDENCE_TEXT_H_

#include <string>
#include <vector>

#include "evidence/trace.h"

namespace modelkin {

// Returns the verdict in one sentence, and where there is no evidence what would have been found.
// `tests`: what it rests on.
std::string VerdictSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::optional<PowerStatement>& power);
std::string VerdictSentence(const Trace& trace);

// Returns "of B's parameters 90.1% are packed and were not read".
std::string UnreadText(const Unread& unread);

// Returns a sentence for each piece of evidence, and for each limit, in their order.
std::vector<std::string> EvidenceTexts(const Trace& trace);
std::vector<std::string> LimitTexts(const Trace& trace);

// Returns what was drawn, where not all was looked at, and whether that settled the answer.
std::string EffortText(const Trace& trace);

// Returns under which assumption the test's p is valid.
std::string AssumptionText(const TestResult& test, const Trace& trace);

// Returns why the test's p is not to be taken for one; "" where it is.
std::string CaveatText(const TestResult& test);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_EVIDENCE_TEXT_H_
