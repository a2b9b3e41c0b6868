#include "report/norms_by_depth.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "statistics/median.h"

namespace modelkin {
namespace {

// By model, role and layer.
using Key = std::tuple<InputId, std::string, std::uint32_t>;
using Sizes = std::map<Key, std::vector<double>>;

void Add(const SideMetrics& side, std::uint64_t elements, Key key, Sizes& sizes) {
  if (!side.norm.defined() || elements == 0) return;
  sizes[std::move(key)].push_back(side.norm.value() / std::sqrt(static_cast<double>(elements)));
}

void AddSides(const Comparison& comparison, Component component, bool with_first, Sizes& sizes) {
  for (const ComparedTensor& tensor : comparison.tensors) {
    const TensorPair& pair = tensor.pair;
    if (tensor.status != PairStatus::kCompared || pair.component != component) continue;
    const TensorRole role = pair.role();
    if (!role.layer) continue;
    const std::uint32_t layer = *role.layer;
    const PairMetrics& metrics = tensor.metrics;
    if (with_first) {
      Add(metrics.a, metrics.finite_pairs, {comparison.input_a, role.role, layer}, sizes);
    }
    Add(metrics.b, metrics.finite_pairs,
        {comparison.input_b, role.role, pair.layer_b.value_or(layer)}, sizes);
  }
}

}  // namespace

Json NormsByDepthJson(const CompareResults& results) {
  Json list = Json::array();
  if (!results.pair || results.pair->by_layer.empty()) return list;
  const Component component = results.pair->by_layer.front().component;
  Sizes sizes;
  AddSides(*results.pair, component, true, sizes);
  // A control stands beside A and beside B, and is the same there.
  std::set<InputId> seen;
  for (const Comparison& control : results.controls) {
    if (seen.insert(control.input_b).second) AddSides(control, component, false, sizes);
  }
  for (auto& [key, values] : sizes) {
    const auto& [model, role, layer] = key;
    list.push_back({{"model", model.Name()},
                    {"role", role},
                    {"layer", layer},
                    {"rms", Number(*Median(std::move(values)))}});
  }
  return list;
}

}  // namespace modelkin
