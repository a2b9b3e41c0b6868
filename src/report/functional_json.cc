#include <cmath>

#include "report/functional_report.h"
#include "report/json_output.h"
#include "wording/skip_reasons.h"

namespace modelkin {
namespace {

constexpr std::string_view kCkaCaveat =
    "any two models that know the language find the same texts alike: small p is no sign of a "
    "common origin; compare with controls";
constexpr std::string_view kUnitCaveat =
    "units of unrelated models that learned the same thing agree as well, so that chance is no "
    "null "
    "and there is no p: compare with controls";

Json GridJson(const std::vector<double>& values, std::size_t columns) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < values.size(); i += columns) {
    Json row = Json::array();
    for (std::size_t k = 0; k < columns; ++k) row.push_back(Number(values[i + k]));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json CkaJson(const LayerCka& cka) {
  const bool run = cka.skipped.empty();
  return {{"skipped", run ? Json(nullptr) : Json(SkipText(cka.skipped))},
          {"texts", cka.texts},
          {"values", run ? GridJson(cka.values, cka.columns) : Json::array()},
          {"p", run ? GridJson(cka.p, cka.columns) : Json::array()},
          {"null_quantile_95", run ? GridJson(cka.null_quantile, cka.columns) : Json::array()},
          {"draws", cka.draws},
          {"p_of_largest", run ? Number(cka.p_of_largest) : Json(nullptr)},
          {"caveat", kCkaCaveat}};
}

Json NextTokensJson(const NextTokenComparison& next) {
  if (!next.skipped.empty()) return {{"skipped", SkipText(next.skipped)}};
  Json object = {{"skipped", nullptr}};
  AddNamedFields(next, object);
  return object;
}

Json UnitsJson(const UnitAgreement& units) {
  const bool run = units.skipped.empty();
  return {{"layer_a", units.layer_a},
          {"layer_b", units.layer_b},
          {"skipped", run ? Json(nullptr) : Json(SkipText(units.skipped))},
          {"positions", units.positions},
          {"units_a", units.units_a},
          {"units_b", units.units_b},
          {"agreed", units.agreed},
          {"expected_agreed", Number(units.expected)},
          {"share", run ? Number(units.share()) : Json(nullptr)}};
}

Json ComparisonJson(const FunctionalComparison& comparison) {
  Json routers = Json::array(), units = Json::array();
  for (const RouterOverlap& router : comparison.routers) routers.push_back(NamedFieldsJson(router));
  for (const UnitAgreement& layer : comparison.units) units.push_back(UnitsJson(layer));
  return {{"a", comparison.input_a.Name()},
          {"b", comparison.input_b.Name()},
          {"texts", comparison.texts},
          {"tokens_a", comparison.tokens_a},
          {"tokens_b", comparison.tokens_b},
          {"aligned_positions", comparison.aligned},
          {"compared_positions", comparison.positions},
          {"median_best_cka", Number(comparison.median_best_cka())},
          {"mean_router_overlap", Number(comparison.mean_router_overlap())},
          {"mean_unit_share", Number(comparison.mean_unit_share())},
          {"cka", CkaJson(comparison.cka)},
          {"next_tokens", NextTokensJson(comparison.next_tokens)},
          {"routers", std::move(routers)},
          {"units", {{"caveat", kUnitCaveat}, {"layers", std::move(units)}}}};
}

}  // namespace

Json FunctionalJson(const FunctionalResults& results) {
  Json controls = Json::array();
  for (const FunctionalComparison& control : results.controls) {
    controls.push_back(ComparisonJson(control));
  }
  return {{"pair", ComparisonJson(results.pair)}, {"controls", std::move(controls)}};
}

}  // namespace modelkin
