// A report to be read as text: summary, configuration, architecture, methodology, layer by layer,
// deep dive, conclusions.
#ifndef MODELKIN_REPORT_REPORT_MARKDOWN_H_
#define MODELKIN_REPORT_REPORT_MARKDOWN_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/text_sink.h"

namespace modelkin {

// Texts that are not in the report's JSON; "" for none.
struct MarkdownParts {
  std::string configuration;         // a table, in Markdown
  std::string diagram_a, diagram_b;  // of blocks, as plain text
};

// `report`: as ReportJson has it. Every number in the text is one of its.
void WriteReportMarkdown(const nlohmann::json& report, const MarkdownParts& parts,
                         const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_REPORT_MARKDOWN_H_
