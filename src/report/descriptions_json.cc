#include "report/json_output.h"
#include "report/trace_report.h"
#include "wording/skip_reasons.h"

namespace modelkin {
namespace {

Json IdJson(const ControlId& id) {
  return {{"control", "control_" + std::to_string(id.control + 1)},
          {"with", id.with_a ? "a" : "b"}};
}

Json SpectrumJson(const TensorSpectrum& tensor) {
  Json object = {{"tensor", tensor.name}, {"skipped", nullptr}};
  if (!tensor.skipped.empty()) object["skipped"] = tensor.skipped;
  for (const char* name : {"stable_rank", "effective_rank", "largest_over_edge", "above_edge",
                           "alpha", "alpha_x_min", "alpha_distance", "alpha_tail"}) {
    object[name] = nullptr;
  }
  if (!tensor.spectrum) return object;
  const Spectrum& spectrum = *tensor.spectrum;
  object["stable_rank"] = Number(spectrum.stable_rank);
  object["effective_rank"] = Number(spectrum.effective_rank);
  object["largest_over_edge"] = Number(spectrum.largest_over_edge);
  object["above_edge"] = spectrum.above_edge;
  if (!spectrum.power_law) return object;
  object["alpha"] = Number(spectrum.power_law->alpha);
  object["alpha_x_min"] = Number(spectrum.power_law->x_min);
  object["alpha_distance"] = Number(spectrum.power_law->distance);
  object["alpha_tail"] = spectrum.power_law->tail;
  return object;
}

Json SpectraJson(const std::vector<TensorSpectrum>& spectra) {
  Json list = Json::array();
  for (const TensorSpectrum& tensor : spectra) list.push_back(SpectrumJson(tensor));
  return list;
}

Json TableJson(const TokenTableEvidence& table) {
  const bool run = table.skipped.empty();
  return {{"skipped", run ? Json(nullptr) : Json(SkipText(table.skipped))},
          {"shared_tokens", table.shared},
          {"zero_rows", table.zero_rows},
          {"undertrained", table.chosen.size()},
          {"undertrained_common", run ? Json(table.overlap.common) : Json(nullptr)},
          {"undertrained_expected", run ? Number(table.overlap.expected) : Json(nullptr)},
          {"undertrained_jaccard", run ? Number(table.overlap.jaccard) : Json(nullptr)},
          {"norm_correlation", OrNull(table.norm_correlation)}};
}

Json TokensJson(const TokenEvidence& tokens) {
  return {{"embedding", TableJson(tokens.embedding)},
          {"unembedding", TableJson(tokens.unembedding)}};
}

Json RouterJson(const RouterProfile& router) {
  const bool run = router.skipped.empty();
  const auto if_run = [&](Json value) { return run ? std::move(value) : Json(nullptr); };
  const auto& bias = router.bias;
  return {{"tensor", router.name},
          {"layer", OrNull(router.layer)},
          {"skipped", run ? Json(nullptr) : Json(SkipText(router.skipped))},
          {"experts", router.experts},
          {"norms", if_run(router.norms.sorted)},
          {"norm_variation", OrNull(router.norms.coefficient_of_variation)},
          {"effective_rank", OrNull(router.effective_rank)},
          {"mean_cosine", router.similarity ? Number(router.similarity->mean) : Json(nullptr)},
          {"largest_cosine",
           router.similarity ? Number(router.similarity->largest_absolute) : Json(nullptr)},
          {"expert_similarity", OrNull(router.expert_similarity)},
          {"bias_mean", bias ? Number(bias->mean) : Json(nullptr)},
          {"bias_sd", bias ? Number(bias->sd) : Json(nullptr)},
          {"bias_min", bias ? Number(bias->min) : Json(nullptr)},
          {"bias_max", bias ? Number(bias->max) : Json(nullptr)}};
}

Json RoutersJson(const std::vector<RouterProfile>& routers) {
  Json list = Json::array();
  for (const RouterProfile& router : routers) list.push_back(RouterJson(router));
  return list;
}

Json FingerprintsJson(const Descriptions& figures) {
  Json list = Json::array();
  for (std::size_t i = 0; i < figures.fingerprints.size(); ++i) {
    const Fingerprint& fingerprint = figures.fingerprints[i];
    Json controls = Json::array();
    for (const ControlFigures& control : figures.controls) {
      Json value = IdJson(control.id);
      value["value"] = OrNull(control.fingerprints[i].value);
      controls.push_back(std::move(value));
    }
    list.push_back(
        {{"name", fingerprint.name},
         {"source", fingerprint.source.english},
         {"caveat",
          fingerprint.caveat.english.empty() ? Json(nullptr) : Json(fingerprint.caveat.english)},
         {"value", OrNull(fingerprint.value)},
         {"controls", std::move(controls)}});
  }
  return list;
}

}  // namespace

Json DescriptionsJson(const Trace& trace, const Descriptions& figures) {
  Json tokens = TokensJson(*trace.rows), controls = Json::array(), pairs = Json::array(),
       control_spectra = Json::array();
  for (const ControlSpectra& control : figures.control_spectra) {
    control_spectra.push_back({{"control", "control_" + std::to_string(control.control + 1)},
                               {"spectra", SpectraJson(control.spectra)}});
  }
  for (const ControlTrace& control : trace.controls) {
    if (!control.tokens) continue;
    Json object = IdJson(control.id);
    object.update(TokensJson(*control.tokens));
    controls.push_back(std::move(object));
  }
  tokens["controls"] = std::move(controls);
  for (const RouterPair& pair : figures.router_pairs) {
    pairs.push_back({{"layer_a", pair.layer_a},
                     {"layer_b", pair.layer_b},
                     {"norm_correlation", OrNull(pair.norm_correlation)}});
  }
  return {{"left_out", figures.left_out.empty() ? Json(nullptr) : Json(figures.left_out)},
          {"fingerprints", FingerprintsJson(figures)},
          {"tokens", std::move(tokens)},
          {"routers",
           {{"a", RoutersJson(figures.routers_a)},
            {"b", RoutersJson(figures.routers_b)},
            {"pairs", std::move(pairs)}}},
          {"spectra",
           {{"a", SpectraJson(figures.spectra_a)},
            {"b", SpectraJson(figures.spectra_b)},
            {"controls", std::move(control_spectra)}}}};
}

}  // namespace modelkin
