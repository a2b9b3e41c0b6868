// One page with everything about a pair: the web page of web/, with the results in it.
#ifndef MODELKIN_REPORT_REPORT_PAGE_H_
#define MODELKIN_REPORT_REPORT_PAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/text_sink.h"

namespace modelkin {

inline constexpr std::string_view kReportSchemaVersion = "1.0";

// JSON texts as the commands of these names write them; "" for what there is none of.
struct ReportParts {
  std::string trace, compare, config, inspect_a, inspect_b, tokenizer, diff;
};

// What the page calls the models.
struct ReportNames {
  std::string a, b;
  std::vector<std::string> controls;
};

// {"schema_version", "tool", "names", "trace", "compare", ...}: docs/report.schema.json.
std::string ReportJson(const ReportNames& names, const ReportParts& parts);

// The page, which needs no network. `data`: as PageData makes it; it goes in gzipped.
void WriteReportPage(std::string_view data, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_REPORT_PAGE_H_
