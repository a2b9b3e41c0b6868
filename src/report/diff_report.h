// What `modelkin diff` prints.
#ifndef MODELKIN_REPORT_DIFF_REPORT_H_
#define MODELKIN_REPORT_DIFF_REPORT_H_

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "report/text_table.h"
#include "requests/diff.h"

namespace modelkin {

inline constexpr std::string_view kDiffSchemaVersion = "1.4";

// docs/diff.schema.json
void WriteDiffJson(const DiffResults& results, const TextSink& sink,
                   JsonDetail detail = JsonDetail::kWhole);

// How large changes are, with a bar for each tensor, the largest first, within the screen's width;
// or digests of files, distances and all that was found elsewhere, where it takes details.
void WriteDiffText(const DiffResults& results, const Screen& screen, const TextSink& sink);

// The same by layer and by role.
void WriteDiffStat(const DiffResults& results, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DIFF_REPORT_H_
