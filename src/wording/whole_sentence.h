// Several components of two models in sentences, as JSON has them.
#ifndef MODELKIN_WORDING_WHOLE_SENTENCE_H_
#define MODELKIN_WORDING_WHOLE_SENTENCE_H_

#include <string>
#include <vector>

#include "kinship/whole_verdict.h"
#include "requests/pair_summary.h"
#include "requests/trace.h"
#include "wording/language.h"

namespace modelkin {

// Returns "vision: derived, copy", "audio: only in B".
std::string OutcomeText(const ComponentOutcome& outcome);

// Returns the verdict on all components in one sentence, what each comes to, and where there is no
// evidence what would have been found.
std::string WholeSentence(const WholeVerdict& verdict,
                          const std::vector<ComponentOutcome>& components);
// The same; of a single pair of components its own (VerdictSentence).
std::string WholeSentence(const TraceResults& results);

// The same of a summary, in which a single pair's components are named by `speech`.
std::string PairSentence(const PairSummary& pair, const Speech& speech = {});

// Returns a sentence for each limit: of one that not all components have with its component's name.
std::vector<std::string> WholeLimitTexts(const TraceResults& results, const Speech& speech = {});

}  // namespace modelkin

#endif  // MODELKIN_WORDING_WHOLE_SENTENCE_H_
