// What of a report its page shows.
#ifndef MODELKIN_REPORT_PAGE_DATA_H_
#define MODELKIN_REPORT_PAGE_DATA_H_

#include <string>

namespace modelkin {

// `report` as ReportJson has it, small enough for a page: numbers have 6 digits, controls in texts
// are shown as escapes, and of lists with an entry for each tensor or MLP only the members are left
// that the page reads (web/src/data.ts); members that are null are left out of them. What the page
// does not show at all is empty.
std::string PageData(const std::string& report);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_PAGE_DATA_H_
