// What `modelkin merge` prints.
#ifndef MODELKIN_REPORT_MERGE_REPORT_H_
#define MODELKIN_REPORT_MERGE_REPORT_H_

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/merge.h"

namespace modelkin {

inline constexpr std::string_view kMergeSchemaVersion = "1.0";

// docs/merge.schema.json
void WriteMergeJson(const MergeResults& results, const TextSink& sink);

// How many tensors come out equal, and those that do not, within the screen's width; all tensors
// where it takes details.
void WriteMergeText(const MergeResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_MERGE_REPORT_H_
