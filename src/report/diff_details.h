// Pieces of what `modelkin diff` prints.
#ifndef MODELKIN_REPORT_DIFF_DETAILS_H_
#define MODELKIN_REPORT_DIFF_DETAILS_H_

#include <string>

#include "report/diff_report.h"

namespace modelkin {

// Returns all that is known, as wide as it is.
std::string DiffDetails(const DiffResults& results, const TextStyle& style);

// Returns who is compared, how many tensors changed, and how many could not be held together.
std::string DiffHead(const DiffResults& results, const Screen& screen);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DIFF_DETAILS_H_
