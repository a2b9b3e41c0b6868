// What `modelkin run` prints.
#ifndef MODELKIN_REPORT_RUN_REPORT_H_
#define MODELKIN_REPORT_RUN_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/run.h"

namespace modelkin {

// Of docs/run.schema.json.
inline constexpr std::string_view kRunSchemaVersion = "1.1";

// What there is to say besides: a sentence each.
std::vector<std::string> RunNotes(const RunResults& results);

void WriteRunJson(const RunResults& results, const TextSink& sink);
void WriteRunText(const RunResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_RUN_REPORT_H_
