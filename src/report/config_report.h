// What `modelkin config` found out, for people and for programs.
#ifndef MODELKIN_REPORT_CONFIG_REPORT_H_
#define MODELKIN_REPORT_CONFIG_REPORT_H_

#include "architecture/config_comparison.h"
#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

void WriteConfigText(const ConfigComparison& comparison, const Screen& screen,
                     const TextSink& sink);
void WriteConfigMarkdown(const ConfigComparison& comparison, const TextSink& sink);

// One JSON object; docs/config.schema.json describes it.
void WriteConfigJson(const ConfigComparison& comparison, const TextSink& sink,
                     JsonDetail detail = JsonDetail::kWhole);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_CONFIG_REPORT_H_
