#include "scan/comparison.h"

#include <algorithm>
#include <map>

namespace modelkin {
namespace {

PairStatus StatusOf(const TensorPair& pair) {
  if (pair.b == nullptr) return PairStatus::kOnlyInA;
  if (pair.a == nullptr) return PairStatus::kOnlyInB;
  if (pair.packed()) return PairStatus::kPacked;
  if (!pair.same_shape()) return PairStatus::kShapeMismatch;
  return pair.comparable() ? PairStatus::kCompared : PairStatus::kUnsupportedType;
}

void Count(const ComparedTensor& tensor, ComparisonCounts& counts) {
  const PairMetrics& metrics = tensor.metrics;
  switch (tensor.status) {
    case PairStatus::kOnlyInA: ++counts.only_in_a; return;
    case PairStatus::kOnlyInB: ++counts.only_in_b; return;
    case PairStatus::kShapeMismatch: ++counts.shape_mismatches; return;
    case PairStatus::kUnsupportedType: ++counts.unsupported_types; return;
    case PairStatus::kPacked: ++counts.packed; return;
    case PairStatus::kCompared: break;
  }
  ++counts.compared;
  counts.elements += metrics.elements;
  const bool same_type = tensor.pair.a->dtype == tensor.pair.b->dtype;
  counts.byte_identical += same_type && metrics.bit_equal == metrics.elements ? 1 : 0;
  counts.non_finite +=
      metrics.nan_a + metrics.nan_b + metrics.infinite_a + metrics.infinite_b > 0 ? 1 : 0;
}

// A group on its way to a summary.
struct Group {
  GroupSummary summary;
  std::vector<const ComparedTensor*> compared;

  void Add(const ComparedTensor& tensor) {
    if (tensor.status != PairStatus::kCompared) {
      ++summary.not_compared;
      return;
    }
    ++summary.tensors;
    summary.elements += tensor.metrics.elements;
    summary.bit_equal += tensor.metrics.bit_equal;
    compared.push_back(&tensor);
  }

  GroupSummary Finish() {
    for (std::size_t i = 0; i < kPairMetricFields.size(); ++i) {
      summary.spreads[i] = SpreadOf(kPairMetricFields[i].member);
    }
    return std::move(summary);
  }

  MetricSpread SpreadOf(Metric PairMetrics::*member) const {
    std::vector<double> values;
    for (const ComparedTensor* tensor : compared) {
      const Metric& metric = tensor->metrics.*member;
      if (metric.defined()) values.push_back(metric.value());
    }
    if (values.empty()) return {};
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    const double median =
        values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return {.tensors = values.size(),
            .median = median,
            .lowest = values.front(),
            .highest = values.back()};
  }
};

std::vector<GroupSummary> SummarizeByRole(const std::vector<ComparedTensor>& tensors) {
  std::vector<Group> groups;
  std::map<std::pair<Component, std::string>, std::size_t> index;
  for (const ComparedTensor& tensor : tensors) {
    const TensorPair& pair = tensor.pair;
    std::string role = pair.role().role;
    const auto [found, fresh] = index.emplace(std::pair(pair.component, role), groups.size());
    if (fresh) {
      GroupSummary& summary = groups.emplace_back().summary;
      summary.component = pair.component;
      summary.role = std::move(role);
    }
    groups[found->second].Add(tensor);
  }
  std::vector<GroupSummary> summaries;
  summaries.reserve(groups.size());
  for (Group& group : groups) summaries.push_back(group.Finish());
  return summaries;
}

std::vector<GroupSummary> SummarizeByLayer(const std::vector<ComparedTensor>& tensors) {
  std::map<std::pair<Component, std::uint32_t>, Group> groups;
  for (const ComparedTensor& tensor : tensors) {
    if (tensor.pair.layer_b) continue;  // pairs across layers belong to none
    const auto layer = tensor.pair.role().layer;
    if (!layer) continue;
    groups[{tensor.pair.component, *layer}].Add(tensor);
  }
  std::vector<GroupSummary> summaries;
  summaries.reserve(groups.size());
  for (auto& [place, group] : groups) {
    group.summary.component = place.first;
    group.summary.layer = place.second;
    summaries.push_back(group.Finish());
  }
  return summaries;
}

}  // namespace

Comparison Compare(const Checkpoint& a, const Checkpoint& b, Pairing pairing,
                   const ScanOptions& options, Progress& progress) {
  Comparison comparison;
  comparison.counts.left_out = pairing.left_out;
  comparison.tensors.reserve(pairing.pairs.size());
  for (const TensorPair& pair : pairing.pairs) {
    const PairStatus status = StatusOf(pair);
    comparison.tensors.push_back({.pair = pair, .status = status});
  }
  pairing.pairs = std::vector<TensorPair>();  // releases memory
  std::vector<const TensorPair*> pairs;
  pairs.reserve(comparison.tensors.size());
  for (const ComparedTensor& tensor : comparison.tensors) pairs.push_back(&tensor.pair);
  ScanPairs(a, b, pairs, options, progress, [&](std::size_t i, const PairScan& scan) {
    ComparedTensor& tensor = comparison.tensors[i];
    if (tensor.status == PairStatus::kCompared) tensor.metrics = ComputeMetrics(scan);
  });
  for (const ComparedTensor& tensor : comparison.tensors) Count(tensor, comparison.counts);
  comparison.by_role = SummarizeByRole(comparison.tensors);
  comparison.by_layer = SummarizeByLayer(comparison.tensors);
  return comparison;
}

}  // namespace modelkin
