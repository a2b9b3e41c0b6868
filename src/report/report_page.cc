#include "report/report_page.h"

#include <string>

#include "report/answer_json.h"
#include "report/compare_json.h"
#include "report/config_report.h"
#include "report/diff_report.h"
#include "report/filled_page.h"
#include "report/inspect_report.h"
#include "report/norms_by_depth.h"
#include "report/page_template.h"
#include "report/said_json.h"
#include "report/static_report.h"
#include "report/tokenizer_report.h"
#include "report/trace_report.h"
#include "report/written_time.h"

namespace modelkin {

void WriteReportJson(const Report& report, const TextSink& sink, JsonDetail detail) {
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kReportSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member(
      "names", {{"a", report.names.a}, {"b", report.names.b}, {"controls", report.names.controls}});
  const auto add = [&](std::string_view name, const auto* part, const auto& write) {
    if (part == nullptr) return writer.Member(name, nullptr);
    writer.WrittenMember(name, [&](const TextSink& to) { write(*part, to, detail); });
  };
  const auto if_there = [](const auto& part) { return part ? &*part : nullptr; };
  add("trace", &report.trace, WriteTraceJson);
  add("compare", if_there(report.compare), WriteCompareJson);
  add("config", if_there(report.config), WriteConfigJson);
  add("inspect_a", &report.inspection_a, WriteInspectJson);
  add("inspect_b", &report.inspection_b, WriteInspectJson);
  add("tokenizer", if_there(report.tokenizer), WriteTokenizerJson);
  add("diff", if_there(report.diff), WriteDiffJson);
  if (detail == JsonDetail::kPage) {
    writer.Member("written_on", WrittenDay());
    writer.Member("answer", AnswersJson(report.trace));
    writer.Member("words", WordsJson());
    writer.Member("said", SaidJson(report));
    writer.Member("norms", report.compare ? NormsByDepthJson(*report.compare) : Json(nullptr));
  }
  writer.End();
}

void WriteReportPage(const Report& report, const TextSink& sink) {
  std::string data;
  WriteReportJson(
      report, [&](std::string_view piece) { data += piece; }, JsonDetail::kPage);
  WriteFilledPage(PageTemplate(), data, sink,
                  {{.place = "__MODELKIN_TITLE__", .html = StaticTitle(report)},
                   {.place = "<!-- __MODELKIN_STATIC__ -->", .html = StaticReport(report)}});
}

}  // namespace modelkin
