// A verdict in one sentence.
#ifndef MODELKIN_WORDING_VERDICT_SENTENCE_H_
#define MODELKIN_WORDING_VERDICT_SENTENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "evidence/trace.h"
#include "wording/language.h"

namespace modelkin {

// Returns the verdict, and where there is no evidence what would have been found. `tests`: what it
// rests on.
std::string VerdictSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::optional<PowerStatement>& power, const Speech& speech = {});
std::string VerdictSentence(const Trace& trace, const Speech& speech = {});

// Returns what would have been found, simulated.
std::string PowerSentence(const PowerStatement& power, const Speech& speech = {});

}  // namespace modelkin

#endif  // MODELKIN_WORDING_VERDICT_SENTENCE_H_
