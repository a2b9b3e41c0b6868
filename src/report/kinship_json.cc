#include "report/json_output.h"
#include "report/trace_report.h"

namespace modelkin {
namespace {

Json GridJson(const QuantisationGrid& grid) {
  const auto size = [](std::uint64_t length) { return length == 0 ? Json(nullptr) : Json(length); };
  return {{"grid", GridName(grid.kind)},
          {"bits", grid.bits},
          {"block_rows", size(grid.block.rows)},
          {"block_columns", size(grid.block.columns)},
          {"form", grid.form.empty() ? Json(nullptr) : Json(grid.form)},
          {"form_block", grid.form_block.empty() ? Json(nullptr) : Json(grid.form_block)},
          {"within_half_step", grid.within_half_step},
          {"rms_steps", OrNull(grid.rms_steps)},
          {"other_has_one", grid.a_has_one}};
}

Json SpectrumJson(const ChangeSpectrum& spectrum) {
  const auto& low = spectrum.low_rank;
  return {{"largest_over_noise", Number(spectrum.largest_over_noise)},
          {"rank", low ? Json(low->rank) : Json(nullptr)},
          {"last_over_noise", low ? Number(low->over_noise) : Json(nullptr)},
          {"last_over_next", low ? Number(low->over_next) : Json(nullptr)},
          {"residue", low ? Number(low->residue) : Json(nullptr)}};
}

template <class Value>
Json MaybeJson(const std::optional<Value>& value, Json (*to_json)(const Value&)) {
  return value ? to_json(*value) : Json(nullptr);
}

}  // namespace

Json HeritageJson(const TensorHeritage& tensor) {
  Json json = {{"tensor", tensor.link.b->tensor->stored_name()},
               {"from", tensor.link.a.empty() ? Json(nullptr) : Json(tensor.link.a)},
               {"class", HeritageName(tensor.heritage)},
               {"note", tensor.note.empty() ? Json(nullptr) : Json(tensor.note)},
               {"moved", tensor.link.moved},
               {"rotated", tensor.link.rotated},
               {"equal_share", nullptr},
               {"relative_change", nullptr},
               {"correlation", nullptr},
               {"baseline_correlation", nullptr},
               {"zeroed", nullptr},
               {"cast_type", tensor.cast_type ? Json(DTypeName(*tensor.cast_type)) : Json(nullptr)},
               {"grid", MaybeJson(tensor.grid, GridJson)},
               {"grid_of_a", MaybeJson(tensor.grid_of_a, GridJson)},
               {"change", MaybeJson(tensor.spectrum, SpectrumJson)}};
  if (!tensor.changes) return json;
  const ElementChanges& changes = *tensor.changes;
  json["equal_share"] = OrNull(changes.equal_share());
  json["relative_change"] = OrNull(changes.relative_change());
  json["correlation"] = OrNull(changes.correlation());
  json["baseline_correlation"] = OrNull(changes.shifted_correlation());
  json["zeroed"] = changes.in_b.count;
  return json;
}

std::string_view SignsPointName(Direction signs_point) {
  return signs_point == Direction::kUnknown ? "none" : DirectionName(signs_point);
}

Json SignsJson(const std::vector<DirectionSign>& signs) {
  Json json = Json::array();
  for (const DirectionSign& sign : signs) {
    const SignTraits& traits = TraitsOf(sign.kind);
    json.push_back({{"name", traits.name},
                    {"direction", DirectionName(sign.direction)},
                    {"evidence", sign.evidence.english},
                    {"turned_by", traits.turned_by},
                    {"wrong", traits.wrong},
                    {"cases", traits.cases}});
  }
  return json;
}

Json KindJson(const Kind& kind) {
  Json figures = Json::object();
  for (const auto& [name, value] : kind.figures) figures[name] = Number(value);
  return {{"kind", DerivationKindName(kind.kind)},
          {"evidence", kind.evidence.english},
          {"figures", std::move(figures)},
          {"roles", kind.roles}};
}

Json RelationJson(const Trace& trace, const Kinship& kinship) {
  if (!kinship.relation) return nullptr;
  const Relation& relation = *kinship.relation;
  Json kinds = Json::array(), facts = Json::array();
  for (const Kind& kind : relation.kinds) kinds.push_back(KindJson(kind));
  for (const DirectionFact& fact : relation.facts) {
    facts.push_back({{"name", fact.name},
                     {"direction", DirectionName(fact.direction)},
                     {"evidence", fact.evidence.english}});
  }
  return {
      {"kinds", std::move(kinds)},
      {"direction", DirectionName(relation.direction)},
      {"facts", std::move(facts)},
      {"signs_point", SignsPointName(relation.signs_point)},
      {"signs", SignsJson(relation.signs)},
      {"shown_by", trace.verdict.basis == ResidualBasis::kFitted ? "fitted_basis" : "stored_basis"},
      {"not_in_b", kinship.not_in_b}};
}

Json HiddenBasisJson(const Trace& trace) {
  if (!trace.fitted) return nullptr;
  const HiddenBasis& basis = trace.fitted->basis;
  const bool found = basis.map != nullptr;
  const char* const kind = !found                         ? ""
                           : !basis.map->is_permutation() ? "rotation"
                           : basis.map->is_identity()     ? "identity"
                           : basis.map->has_signs()       ? "signed_permutation"
                                                          : "permutation";
  return {{"skipped", found ? Json(nullptr) : Json(basis.skipped)},
          {"map", found ? Json(kind) : Json(nullptr)},
          {"fitted_to", basis.by == BasisSource::kTokens ? "tokens" : "layers"},
          {"coordinates_dropped", found ? Json(basis.map->dropped()) : Json(nullptr)},
          {"coordinates_added", found ? Json(basis.map->added()) : Json(nullptr)},
          {"fitted_rows", basis.fitted},
          {"held_out_rows", basis.held_out},
          {"cosine", found ? Number(basis.cosine) : Json(nullptr)},
          {"shuffled_cosine", found ? Number(basis.shuffled_cosine) : Json(nullptr)},
          {"tokens_by_string", trace.tokens.by_string}};
}

Json MergeJson(const std::optional<MergeFit>& merge) {
  if (!merge) return nullptr;
  Json weights = Json::array(), tensors = Json::array();
  for (const WeightEstimate& weight : merge->weights) {
    weights.push_back({{"mean", weight.mean},
                       {"low", Number(weight.low)},
                       {"high", Number(weight.high)},
                       {"tensors_low", weight.tensors_low},
                       {"tensors_high", weight.tensors_high}});
  }
  for (const TensorMix& tensor : merge->tensors) {
    tensors.push_back({{"tensor", tensor.name},
                       {"weights", tensor.weights},
                       {"explained", OrNull(tensor.explained)},
                       {"residual", Number(tensor.residual)}});
  }
  return {{"skipped", merge->skipped.empty() ? Json(nullptr) : Json(merge->skipped)},
          {"method", MergeMethodName(merge->method)},
          {"is_merge", merge->is_merge},
          {"weights", std::move(weights)},
          {"explained", OrNull(merge->explained)},
          {"residual", Number(merge->residual)},
          {"common_residual", Number(merge->common_residual)},
          {"tensors", std::move(tensors)}};
}

}  // namespace modelkin
