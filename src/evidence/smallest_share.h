// The smallest share of A that a simulated derivation is found by.
#ifndef MODELKIN_EVIDENCE_SMALLEST_SHARE_H_
#define MODELKIN_EVIDENCE_SMALLEST_SHARE_H_

#include <functional>
#include <optional>

namespace modelkin {

// Returns the smallest multiple of `step` up to 1 at which `found` is true, if it is true of 1;
// `found` is taken to be monotone.
std::optional<double> SmallestShare(double step, const std::function<bool(double)>& found);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_SMALLEST_SHARE_H_
