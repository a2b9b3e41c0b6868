#include <fmt/format.h>

#include <cmath>

#include "lineage/layer_sources.h"
#include "report/json_output.h"
#include "report/trace_report.h"
#include "requests/recorded_request.h"
#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

double Log10(double natural) { return natural / std::log(10.0); }

Json TestJson(const TestResult& test, const Trace& trace) {
  const bool run = test.was_run();
  const TestTraits& traits = TraitsOf(test.key.id);
  const std::string caveat = CaveatText(test);
  const auto if_run = [&](Json value) { return run ? std::move(value) : Json(nullptr); };
  return {{"name", TestName(test.key)},
          {"hypothesis", traits.hypothesis},
          {"symmetry_group", traits.symmetry_group},
          {"assumption", AssumptionText(test, trace)},
          {"skipped", run ? Json(nullptr) : Json(SkipText(test.skipped))},
          {"statistic_name", if_run(traits.statistic_name)},
          {"statistic", if_run(Number(test.statistic))},
          {"n", if_run(test.units)},
          {"log10_p", if_run(Number(Log10(test.log_p)))},
          {"log10_p_is_bound", if_run(test.log_p_is_bound)},
          {"p_method", if_run(PMethodName(test.p_method))},
          {"log10_p_adjusted", if_run(Number(Log10(test.log_p_adjusted)))},
          {"effect_name", if_run(traits.effect_name)},
          {"effect", if_run(Number(test.effect))},
          {"effect_by_chance", OrNull(test.effect_by_chance)},
          {"least_effect", test.least_effect},
          {"caveat", caveat.empty() ? Json(nullptr) : Json(caveat)},
          {"control_effects", test.control_effects},
          {"strong", test.strong}};
}

Json TestsJson(const std::vector<TestResult>& tests, const Trace& trace) {
  Json list = Json::array();
  for (const TestResult& test : tests) list.push_back(TestJson(test, trace));
  return list;
}

// Of one pair of components.
Json VerdictJson(const Trace& trace) {
  const Verdict& verdict = trace.verdict;
  return {{"category", VerdictName(verdict.category)},
          {"sentence", VerdictSentence(trace)},
          {"kind", verdict.shared ? Json(SharedMaterialName(*verdict.shared)) : Json(nullptr)},
          {"evidence", EvidenceTexts(trace)},
          {"shares", NamedFieldsJson(verdict.shares)},
          {"limits", LimitTexts(trace)}};
}

// Numbers that a plan takes; null for all.
Json EffortJson(const ComponentTrace& component) {
  const EffortRecord& effort = component.trace->effort;
  Json drawn = Json::object();
  ForEachNamedField(effort.plan, [&](std::string_view name, std::uint64_t most) {
    drawn[std::string(name)] = most == DrawPlan::kAll ? Json(nullptr) : Json(most);
  });
  const ResidualTrace& residual = component.trace->pair.residual;
  return {{"asked", kEffortNames[static_cast<std::size_t>(component.options.effort)]},
          {"whole", effort.plan.is_all()},
          {"looks", effort.taken},
          {"looks_planned", effort.planned},
          {"settled", effort.settled},
          {"at_most", std::move(drawn)},
          {"weight_rows", residual.weights.rows},
          {"table_rows", residual.tables.rows}};
}

Json LayerMapJson(const PairAnalysis& pair, bool fitted_basis) {
  const LayerMap& map = pair.layer_map;
  Json z = Json::array(), source = Json::array();
  for (std::size_t a = 0; a < map.layers_a.size(); ++a) {
    Json row = Json::array();
    for (std::size_t b = 0; b < map.layers_b.size(); ++b) row.push_back(Number(map.At(a, b)));
    z.push_back(std::move(row));
  }
  for (const auto& from : map.source) {
    source.push_back(from ? Json(map.layers_a[*from]) : Json(nullptr));
  }
  const LayerChanges changes = ChangesOfLayers(pair);
  return {{"layers_a", map.layers_a},     {"layers_b", map.layers_b},        {"z", std::move(z)},
          {"fitted_basis", fitted_basis}, {"threshold", map.threshold},      {"source", source},
          {"dropped", changes.dropped},   {"duplicated", changes.duplicated}};
}

Json MlpJson(const PairAnalysis& pair, const MlpMatch& match) {
  const bool run = match.skipped.empty();
  const auto if_run = [&](Json value) { return run ? std::move(value) : Json(nullptr); };
  return {
      {"b", pair.b.mlps[match.b].name},
      {"a", pair.a.mlps[match.a].name},
      {"similarity", Number(pair.sources[match.b]->similarity)},
      {"skipped", run ? Json(nullptr) : Json(match.skipped)},
      {"gated", match.gated},
      {"units_a", match.units_a},
      {"units_b", match.units_b},
      {"matched", match.matched},
      {"agreed", match.agreed},
      {"agreement", if_run(match.agreement())},
      {"expected_agreed", match.expected},
      {"spearman", OrNull(match.rho)},
      {"log10_p", match.rho ? Number(Log10(match.tail.log_p)) : Json(nullptr)},
      {"in_place", match.same_width ? Json(match.in_place) : Json(nullptr)},
      {"order_spearman", OrNull(match.order_rho)},
      {"order_log10_p", match.order_rho ? Number(Log10(match.order_tail.log_p)) : Json(nullptr)},
      {"trace_z", match.trace ? Number(match.trace->z()) : Json(nullptr)},
      {"trace_log10_p", match.trace ? Number(Log10(match.trace_tail.log_p)) : Json(nullptr)},
      {"unit_cosine", OrNull(match.cosine())},
      {"learned_ratio", OrNull(match.learned())}};
}

Json CopiesJson(const CopiedTensors& copies) {
  Json kinds = Json::array();
  for (const CopyGroup& group : GroupsOf(copies)) {
    kinds.push_back({{"kind", CopyKindName(group.kind)},
                     {"table", group.table ? Json(StandardTableName(*group.table)) : Json(nullptr)},
                     {"tensors", group.tensors},
                     {"first", group.first}});
  }
  return {{"compared", copies.compared},
          {"not_compared", copies.not_compared.size()},
          {"identical", copies.identical.size()},
          {"learned", copies.learned},
          {"learned_elements", copies.learned_elements},
          {"all_identical", copies.all_identical},
          {"kinds", std::move(kinds)}};
}

Json ControlJson(const ControlTrace& control, const Trace& trace) {
  return {{"control", "control_" + std::to_string(control.id.control + 1)},
          {"with", control.id.with_a ? "a" : "b"},
          {"category", VerdictName(control.category)},
          {"related", control.related},
          {"tests", TestsJson(control.tests, trace)}};
}

Json ResidualJson(const ResidualTrace& trace) {
  Json roles = Json::array(), left_out = Json::array();
  for (const RoleTrace& role : trace.by_role) {
    roles.push_back({{"role", role.role}, {"tensors", role.tensors}, {"z", Number(role.z)}});
  }
  for (const SkippedTensor& tensor : trace.left_out) {
    left_out.push_back({{"tensor", tensor.name}, {"reason", tensor.reason}});
  }
  return {{"by_role", std::move(roles)}, {"left_out", std::move(left_out)}};
}

Json PowerJson(const PowerStatement& power) {
  return {{"smallest_share", OrNull(power.smallest())},
          {"probability", kPowerProbability},
          {"residual_trace", OrNull(power.residual_trace)},
          {"gate_up_agreement", OrNull(power.gate_up)},
          {"gate_up_agreement_in_fitted_basis", OrNull(power.gate_up_fitted)},
          {"tensors", power.tensors},
          {"mlps", power.mlps}};
}

Json NonFiniteJson(const PairAnalysis& pair) {
  Json list = Json::array();
  for (const bool of_b : {false, true}) {
    for (const NonFiniteTensor& tensor : of_b ? pair.non_finite_b : pair.non_finite_a) {
      list.push_back({{"model", of_b ? "b" : "a"},
                      {"tensor", tensor.tensor},
                      {"nan", tensor.nan},
                      {"infinite", tensor.infinite}});
    }
  }
  return list;
}

Json NamesJson(const std::vector<NameGiven>& names) {
  Json list = Json::array();
  for (const NameGiven& name : names) list.push_back({{"from", name.from}, {"to", name.to}});
  return list;
}

Json TensorTraceJson(const TensorTrace& tensor) {
  return {{"a", tensor.a->tensor->stored_name()},
          {"b", tensor.b->tensor->stored_name()},
          {"z", Number(tensor.z)},
          {"tensors", tensor.tensors}};
}

Json OrderJson(const TensorOrder& order) {
  return {{"tensor", order.b->name},
          {"axis", order.axis},
          {"units", order.units},
          {"in_place", order.in_place},
          {"log10_p", Number(Log10(order.log_p))}};
}

// Of all components: evidence, shares and limits are those of the first pair, and of each other
// what it comes to.
Json WholeVerdictJson(const TraceResults& results) {
  Json json = VerdictJson(results.trace());
  if (!results.is_of_several()) return json;
  const WholeVerdict& verdict = results.verdict;
  json["category"] = VerdictName(verdict.category);
  json["sentence"] = WholeSentence(results);
  json["kind"] = verdict.shared ? Json(SharedMaterialName(*verdict.shared)) : Json(nullptr);
  Json evidence = Json::array();
  for (const ComponentTrace& component : results.components) {
    if (!component.trace) continue;
    for (const std::string& text : EvidenceTexts(*component.trace)) {
      evidence.push_back(fmt::format("{}: {}", ComponentName(component.pair.kind()), text));
    }
  }
  json["evidence"] = std::move(evidence);
  json["limits"] = WholeLimitTexts(results);
  return json;
}

// Of the component that goes back to A, with the kinds that only several can show before its own.
Json WholeRelationJson(const TraceResults& results) {
  const ComponentTrace& telling = results.Telling();
  if (!telling.kinship) return nullptr;
  Json json = RelationJson(*telling.trace, *telling.kinship);
  if (json.is_null()) return json;
  Json kinds = Json::array();
  for (const Kind& kind : results.verdict.kinds) kinds.push_back(KindJson(kind));
  for (Json& kind : json["kinds"]) kinds.push_back(std::move(kind));
  json["kinds"] = std::move(kinds);
  return json;
}

template <class Items, class ToJson>
auto ItemsOf(const Items& items, const ToJson& to_json) {
  return [&items, to_json, next = std::size_t{0}](Json& item) mutable {
    if (next == items.size()) return false;
    item = to_json(items[next++]);
    return true;
  };
}

Json SideJson(const ModelComponent* component) {
  if (component == nullptr) return nullptr;
  const Family* const family = component->resolved.family;
  return {{"component", ComponentName(component->kind)},
          {"prefix", component->prefix},
          {"family", family == nullptr ? Json(nullptr) : Json(family->name)},
          {"tensors", component->checkpoint->tensors().size()},
          {"elements", component->checkpoint->total_elements()}};
}

// What is at the top of the results for the first pair.
Json DetailsJson(const ComponentTrace& component) {
  const Trace& trace = *component.trace;
  const PairAnalysis& shown = trace.shown();
  const auto& kinship = component.kinship;
  Json heritage = Json::array(), mlps = Json::array();
  if (kinship) {
    for (const TensorHeritage& tensor : kinship->heritage) heritage.push_back(HeritageJson(tensor));
  }
  for (const MlpMatch& match : shown.mlps) mlps.push_back(MlpJson(shown, match));
  return {{"hidden_basis", HiddenBasisJson(trace)},
          {"heritage", std::move(heritage)},
          {"copies", CopiesJson(trace.pair.copies)},
          {"layer_map", LayerMapJson(shown, &shown != &trace.pair)},
          {"residual", ResidualJson(trace.pair.residual)},
          {"mlps", std::move(mlps)},
          {"effort", EffortJson(component)}};
}

// A component that a single model has can't be compared.
Json AloneJson(const ComponentTrace& component) {
  const ComponentPair& pair = component.pair;
  return {{"category", VerdictName(VerdictCategory::kNotComparable)},
          {"sentence", fmt::format("Only {} has this component.", pair.a == nullptr ? "B" : "A")},
          {"kind", nullptr},
          {"evidence", Json::array()},
          {"shares", NamedFieldsJson(LinkedShares())},
          {"limits", Json::array()}};
}

Json ComponentJson(const ComponentTrace& component, const TraceResults& results,
                   JsonDetail detail) {
  const auto& trace = component.trace;
  // The page shows what is at the top.
  const bool shown_above = &component == &results.components.front() || detail == JsonDetail::kPage;
  const auto& kinship = component.kinship;
  return {{"component", ComponentName(component.pair.kind())},
          {"a", SideJson(component.pair.a)},
          {"b", SideJson(component.pair.b)},
          {"verdict", trace ? VerdictJson(*trace) : AloneJson(component)},
          {"relation", trace && kinship ? RelationJson(*trace, *kinship) : Json(nullptr)},
          {"tests", trace ? TestsJson(trace->tests, *trace) : Json::array()},
          {"power", trace && trace->power ? PowerJson(*trace->power) : Json(nullptr)},
          {"details", trace && !shown_above ? DetailsJson(component) : Json(nullptr)}};
}

}  // namespace

Json TraceSummaryJson(const TraceResults& results) {
  Json components = Json::array();
  for (const ComponentTrace& component : results.components) {
    Json json = ComponentJson(component, results, JsonDetail::kPage);
    json.erase("details");
    json["effort"] = component.trace ? EffortJson(component) : Json(nullptr);
    json["hidden_basis"] = component.trace ? HiddenBasisJson(*component.trace) : Json(nullptr);
    components.push_back(std::move(json));
  }
  return {{"verdict", WholeVerdictJson(results)},
          {"relation", WholeRelationJson(results)},
          {"components", std::move(components)},
          {"seed", results.options().seed}};
}

void WriteTraceJson(const TraceResults& results, const TextSink& sink, JsonDetail detail) {
  const Trace& trace = results.trace();
  const PairAnalysis& pair = trace.pair;
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kTraceSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.ArrayMember("inputs", ItemsOf(results.inputs, InputJson));
  writer.Member("verdict", WholeVerdictJson(results));
  writer.ArrayMember("components",
                     ItemsOf(results.components, [&](const ComponentTrace& component) {
                       return ComponentJson(component, results, detail);
                     }));
  const auto& kinship = results.kinship();
  writer.Member("relation", WholeRelationJson(results));
  writer.Member("hidden_basis", HiddenBasisJson(trace));
  writer.Member("merge", kinship ? MergeJson(kinship->merge) : Json(nullptr));
  writer.Member("descriptions", kinship && kinship->descriptions
                                    ? DescriptionsJson(trace, *kinship->descriptions)
                                    : Json(nullptr));
  const std::vector<TensorHeritage> none;
  writer.ArrayMember("heritage", ItemsOf(kinship ? kinship->heritage : none, HeritageJson),
                     {"tensor", "from", "class", "equal_share", "relative_change", "correlation",
                      "baseline_correlation", "note", "moved", "rotated"});
  writer.ArrayMember(
      "tests", ItemsOf(trace.tests, [&](const TestResult& test) { return TestJson(test, trace); }));
  writer.ArrayMember("controls", ItemsOf(trace.controls, [&](const ControlTrace& control) {
                       return ControlJson(control, trace);
                     }));
  writer.Member("power", trace.power ? PowerJson(*trace.power) : Json(nullptr));
  writer.Member("non_finite", NonFiniteJson(pair));
  writer.Member("copies", CopiesJson(pair.copies));
  const PairAnalysis& shown = trace.shown();
  writer.Member("layer_map", LayerMapJson(shown, &shown != &pair));
  writer.Member("residual", ResidualJson(pair.residual));
  writer.ArrayMember("residual_tensors", ItemsOf(pair.residual.tensors, TensorTraceJson), {});
  writer.ArrayMember(
      "mlps", ItemsOf(shown.mlps, [&](const MlpMatch& match) { return MlpJson(shown, match); }),
      {"b", "a", "skipped", "agreement", "log10_p"});
  writer.ArrayMember("experts", ItemsOf(shown.experts.layers, NamedFieldsJson<ExpertLayer>));
  writer.ArrayMember("unit_order", ItemsOf(pair.orders, OrderJson), {});
  writer.Member("names_given", NamesJson(pair.names_given));
  writer.Member("seed", results.options().seed);
  writer.Member("quick", results.options().quick());
  writer.Member("effort", EffortJson(results.components.front()));
  writer.Member("run", RunJson(results.run, RecordedRequest(results)));
  writer.End();
}

}  // namespace modelkin
