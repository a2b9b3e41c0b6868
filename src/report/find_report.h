// What `modelkin atlas find` found, for people and for programs.
#ifndef MODELKIN_REPORT_FIND_REPORT_H_
#define MODELKIN_REPORT_FIND_REPORT_H_

#include <string>
#include <string_view>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/find.h"

namespace modelkin {

inline constexpr std::string_view kFindSchemaVersion = "1.0";

// One JSON object; docs/find.schema.json describes it.
void WriteFindJson(const FindResults& results, const TextSink& sink);
void WriteFindText(const FindResults& results, const Screen& screen, const TextSink& sink);

// Returns the answer: how many relatives, and with which error rate.
std::string FindSentence(const FindResults& results);
// Returns what would have been found.
std::string FindPowerSentence(const FindResults& results);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FIND_REPORT_H_
