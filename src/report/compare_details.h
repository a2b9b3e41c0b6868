// What `modelkin compare` prints with --details.
#ifndef MODELKIN_REPORT_COMPARE_DETAILS_H_
#define MODELKIN_REPORT_COMPARE_DETAILS_H_

#include <string>

#include "report/compare_text.h"

namespace modelkin {

// Returns the inputs, what was compared and what could not be, then medians by role, each cosine
// beside its shuffled one and the pair beside its reference models, as wide as that is.
std::string CompareDetails(const CompareResults& results, const CompareTextOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_DETAILS_H_
