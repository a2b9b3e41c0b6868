#include <cmath>
#include <utility>

#include "report/find_report.h"
#include "report/json_output.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

Json Log10Json(double log_p) { return Number(log_p / std::log(10.0)); }

Json BitsJson(const BitEvidence& bits) {
  return {{"component", ComponentName(bits.kind)},
          {"agreements", bits.agreements},
          {"bits", kComponentBits},
          {"log10_p", Log10Json(bits.log_p)},
          {"cosine", Number(bits.cosine.cosine)},
          {"cosine_low", Number(bits.cosine.low)},
          {"cosine_high", Number(bits.cosine.high)},
          {"layers", bits.layers},
          {"layers_matched", bits.layers_matched}};
}

Json FoundVerdictJson(const FoundVerdict& verdict) {
  return {{"category", VerdictName(verdict.category)},
          {"shared", verdict.shared ? Json(SharedMaterialName(*verdict.shared)) : Json(nullptr)},
          {"share", verdict.share ? Number(*verdict.share) : Json(nullptr)},
          {"log10_p_adjusted",
           verdict.log_p_adjusted ? Log10Json(*verdict.log_p_adjusted) : Json(nullptr)},
          {"without_attention_outputs", verdict.without_outputs}};
}

Json FoundModelJson(const FoundModel& found) {
  const Nomination& nomination = found.nomination;
  return {{"model", found.entry.name},
          {"location", found.entry.location},
          {"family", found.entry.family},
          {"base_models", found.base_models},
          {"nominated_by", nomination.bits ? "bits" : "profile"},
          {"bits", nomination.bits ? BitsJson(*nomination.bits) : Json(nullptr)},
          {"profile_difference",
           nomination.profile_difference ? Number(*nomination.profile_difference) : Json(nullptr)},
          {"vocabulary_overlap",
           found.vocabulary_overlap ? Number(*found.vocabulary_overlap) : Json(nullptr)},
          {"untrained_agreements", OrNull(found.untrained_agreements)},
          {"verdict", found.verdict ? FoundVerdictJson(*found.verdict) : Json(nullptr)},
          {"untraced", found.untraced.empty() ? Json(nullptr) : Json(found.untraced)}};
}

Json ModelsJson(const FindResults& results, bool relatives) {
  Json list = Json::array();
  for (const FoundModel& found : results.models) {
    if (found.relative == relatives) list.push_back(FoundModelJson(found));
  }
  return list;
}

}  // namespace

void WriteFindJson(const FindResults& results, const TextSink& sink) {
  const Nominations& nominations = results.nominations;
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kFindSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("atlas", results.request.atlas);
  writer.Member("model", results.request.model);
  writer.Member("location", results.made.sketch.location);
  writer.Member("content", results.made.sketch.content);
  writer.Member("sentence", FindSentence(results));
  writer.Member("power", FindPowerSentence(results));
  writer.Member("error_rate", results.request.error_rate);
  writer.Member("records", nominations.records);
  writer.Member("comparable", nominations.comparable);
  writer.Member("comparisons", nominations.comparisons);
  writer.Member("least_agreements", OrNull(nominations.least_agreements));
  writer.Member("found_cosine",
                nominations.found_cosine ? Number(*nominations.found_cosine) : Json(nullptr));
  writer.Member("nominated_by_bits", nominations.reached);
  writer.Member("relatives", ModelsJson(results, true));
  writer.Member("others", ModelsJson(results, false));
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
