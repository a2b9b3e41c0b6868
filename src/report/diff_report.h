// What `modelkin diff` prints.
#ifndef MODELKIN_REPORT_DIFF_REPORT_H_
#define MODELKIN_REPORT_DIFF_REPORT_H_

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "report/text_table.h"
#include "requests/diff.h"

namespace modelkin {

inline constexpr std::string_view kDiffSchemaVersion = "1.3";

// docs/diff.schema.json
void WriteDiffJson(const DiffResults& results, const TextSink& sink,
                   JsonDetail detail = JsonDetail::kWhole);

void WriteDiffText(const DiffResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DIFF_REPORT_H_
