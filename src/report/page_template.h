// The page that web/ builds, as it is in the program.
#ifndef MODELKIN_REPORT_PAGE_TEMPLATE_H_
#define MODELKIN_REPORT_PAGE_TEMPLATE_H_

#include <string_view>

namespace modelkin {

// Whether this program was built with it.
bool HasPage();

// Holds "__MODELKIN_DATA__" once, where base64 of gzip of the report's JSON belongs.
// Throws Error(kUsage) where this program was built without it.
std::string_view PageTemplate();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_PAGE_TEMPLATE_H_
