#include "report/atlas_report.h"

#include <fmt/format.h>

#include <utility>

#include "base/byte_amount.h"
#include "base/escaped_text.h"
#include "report/json_output.h"
#include "report/text_table.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

// "attention_output" or "other": what was projected.
std::string_view PlaceRoleName(const SketchPlace& place) {
  return place.role == Role::kAttentionOutput ? "attention_output" : "other";
}

// "added", "replaced", "skipped" or "failed".
std::string_view OutcomeOf(const SketchedModel& done) {
  if (!done.error.empty()) return "failed";
  if (done.skipped) return "skipped";
  return done.replaced ? "replaced" : "added";
}

}  // namespace

void WriteAtlasStatsJson(const std::string& path, const AtlasStats& stats, const TextSink& sink) {
  Json families = Json::object(), places = Json::array(), versions = Json::object();
  for (const auto& [family, records] : stats.families) families[family] = records;
  for (const AtlasPlaceCount& count : stats.places) {
    places.push_back({{"component", ComponentName(count.kind)},
                      {"role", PlaceRoleName(count.place)},
                      {"rows", count.place.rows},
                      {"columns", count.place.columns},
                      {"records", count.records}});
  }
  for (const auto& [version, records] : stats.versions) {
    versions[std::to_string(version)] = records;
  }
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kAtlasSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("atlas", path);
  writer.Member("records", stats.records);
  writer.Member("bytes", stats.bytes);
  writer.Member("families", families);
  writer.Member("places", places);
  writer.Member("sketch_versions", versions);
  writer.End();
}

void WriteAtlasStatsText(const std::string& path, const AtlasStats& stats, const Screen& screen,
                         const TextSink& sink) {
  const TextStyle& style = screen.style;
  sink(fmt::format("{}  {}\n  {} in {}\n", style.Bold("atlas"), Printable(path),
                   FormatQuantity(stats.records, "model"), FormatBytes(stats.bytes)));
  TextTable families({"family", "models"});
  for (const auto& [family, records] : stats.families) {
    families.AddRow({family.empty() ? "not known" : Printable(family), FormatCount(records)});
  }
  TextTable places({"component", "projected", "models"});
  for (const AtlasPlaceCount& count : stats.places) {
    places.AddRow({std::string(ComponentName(count.kind)),
                   fmt::format("{} {} x {}", PlaceRoleName(count.place),
                               FormatCount(count.place.rows), FormatCount(count.place.columns)),
                   FormatCount(count.records)});
  }
  for (const TextTable* const table : {&families, &places}) {
    const std::string text = table->Render(style);
    if (!text.empty()) sink("\n" + text);
  }
}

std::string SketchedText(const SketchedModel& done) {
  if (!done.error.empty()) return fmt::format("failed: {}\n", Printable(done.error, 1024));
  return fmt::format("{}: {}\n", OutcomeOf(done),
                     Printable(done.name.empty() ? done.model : done.name));
}

std::string SketchedJson(const SketchedModel& done) {
  return Dump({{"model", done.model},
               {"outcome", OutcomeOf(done)},
               {"name", done.name.empty() ? Json(nullptr) : Json(done.name)},
               {"error", done.error.empty() ? Json(nullptr) : Json(done.error)}}) +
         "\n";
}

}  // namespace modelkin
