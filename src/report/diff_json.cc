#include "report/diff_report.h"
#include "report/json_output.h"

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
          {"dtype", DTypeName(tensor->dtype)},
          {"shape", tensor->shape},
          {"sha256", digests[index]}};
}

Json TensorJson(const DiffResults& results, const TensorDiff& tensor) {
  Json row = {{"a", SideJson(*results.a, results.diff.digests_a, tensor.pair.a)},
              {"b", SideJson(*results.b, results.diff.digests_b, tensor.pair.b)},
              {"identical", tensor.identical}};
  row["bit_equal"] = tensor.bit_equal ? Json(*tensor.bit_equal) : Json(nullptr);
  row["ulp_distances"] = tensor.ulp ? UlpJson(*tensor.ulp) : Json(nullptr);
  return row;
}

Json MatchJson(const ContentMatch& match) {
  Json names = Json::array();
  for (const Tensor* tensor : match.b) names.push_back(tensor->name);
  return {
      {"a", match.a->name}, {"b", std::move(names)}, {"also_at_partner", match.also_at_partner}};
}

}  // namespace

void WriteDiffJson(const DiffResults& results, const TextSink& sink) {
  const ByteDiff& diff = results.diff;
  JsonObjectWriter writer(sink);
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
  std::size_t next = 0;
  writer.ArrayMember("tensors", [&](Json& item) {
    if (next == diff.tensors.size()) return false;
    item = TensorJson(results, diff.tensors[next++]);
    return true;
  });
  std::size_t match = 0;
  writer.ArrayMember("found_elsewhere", [&](Json& item) {
    if (match == diff.elsewhere.size()) return false;
    item = MatchJson(diff.elsewhere[match++]);
    return true;
  });
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
