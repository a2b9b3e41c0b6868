// What the page's data say in English alone, in the page's other languages.
#ifndef MODELKIN_REPORT_SAID_JSON_H_
#define MODELKIN_REPORT_SAID_JSON_H_

#include "report/json_output.h"
#include "requests/report.h"

namespace modelkin {

// Returns {"ko": {"no MLPs are known in both": "...", ...}}: why tests and comparisons were not
// run, what is to be said of their p, what their numbers are called, and what is odd about files
// and configurations, by the English words that the rest of the data has.
Json SaidJson(const Report& report);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_SAID_JSON_H_
