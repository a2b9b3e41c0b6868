// The evidence of a trace, what it leaves open, and what was looked at, in sentences.
#ifndef MODELKIN_WORDING_EVIDENCE_SENTENCES_H_
#define MODELKIN_WORDING_EVIDENCE_SENTENCES_H_

#include <string>
#include <vector>

#include "evidence/trace.h"
#include "wording/language.h"

namespace modelkin {

// Returns a sentence for each piece of evidence, in their order.
std::vector<std::string> EvidenceTexts(const Verdict& verdict, const std::vector<TestResult>& tests,
                                       const Speech& speech = {});
std::vector<std::string> EvidenceTexts(const Trace& trace, const Speech& speech = {});

// Returns a sentence for each limit, in their order; the same of one.
std::string LimitText(const Limit& limit, const Trace& trace, const Speech& speech = {});
std::vector<std::string> LimitTexts(const Trace& trace, const Speech& speech = {});

// Returns "of B's parameters 90.1% are packed and were not read".
std::string UnreadText(const Unread& unread, const Speech& speech = {});
// Returns all of them in one, "" of none.
std::string UnreadTexts(const std::vector<Unread>& unread, const Speech& speech = {});

// Returns what was drawn, where not all was looked at, and whether that settled the answer.
std::string EffortText(const Trace& trace, const Speech& speech = {});

// Returns why the test's p is not to be taken for one; "" where it is.
std::string CaveatText(const TestResult& test, const Speech& speech = {});

// Returns under which assumption the test's p is valid, for JSON.
std::string AssumptionText(const TestResult& test, const Trace& trace);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_EVIDENCE_SENTENCES_H_
