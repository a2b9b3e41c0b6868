#include "report/config_report.h"
#include "report/json_output.h"

namespace modelkin {
namespace {

std::string_view SourceName(CellSource source) {
  switch (source) {
    case CellSource::kConfig: return "config";
    case CellSource::kDefault: return "default";
    case CellSource::kDerived: return "derived";
    default: return "absent";
  }
}

Json RowJson(const ConfigRow& row) {
  Json cells = Json::array();
  for (const ConfigCell& cell : row.cells) {
    cells.push_back({{"value", Json(cell.value)}, {"source", SourceName(cell.source)}});
  }
  const Json common =
      row.common ? Json{{"models", row.common->models}, {"of", row.common->of}} : Json(nullptr);
  return {{"key", row.key},
          {"derived", row.derived},
          {"same", row.same ? Json(*row.same) : Json(nullptr)},
          {"values", std::move(cells)},
          {"common", common}};
}

}  // namespace

void WriteConfigJson(const ConfigComparison& comparison, const TextSink& sink, JsonDetail detail) {
  JsonObjectWriter out(sink, detail);
  out.Member("schema_version", "1.0");
  out.Member("tool", ToolJson());
  out.Member("models", comparison.models);
  out.Member("summary", {{"compared", comparison.compared()}, {"same", comparison.same()}});
  auto group = comparison.groups.begin();
  out.ArrayMember("groups", [&](Json& item) {
    if (group == comparison.groups.end()) return false;
    Json rows = Json::array();
    for (const ConfigRow& row : group->rows) rows.push_back(RowJson(row));
    item = {{"name", group->name},
            {"compared", group->compared()},
            {"same", group->same()},
            {"rows", std::move(rows)}};
    ++group;
    return true;
  });
  Json findings = Json::array();
  for (const Finding& finding : comparison.findings) {
    findings.push_back(
        {{"kind", FindingKindName(finding.kind)}, {"message", finding.message.english}});
  }
  out.Member("findings", findings);
  out.Member("is_evidence_of_derivation", false);
  out.End();
}

}  // namespace modelkin
