// results.json of `modelkin compare` (docs/results.schema.json).
#ifndef MODELKIN_REPORT_COMPARE_JSON_H_
#define MODELKIN_REPORT_COMPARE_JSON_H_

#include "report/json_output.h"
#include "report/text_sink.h"
#include "requests/compare.h"

namespace modelkin {

inline constexpr std::string_view kCompareSchemaVersion = "1.4";

void WriteCompareJson(const CompareResults& results, const TextSink& sink,
                      JsonDetail detail = JsonDetail::kWhole);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_JSON_H_
