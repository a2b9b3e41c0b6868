#include "report/json_output.h"
#include "report/requant_report.h"

namespace modelkin {
namespace {

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json MixJson(const TypeMix& mix) {
  Json types = Json::array();
  for (const TypeUse& use : mix.types) {
    types.push_back({{"type", use.type},
                     {"tensors", use.tensors},
                     {"elements", use.elements},
                     {"bytes", use.bytes}});
  }
  return {{"name", TextOrNull(mix.name)},
          {"bits_a_weight", Number(mix.bits_a_weight)},
          {"types", std::move(types)}};
}

Json BlockJson(const DeviatingBlock& block) {
  return {{"block", block.index},
          {"element", block.element},
          {"file", block.file},
          {"offset", block.offset_bytes},
          {"steps", Number(block.steps)}};
}

Json SideOf(const Tensor* tensor) { return tensor == nullptr ? Json(nullptr) : Json(tensor->name); }

Json TensorJson(const TensorRequant& tensor) {
  Json blocks = Json::array();
  for (const DeviatingBlock& block : tensor.first_deviating) blocks.push_back(BlockJson(block));
  const Tensor* const q = tensor.pair.b;
  const auto& way = tensor.by_way_of;
  return {{"quantised", SideOf(q)},
          {"original", SideOf(tensor.pair.a)},
          {"stored_name", q == nullptr ? Json(nullptr) : Json(q->stored_name())},
          {"type", q == nullptr ? Json(nullptr) : Json(TypeText(*q))},
          {"outcome", OutcomeName(tensor.outcome)},
          {"reason", TextOrNull(tensor.reason)},
          {"quantiser", TextOrNull(tensor.quantiser)},
          {"by_way_of", way ? Json(DTypeName(*way)) : Json(nullptr)},
          {"block_values", tensor.block_values},
          {"blocks", tensor.blocks},
          {"blocks_identical", tensor.blocks_identical()},
          {"blocks_consistent", tensor.blocks_consistent},
          {"blocks_deviating", tensor.blocks_deviating},
          {"largest_deviation", Number(tensor.largest_deviation)},
          {"largest_deviation_steps", Number(tensor.largest_deviation_steps)},
          {"first_deviating", std::move(blocks)}};
}

}  // namespace

void WriteRequantJson(const RequantResults& results, const TextSink& sink) {
  const Requantisation& found = results.found;
  const RequantCounts& counts = found.counts;
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kRequantSchemaVersion);
  writer.Member("tool", ToolJson());
  Json inputs = Json::array();
  for (const InputRecord& input : results.inputs) inputs.push_back(InputJson(input));
  writer.Member("inputs", inputs);
  writer.Member("outcome", OutcomeName(found.outcome));
  writer.Member("mix", MixJson(results.mix));
  writer.Member("summary", {{"identical", counts.identical},
                            {"consistent", counts.consistent},
                            {"deviating", counts.deviating},
                            {"unchecked", counts.unchecked},
                            {"only_in_original", counts.only_in_original},
                            {"only_in_quantised", counts.only_in_quantised},
                            {"quantised", counts.quantised},
                            {"blocks", counts.blocks},
                            {"blocks_consistent", counts.blocks_consistent},
                            {"blocks_deviating", counts.blocks_deviating}});
  std::size_t next = 0;
  writer.ArrayMember("tensors", [&](Json& item) {
    if (next == found.tensors.size()) return false;
    item = TensorJson(found.tensors[next++]);
    return true;
  });
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
