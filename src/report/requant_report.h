// What `modelkin requant` prints.
#ifndef MODELKIN_REPORT_REQUANT_REPORT_H_
#define MODELKIN_REPORT_REQUANT_REPORT_H_

#include <string_view>

#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/requant.h"

namespace modelkin {

inline constexpr std::string_view kRequantSchemaVersion = "1.0";

// docs/requant.schema.json
void WriteRequantJson(const RequantResults& results, const TextSink& sink);

// The outcome, what made the tensors, and those that deviate within the screen's width; or a row
// for each tensor, where it takes details.
void WriteRequantText(const RequantResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_REQUANT_REPORT_H_
