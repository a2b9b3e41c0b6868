// What is in an atlas, for people and for programs.
#ifndef MODELKIN_REPORT_ATLAS_REPORT_H_
#define MODELKIN_REPORT_ATLAS_REPORT_H_

#include <string>
#include <string_view>

#include "atlas/atlas.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/atlas.h"

namespace modelkin {

inline constexpr std::string_view kAtlasSchemaVersion = "1.0";

// One JSON object; docs/atlas.schema.json describes it.
void WriteAtlasStatsJson(const std::string& path, const AtlasStats& stats, const TextSink& sink);
void WriteAtlasStatsText(const std::string& path, const AtlasStats& stats, const Screen& screen,
                         const TextSink& sink);

// Returns a line on what became of a model: "added: org/name".
std::string SketchedText(const SketchedModel& done);
// Returns the same as a line of JSON.
std::string SketchedJson(const SketchedModel& done);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_ATLAS_REPORT_H_
