#include "report/compare_json.h"

#include "report/functional_report.h"
#include "report/json_output.h"
#include "requests/recorded_request.h"

namespace modelkin {
namespace {

// Adds `name`: number or null; where null, the reason goes to `undefined`.
void AddMetric(std::string_view name, const Metric& metric, Json& object, Json& undefined) {
  if (metric.defined()) {
    object[std::string(name)] = metric.value();
  } else {
    object[std::string(name)] = nullptr;
    undefined[std::string(name)] = metric.undefined_reason();
  }
}

Json SideJson(const SideMetrics& side, std::uint64_t nan_count, std::uint64_t infinite_count) {
  Json object = Json::object();
  Json undefined = Json::object();
  for (const SideMetricField& field : kSideMetricFields) {
    AddMetric(field.name, side.*field.member, object, undefined);
  }
  object["nan_count"] = nan_count;
  object["infinite_count"] = infinite_count;
  if (!undefined.empty()) object["undefined"] = std::move(undefined);
  return object;
}

void AddMetrics(const PairMetrics& metrics, Json& row) {
  row["elements"] = metrics.elements;
  row["finite_pairs"] = metrics.finite_pairs;
  row["bit_equal"] = metrics.bit_equal;
  Json undefined = Json::object();
  for (const PairMetricField& field : kPairMetricFields) {
    AddMetric(field.name, metrics.*field.member, row, undefined);
  }
  row["stats_a"] = SideJson(metrics.a, metrics.nan_a, metrics.infinite_a);
  row["stats_b"] = SideJson(metrics.b, metrics.nan_b, metrics.infinite_b);
  if (!undefined.empty()) row["undefined"] = std::move(undefined);
}

std::string_view ReasonNotComparable(PairStatus status) {
  switch (status) {
    case PairStatus::kOnlyInA: return "only in a";
    case PairStatus::kOnlyInB: return "only in b";
    case PairStatus::kShapeMismatch: return "shapes differ";
    case PairStatus::kUnsupportedType: return "element type has no comparison by value";
    case PairStatus::kPacked: return "packed: not read";
    case PairStatus::kCompared: break;
  }
  return "";
}

Json ViewJson(const TensorView& view) {
  return {{"offset", view.offset}, {"dimensions", view.dimensions}, {"strides", view.strides}};
}

Json TensorJson(const ComparedTensor& tensor) {
  const TensorPair& pair = tensor.pair;
  const TensorRole role = pair.role();
  const auto name = [](const Tensor* t) {
    return t != nullptr ? Json(t->stored_name()) : Json(nullptr);
  };
  const auto dtype = [](const Tensor* t) {
    return t != nullptr ? Json(TypeText(*t)) : Json(nullptr);
  };
  Json row = {{"a", name(pair.a)},
              {"b", name(pair.b)},
              {"component", ComponentName(pair.component)},
              {"role", role.role},
              {"layer", OrNull(role.layer)}};
  if (pair.layer_b) row["layer_b"] = *pair.layer_b;
  for (const auto& [member, side] : {std::pair{"a_view", pair.a}, std::pair{"b_view", pair.b}}) {
    if (side != nullptr && side->view != nullptr) row[member] = ViewJson(*side->view);
  }
  row["expert"] = OrNull(role.expert);
  row["comparable"] = tensor.status == PairStatus::kCompared;
  row["dtype_a"] = dtype(pair.a);
  row["dtype_b"] = dtype(pair.b);
  if (tensor.status == PairStatus::kShapeMismatch) {
    row["shape_mismatch"] = {{"a", pair.a->shape}, {"b", pair.b->shape}};
  } else {
    row["shape"] = pair.either().shape;
  }
  if (tensor.status == PairStatus::kCompared) {
    AddMetrics(tensor.metrics, row);
  } else {
    row["reason"] = ReasonNotComparable(tensor.status);
  }
  return row;
}

Json GroupJson(const GroupSummary& group) {
  Json object = {{"component", ComponentName(group.component)}};
  if (group.layer) {
    object["layer"] = *group.layer;
  } else {
    object["role"] = group.role;
  }
  object["tensors"] = group.tensors;
  object["not_compared"] = group.not_compared;
  object["elements"] = group.elements;
  object["bit_equal"] = group.bit_equal;
  for (std::size_t i = 0; i < kPairMetricFields.size(); ++i) {
    const MetricSpread& spread = group.spreads[i];
    Json value = nullptr;
    if (spread.tensors > 0) {
      value = {{"tensors", spread.tensors},
               {"median", spread.median},
               {"min", spread.lowest},
               {"max", spread.highest}};
    }
    object[std::string(kPairMetricFields[i].name)] = std::move(value);
  }
  return object;
}

Json GroupsJson(const std::vector<GroupSummary>& groups) {
  Json array = Json::array();
  for (const GroupSummary& group : groups) array.push_back(GroupJson(group));
  return array;
}

Json SummaryJson(const Comparison& comparison) {
  Json summary = {{"a", comparison.input_a.Name()},
                  {"b", comparison.input_b.Name()},
                  {"paired_by", comparison.paired_by_role ? "role" : "name"},
                  {"rotary_layout", RotaryLayoutName(comparison.rotary_layout)}};
  AddNamedFields(comparison.counts, summary);
  summary["by_role"] = GroupsJson(comparison.by_role);
  summary["by_layer"] = GroupsJson(comparison.by_layer);
  return summary;
}

// Hands out the tensors of one comparison, one at a time.
std::function<bool(Json&)> TensorItems(const Comparison& comparison) {
  return [&comparison, next = std::size_t{0}](Json& item) mutable {
    if (next == comparison.tensors.size()) return false;
    item = TensorJson(comparison.tensors[next++]);
    return true;
  };
}

// Further comparisons as flat arrays: a summary each, and the tensors of all with the inputs' ids.
void WriteFurther(std::string_view name, const std::vector<Comparison>& comparisons,
                  JsonObjectWriter& writer) {
  std::size_t next = 0;
  writer.ArrayMember(std::string(name) + "_summaries", [&](Json& item) {
    if (next == comparisons.size()) return false;
    item = SummaryJson(comparisons[next++]);
    return true;
  });
  std::size_t comparison = 0;
  std::size_t tensor = 0;
  const auto next_tensor = [&](Json& item) {
    while (comparison < comparisons.size() && tensor == comparisons[comparison].tensors.size()) {
      ++comparison;
      tensor = 0;
    }
    if (comparison == comparisons.size()) return false;
    const Comparison& current = comparisons[comparison];
    item = {{"input_a", current.input_a.Name()}, {"input_b", current.input_b.Name()}};
    item.update(TensorJson(current.tensors[tensor++]));
    return true;
  };
  writer.ArrayMember(std::string(name) + "_tensors", next_tensor, {});
}

}  // namespace

void WriteCompareJson(const CompareResults& results, const TextSink& sink, JsonDetail detail) {
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kCompareSchemaVersion);
  writer.Member("tool", ToolJson());
  std::size_t next = 0;
  writer.ArrayMember("inputs", [&](Json& item) {
    if (next == results.inputs.size()) return false;
    item = InputJson(results.inputs[next++]);
    return true;
  });
  const Comparison none;
  const Comparison& pair = results.pair ? *results.pair : none;
  Json summary = SummaryJson(pair);
  if (!results.pair) summary["a"] = summary["b"] = nullptr;
  writer.Member("summary", summary);
  writer.ArrayMember("tensors", TensorItems(pair), {"b", "role", "layer", "layer_b"});
  WriteFurther("control", results.controls, writer);
  WriteFurther("within", results.within, writer);
  writer.Member("functional",
                results.functional ? FunctionalJson(*results.functional) : Json(nullptr));
  writer.Member("run", RunJson(results.run, RecordedRequest(results)));
  writer.End();
}

}  // namespace modelkin
