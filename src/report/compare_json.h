// results.json of `modelkin compare` (docs/results.schema.json).
#ifndef MODELKIN_REPORT_COMPARE_JSON_H_
#define MODELKIN_REPORT_COMPARE_JSON_H_

#include "report/compare_results.h"
#include "report/text_sink.h"

namespace modelkin {

inline constexpr std::string_view kCompareSchemaVersion = "1.1";

void WriteCompareJson(const CompareResults& results, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_JSON_H_
