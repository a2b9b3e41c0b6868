// What else two models can be compared by, where no test of lineage fits their weights.
#ifndef MODELKIN_REPORT_COMPARABLE_TEXT_H_
#define MODELKIN_REPORT_COMPARABLE_TEXT_H_

#include <string>

#include "requests/trace.h"

namespace modelkin {

// Returns the commands that do, with the models' own names, as lines for a terminal; "" where the
// verdict is another than not comparable.
std::string ComparableText(const TraceResults& results);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARABLE_TEXT_H_
