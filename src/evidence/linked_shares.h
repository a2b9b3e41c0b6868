// How much of B goes back to A, by what was measured of a pair.
#ifndef MODELKIN_EVIDENCE_LINKED_SHARES_H_
#define MODELKIN_EVIDENCE_LINKED_SHARES_H_

#include <optional>

#include "evidence/verdict.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

LinkedShares SharesOf(const PairAnalysis& pair);

// Returns the least of the shares that are known; nullopt if none is.
std::optional<double> LeastShare(const LinkedShares& shares);

// Whether units show that more than the start is in common; true where none was asked.
bool IsLearned(const LinkedShares& shares);

// Whether units that are not seen to have learned alike can't be told from those of a derivation
// either: they learned too little, what is retained is too uncertain, or relations alone are less.
bool IsLearnedUndecided(const LinkedShares& shares);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_LINKED_SHARES_H_
