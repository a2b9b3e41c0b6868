// When an output is written, for outputs that say so.
#ifndef MODELKIN_REPORT_WRITTEN_TIME_H_
#define MODELKIN_REPORT_WRITTEN_TIME_H_

#include <string>

namespace modelkin {

// Returns the time of now, or of SOURCE_DATE_EPOCH (reproducible-builds.org), in UTC, as
// "2026-01-31T12:00:00Z".
std::string WrittenTime();

// Returns its day, as "2026-01-31".
std::string WrittenDay();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_WRITTEN_TIME_H_
