// Filters that leave nothing, which nobody wants.
#ifndef MODELKIN_REQUESTS_FILTER_CHECK_H_
#define MODELKIN_REQUESTS_FILTER_CHECK_H_

#include "checkpoint/checkpoint.h"
#include "scan/pairing.h"

namespace modelkin {

// Throws Error(kBadInput) where `pairing`, of these models by these options, has no pair because
// the filter left out all: with what there would be, the layers or the names most like those asked
// for.
void RequireFilterLeaves(const Pairing& pairing, const PairingOptions& options, const Checkpoint& a,
                         const Checkpoint& b);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_FILTER_CHECK_H_
