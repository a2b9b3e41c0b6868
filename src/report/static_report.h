// What a report says without scripts: the answer, the evidence and the files' digests, as plain
// HTML.
#ifndef MODELKIN_REPORT_STATIC_REPORT_H_
#define MODELKIN_REPORT_STATIC_REPORT_H_

#include <string>

#include "requests/report.h"

namespace modelkin {

// Returns the content of <title>.
std::string StaticTitle(const Report& report);

// Returns an element for the page, which its script replaces. English, then Korean.
std::string StaticReport(const Report& report);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_STATIC_REPORT_H_
