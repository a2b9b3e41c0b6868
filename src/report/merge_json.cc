#include <cmath>

#include "report/merge_report.h"

namespace modelkin {
namespace {

std::string_view MethodNameOf(RecipeMethod method) {
  return kRecipeMethodNames[static_cast<std::size_t>(method)];
}

Json RecipeJson(const MergeResults& results) {
  Json models = Json::array();
  for (std::size_t i = 0; i < results.names.size(); ++i) {
    models.push_back({{"input", results.inputs[i].id.Name()}, {"name", results.names[i]}});
  }
  const MergeRecipe& recipe = results.recipe;
  const auto type = [](const std::optional<DType>& dtype) {
    return dtype ? Json(DTypeName(*dtype)) : Json(nullptr);
  };
  return {{"file", results.request.recipe},
          {"merge_method", MethodNameOf(recipe.method)},
          {"base_model", recipe.base.empty() ? Json(nullptr) : Json(recipe.base)},
          {"models", std::move(models)},
          {"dtype", type(recipe.dtype)},
          {"out_dtype", type(recipe.out_dtype)},
          {"warnings", results.plan->warnings}};
}

double RelativeDifference(const MergeCounts& counts) {
  if (counts.squared_result > 0) {
    return std::sqrt(counts.squared_difference / counts.squared_result);
  }
  return counts.squared_difference > 0 ? HUGE_VAL : 0;
}

Json ChangesJson(const MergeResults& results, const MergedTensor& tensor) {
  Json list = Json::array();
  const PlannedTensor& planned = *tensor.planned;
  if (!DropsAtRandom(planned.method)) return list;
  for (std::size_t i = 0; i < planned.sources.size(); ++i) {
    const PlannedSource& source = planned.sources[i];
    const std::uint64_t known = i < tensor.counts.known.size() ? tensor.counts.known[i] : 0;
    list.push_back({{"model", results.names[source.model]},
                    {"density", source.density},
                    {"known", known},
                    {"kept", known > 0 ? tensor.counts.kept[i] : 0},
                    {"scale", i < tensor.readings.scales.size() ? Number(tensor.readings.scales[i])
                                                                : Json(nullptr)}});
  }
  return list;
}

bool WasCompared(const MergedTensor& tensor) {
  return tensor.state == MergedState::kEqual || tensor.state == MergedState::kReadOff ||
         tensor.state == MergedState::kDiffers;
}

Json TensorJson(const MergeResults& results, const MergedTensor& tensor) {
  const PlannedTensor& planned = *tensor.planned;
  Json row = {{"name", planned.name},
              {"dtype", DTypeName(planned.out_dtype)},
              {"shape", planned.shape},
              {"state", kMergedStateNames[static_cast<std::size_t>(tensor.state)]},
              {"skipped", planned.skipped.empty() ? Json(nullptr) : Json(planned.skipped)},
              {"elements", planned.elements}};
  const bool compared = WasCompared(tensor);
  const MergeCounts& counts = tensor.counts;
  row["equal"] = compared ? Json(counts.equal) : Json(nullptr);
  row["telling"] = compared ? Json(counts.telling) : Json(nullptr);
  row["telling_equal"] = compared ? Json(counts.telling_equal) : Json(nullptr);
  row["read_off"] = compared ? Json(counts.read_off) : Json(nullptr);
  row["largest_difference"] = compared ? Number(counts.largest_difference) : Json(nullptr);
  row["relative_difference"] = compared ? Number(RelativeDifference(counts)) : Json(nullptr);
  row["changes"] = ChangesJson(results, tensor);
  const auto& readings = tensor.readings;
  row["arc_ulps"] =
      readings.base_ulps ? Json::array({*readings.base_ulps, *readings.other_ulps}) : Json(nullptr);
  row["sum_is_unfused"] = readings.is_unfused;
  return row;
}

Json SummaryJson(const MergeResults& results) {
  Json summary = {{"tensors", results.merge.tensors.size()}};
  for (std::size_t i = 0; i < kMergedStateNames.size(); ++i) {
    summary[std::string(kMergedStateNames[i])] = results.Count(static_cast<MergedState>(i));
  }
  const MergeCounts totals = results.Totals();
  summary["only_in_result"] = results.merge.only_in_result.size();
  summary["elements"] = totals.elements;
  summary["equal_elements"] = totals.equal;
  summary["telling_elements"] = totals.telling;
  summary["telling_equal_elements"] = totals.telling_equal;
  summary["read_off_elements"] = totals.read_off;
  summary["result_is_a_model"] = results.result_is_a_model;
  return summary;
}

}  // namespace

void WriteMergeJson(const MergeResults& results, const TextSink& sink) {
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kMergeSchemaVersion);
  writer.Member("tool", ToolJson());
  Json inputs = Json::array();
  for (const InputRecord& input : results.inputs) inputs.push_back(InputJson(input));
  writer.Member("inputs", inputs);
  writer.Member("recipe", RecipeJson(results));
  writer.Member("outcome", kMergeOutcomeNames[static_cast<std::size_t>(results.outcome)]);
  writer.Member("summary", SummaryJson(results));
  std::size_t next = 0;
  writer.ArrayMember("tensors", [&](Json& item) {
    if (next == results.merge.tensors.size()) return false;
    item = TensorJson(results, results.merge.tensors[next++]);
    return true;
  });
  writer.Member("only_in_result", results.merge.only_in_result);
  writer.Member("written", results.written);
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
