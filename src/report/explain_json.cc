#include "report/explain_report.h"
#include "report/json_output.h"

namespace modelkin {
namespace {

Json FactJson(const Fact& fact) {
  static constexpr const char* kOrigins[] = {"config", "family", "tensor", "computed"};
  Json value = std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, double>) return Number(held);
        return Json(held);
      },
      fact.value);
  return {{"name", fact.name},
          {"label", fact.label},
          {"value", std::move(value)},
          {"origin", kOrigins[static_cast<std::size_t>(fact.origin)]},
          {"from", fact.from.empty() ? Json(nullptr) : Json(fact.from)}};
}

Json RangeJson(const ValueRange& range) {
  return {{"smallest", Number(range.smallest)},
          {"mean", Number(range.mean)},
          {"largest", Number(range.largest)}};
}

// An array of what `make` makes of each item.
template <class Items, class Make>
Json ArrayJson(const Items& items, const Make& make) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(make(item));
  return array;
}

Json TensorFactJson(const TensorFact& tensor) {
  return {{"part", tensor.part},
          {"stored_name", tensor.stored_name},
          {"is_part_of_stored", tensor.is_part},
          {"shape", tensor.shape},
          {"dtype", tensor.type}};
}

Json RangeFactJson(const RangeFact& fact) {
  return {{"label", fact.label},
          {"all", RangeJson(fact.all)},
          {"layers", ArrayJson(fact.layers, [](const ValuesOfLayer& each) {
             Json object = RangeJson(each.range);
             object["layer"] = each.layer;
             return object;
           })}};
}

Json RouterJson(const RouterWork& work) {
  return {{"experts", ArrayJson(work.experts,
                                [](const ExpertRow& row) -> Json {
                                  return {{"expert", row.expert},
                                          {"group", row.group},
                                          {"logit", Number(row.logit)},
                                          {"score", OrNull(row.score)},
                                          {"bias", OrNull(row.bias)},
                                          {"choosing", OrNull(row.choosing)},
                                          {"picks", row.picks},
                                          {"weight", OrNull(row.weight)},
                                          {"missed_by", OrNull(row.missed)}};
                                })},
          {"chosen", work.chosen},
          {"groups", ArrayJson(work.groups,
                               [](const GroupRow& row) -> Json {
                                 return {{"score", Number(row.score)}, {"kept", row.kept}};
                               })},
          {"weight_sum", Number(work.weight_sum)}};
}

Json RopeJson(const RopeWork& work) {
  return {{"head", work.head},
          {"multiplier", Number(work.multiplier)},
          {"pairs", ArrayJson(work.pairs, [](const RotatedPair& pair) -> Json {
             return {{"pair", pair.pair},
                     {"dims", {pair.first_dim, pair.second_dim}},
                     {"angle", Number(pair.angle)},
                     {"cosine", Number(pair.cosine)},
                     {"sine", Number(pair.sine)},
                     {"before", {Number(pair.before_first), Number(pair.before_second)}},
                     {"after", {Number(pair.after_first), Number(pair.after_second)}}};
           })}};
}

Json GqaJson(const GqaWork& work) {
  return {{"head", work.head},
          {"kv_head", work.kv_head},
          {"first_head_of_group", work.first_of_group},
          {"keys", ArrayJson(work.keys,
                             [](const KeyRow& key) -> Json {
                               return {{"position", key.position},
                                       {"id", key.id},
                                       {"product", Number(key.product)},
                                       {"score", Number(key.score)},
                                       {"shares", key.shares}};
                             })},
          {"sink", OrNull(work.sink)},
          {"sink_shares", work.sink_shares}};
}

Json MlpJson(const MlpWork& work) {
  return {{"part", work.part},
          {"expert", OrNull(work.expert)},
          {"weight", OrNull(work.weight)},
          {"units", work.units},
          {"largest", ArrayJson(work.largest,
                                [](const UnitRow& row) -> Json {
                                  return {{"unit", row.unit},
                                          {"gate", Number(row.gate)},
                                          {"activated", Number(row.activated)},
                                          {"up", OrNull(row.up)},
                                          {"product", Number(row.product)}};
                                })},
          {"share_of_largest", Number(work.share_of_largest)},
          {"small_units", work.small}};
}

Json FrequencyJson(const PairFrequency& pair) {
  return {{"unscaled", Number(pair.plain)},
          {"scaled", Number(pair.scaled)},
          {"unscaled_turn_tokens", Number(pair.plain_turn)},
          {"scaled_turn_tokens", Number(pair.scaled_turn)}};
}

Json WorkJson(const ExplainResults& results) {
  const Explanation& explanation = results.explanation;
  if (!explanation.present || explanation.ids.empty()) return nullptr;
  return {
      {"layer", explanation.layer},
      {"token", explanation.token},
      {"ids", explanation.ids},
      {"tokens", results.tokens.empty() ? Json(nullptr) : Json(results.tokens)},
      {"router", explanation.router ? RouterJson(*explanation.router) : Json(nullptr)},
      {"rope", explanation.rope ? RopeJson(*explanation.rope) : Json(nullptr)},
      {"gqa", explanation.gqa ? GqaJson(*explanation.gqa) : Json(nullptr)},
      {"swiglu", explanation.mlps.empty() ? Json(nullptr) : ArrayJson(explanation.mlps, MlpJson)}};
}

}  // namespace

void WriteExplainJson(const ExplainResults& results, const TextSink& sink) {
  const Explanation& explanation = results.explanation;
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kExplainSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("inputs", Json::array({InputJson(results.input)}));
  writer.Member("topic", TopicName(explanation.topic));
  writer.Member("family", explanation.family);
  writer.Member("present", explanation.present);
  writer.Member("formula", {{"kind", explanation.formula.kind},
                            {"title", explanation.formula.title},
                            {"lines", explanation.formula.lines},
                            {"sources", explanation.formula.sources}});
  writer.Member("facts", ArrayJson(explanation.facts, FactJson));
  writer.Member("tensors", ArrayJson(explanation.tensors, TensorFactJson));
  writer.Member("ranges", ArrayJson(explanation.ranges, RangeFactJson));
  writer.Member("layers", ArrayJson(explanation.spans, [](const LayerSpan& span) -> Json {
                  return {{"first", span.first}, {"last", span.last}, {"kind", span.kind}};
                }));
  writer.Member("frequencies", ArrayJson(explanation.frequencies, FrequencyJson));
  writer.Member("notes", explanation.notes);
  writer.Member("worked_token", WorkJson(results));
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
