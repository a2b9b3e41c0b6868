// What `modelkin diff` prints.
#ifndef MODELKIN_REPORT_DIFF_REPORT_H_
#define MODELKIN_REPORT_DIFF_REPORT_H_

#include "checkpoint/input_record.h"
#include "report/compare_results.h"
#include "report/text_sink.h"
#include "report/text_table.h"
#include "scan/byte_diff.h"

namespace modelkin {

struct DiffResults {
  std::vector<InputRecord> inputs;  // A and B
  const Checkpoint* a = nullptr;
  const Checkpoint* b = nullptr;
  ByteDiff diff;
  RunRecord run;
};

inline constexpr std::string_view kDiffSchemaVersion = "1.0";

// docs/diff.schema.json
void WriteDiffJson(const DiffResults& results, const TextSink& sink);

void WriteDiffText(const DiffResults& results, bool colour, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_DIFF_REPORT_H_
