// One page with everything about a pair: the web page of web/, with the results in it.
#ifndef MODELKIN_REPORT_REPORT_PAGE_H_
#define MODELKIN_REPORT_REPORT_PAGE_H_

#include <string_view>

#include "report/json_output.h"
#include "report/text_sink.h"
#include "requests/report.h"

namespace modelkin {

inline constexpr std::string_view kReportSchemaVersion = "1.0";

// {"schema_version", "tool", "names", "trace", "compare", ...}: docs/report.schema.json.
void WriteReportJson(const Report& report, const TextSink& sink,
                     JsonDetail detail = JsonDetail::kWhole);

// The page, which needs no network.
void WriteReportPage(const Report& report, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_REPORT_PAGE_H_
