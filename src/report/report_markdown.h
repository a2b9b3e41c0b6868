// A report to be read as text: summary, configuration, architecture, methodology, layer by layer,
// deep dive, conclusions.
#ifndef MODELKIN_REPORT_REPORT_MARKDOWN_H_
#define MODELKIN_REPORT_REPORT_MARKDOWN_H_

#include "report/text_sink.h"
#include "requests/report.h"

namespace modelkin {

void WriteReportMarkdown(const Report& report, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_REPORT_MARKDOWN_H_
