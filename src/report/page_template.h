// The pages that web/ builds, as they are in the program.
#ifndef MODELKIN_REPORT_PAGE_TEMPLATE_H_
#define MODELKIN_REPORT_PAGE_TEMPLATE_H_

#include <string_view>

namespace modelkin {

// Whether this program was built with them.
bool HasPage();

// Return the page of a report, and of a tree. Each holds "__MODELKIN_DATA__" once, where base64 of
// gzip of its JSON belongs. Throw Error(kUsage) where this program was built without them.
std::string_view PageTemplate();
std::string_view TreePageTemplate();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_PAGE_TEMPLATE_H_
