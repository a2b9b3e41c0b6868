#include <cmath>

#include "report/functional_report.h"
#include "report/json_output.h"

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
  return {{"skipped", run ? Json(nullptr) : Json(cka.skipped)},
          {"texts", cka.texts},
          {"values", run ? GridJson(cka.values, cka.columns) : Json::array()},
          {"p", run ? GridJson(cka.p, cka.columns) : Json::array()},
          {"null_quantile_95", run ? GridJson(cka.null_quantile, cka.columns) : Json::array()},
          {"draws", cka.draws},
          {"p_of_largest", run ? Number(cka.p_of_largest) : Json(nullptr)},
          {"caveat", kCkaCaveat}};
}

Json NextTokensJson(const NextTokenComparison& next) {
  if (!next.skipped.empty()) return {{"skipped", next.skipped}};
  return {{"skipped", nullptr},
          {"positions", next.positions},
          {"shared_tokens", next.shared_tokens},
          {"outside_a", Number(next.outside_a)},
          {"outside_b", Number(next.outside_b)},
          {"divergence_bits", Number(next.divergence)},
          {"divergence_bits_elsewhere", Number(next.divergence_elsewhere)},
          {"same_likeliest", Number(next.same_likeliest)}};
}

Json PartnersJson(const std::vector<std::optional<std::uint32_t>>& partners) {
  Json list = Json::array();
  for (const auto& partner : partners) list.push_back(OrNull(partner));
  return list;
}

Json RouterJson(const RouterOverlap& router) {
  return {{"layer_a", router.layer_a},
          {"layer_b", router.layer_b},
          {"experts_a", router.experts_a},
          {"experts_b", router.experts_b},
          {"chosen_a", router.chosen_a},
          {"chosen_b", router.chosen_b},
          {"positions", router.positions},
          {"partner", PartnersJson(router.partner)},
          {"overlap", Number(router.overlap)},
          {"overlap_by_chance", Number(router.overlap_by_chance)},
          {"overlap_in_place", OrNull(router.overlap_in_place)},
          {"load_a", router.load_a},
          {"load_b", router.load_b},
          {"load_correlation", OrNull(router.load_correlation)},
          {"coactivation_correlation", OrNull(router.coactivation_correlation)}};
}

Json UnitsJson(const UnitAgreement& units) {
  const bool run = units.skipped.empty();
  return {{"layer_a", units.layer_a},
          {"layer_b", units.layer_b},
          {"skipped", run ? Json(nullptr) : Json(units.skipped)},
          {"positions", units.positions},
          {"units_a", units.units_a},
          {"units_b", units.units_b},
          {"agreed", units.agreed},
          {"expected_agreed", Number(units.expected)},
          {"share", run ? Number(units.share()) : Json(nullptr)}};
}

Json ComparisonJson(const FunctionalComparison& comparison) {
  Json routers = Json::array(), units = Json::array();
  for (const RouterOverlap& router : comparison.routers) routers.push_back(RouterJson(router));
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
