// What `modelkin trace` found out, as JSON and as text.
#ifndef MODELKIN_REPORT_TRACE_REPORT_H_
#define MODELKIN_REPORT_TRACE_REPORT_H_

#include <string_view>
#include <vector>

#include "checkpoint/input_record.h"
#include "lineage/trace.h"
#include "report/compare_results.h"
#include "report/json_output.h"

namespace modelkin {

// Of docs/trace.schema.json.
inline constexpr std::string_view kTraceSchemaVersion = "1.0";

struct TraceResults {
  std::vector<InputRecord> inputs;  // A, B, controls
  Trace trace;
  TraceOptions options;
  RunRecord run;
};

void WriteTraceJson(const TraceResults& results, const TextSink& sink);
void WriteTraceText(const TraceResults& results, bool colour, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TRACE_REPORT_H_
