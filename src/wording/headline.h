// The answer in a headline, a lay sentence and a sentence that may be quoted.
#ifndef MODELKIN_WORDING_HEADLINE_H_
#define MODELKIN_WORDING_HEADLINE_H_

#include <string>

#include "wording/found.h"
#include "wording/language.h"

namespace modelkin {

// Returns "Same lineage": PillOf, but that a start in common is not said to be all where more is
// not ruled out.
std::string Pill(const Found& found, const Speech& speech);

// Returns "glm-a and glm-b go back to the same trained model."
std::string Headline(const Found& found, const Speech& speech);

// Returns what that means, for people who know nothing of weights.
std::string Lead(const Found& found, const Speech& speech);

// Returns how sure that is: tests, and what happened in the calibration; of nothing found, what
// would have been.
std::string HowSure(const Found& found, const Speech& speech);

// Returns a sentence that claims no more than is shown, and stands by itself.
std::string Quote(const Found& found, const Speech& speech);

// Returns why no test could be run, as a part of a sentence.
std::string WhyUntestable(const Found& found, const Speech& speech);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_HEADLINE_H_
