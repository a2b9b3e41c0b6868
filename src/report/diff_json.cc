#include "report/diff_report.h"
#include "report/json_output.h"
#include "requests/recorded_request.h"

namespace modelkin {
namespace {

Json UlpJson(const UlpHistogram& histogram) {
  Json buckets = Json::array();
  for (std::size_t k = 0; k < histogram.buckets.size(); ++k) {
    if (histogram.buckets[k] == 0) continue;
    const std::uint64_t from = k == 0 ? 0 : std::uint64_t{1} << (k - 1);
    buckets.push_back(
        {{"from", from}, {"to", k == 0 ? 0 : 2 * (from - 1) + 1}, {"count", histogram.buckets[k]}});
  }
  return {{"buckets", std::move(buckets)}, {"nan_pairs", histogram.nan_pairs}};
}

Json SideJson(const Checkpoint& checkpoint, const std::vector<std::string>& digests,
              const Tensor* tensor) {
  if (tensor == nullptr) return nullptr;
  const auto index = static_cast<std::size_t>(tensor - checkpoint.tensors().data());
  return {{"name", tensor->name},
          {"dtype", TypeText(*tensor)},
          {"shape", tensor->shape},
          {"sha256", digests[index]}};
}

Json TensorJson(const DiffResults& results, const TensorDiff& tensor) {
  Json row = {
      {"a", SideJson(results.models.a().checkpoint(), results.diff.digests_a, tensor.pair.a)},
      {"b", SideJson(results.models.b().checkpoint(), results.diff.digests_b, tensor.pair.b)},
      {"identical", tensor.identical}};
  row["bit_equal"] = tensor.bit_equal ? Json(*tensor.bit_equal) : Json(nullptr);
  row["relative_change"] = tensor.relative_change ? Json(*tensor.relative_change) : Json(nullptr);
  row["ulp_distances"] = tensor.ulp ? UlpJson(*tensor.ulp) : Json(nullptr);
  return row;
}

Json MatchJson(const ContentMatch& match) {
  Json names = Json::array();
  for (const Tensor* tensor : match.b) names.push_back(tensor->name);
  return {
      {"a", match.a->name}, {"b", std::move(names)}, {"also_at_partner", match.also_at_partner}};
}

// What the page reads: digests as short as it shows them, and distances of all tensors, as it adds
// them up, in the first entry.
Json TensorsOnPage(const DiffResults& results) {
  constexpr std::size_t kShownDigits = 12;
  UlpHistogram all;
  Json list = Json::array();
  for (const TensorDiff& tensor : results.diff.tensors) {
    Json row = TensorJson(results, tensor);
    row.erase("ulp_distances");
    row.erase("relative_change");
    for (const char* const member : {"a", "b", "identical", "bit_equal"}) {
      Json& value = row[member];
      if (value.is_null()) {
        row.erase(member);
      } else if (value.is_object()) {
        value["sha256"] = value["sha256"].get<std::string>().substr(0, kShownDigits);
      }
    }
    if (tensor.ulp) all.Merge(*tensor.ulp);
    list.push_back(std::move(row));
  }
  if (!list.empty()) list.front()["ulp_distances"] = {{"buckets", UlpJson(all)["buckets"]}};
  return list;
}

}  // namespace

void WriteDiffJson(const DiffResults& results, const TextSink& sink, JsonDetail detail) {
  const ByteDiff& diff = results.diff;
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kDiffSchemaVersion);
  writer.Member("tool", ToolJson());
  Json inputs = Json::array();
  for (const InputRecord& input : results.inputs) inputs.push_back(InputJson(input));
  writer.Member("inputs", inputs);
  writer.Member("summary", {{"tensors", diff.tensors.size()},
                            {"identical", diff.identical_count()},
                            {"all_identical", diff.all_identical()},
                            {"found_elsewhere", diff.elsewhere.size()},
                            {"constant_matches", diff.constant_matches},
                            {"left_out", diff.left_out}});
  if (detail == JsonDetail::kPage) {
    writer.Member("tensors", TensorsOnPage(results));
  } else {
    std::size_t next = 0;
    writer.ArrayMember("tensors", [&](Json& item) {
      if (next == diff.tensors.size()) return false;
      item = TensorJson(results, diff.tensors[next++]);
      return true;
    });
  }
  std::size_t match = 0;
  writer.ArrayMember("found_elsewhere", [&](Json& item) {
    if (match == diff.elsewhere.size()) return false;
    item = MatchJson(diff.elsewhere[match++]);
    return true;
  });
  writer.Member("run", RunJson(results.run, RecordedRequest(results)));
  writer.End();
}

}  // namespace modelkin
