#include "modelkin/compare.h"

#include <stdexcept>
#include <utility>

#include "library/written.h"
#include "report/compare_json.h"
#include "report/compare_text.h"

namespace modelkin {

ComparisonReport::ComparisonReport(std::shared_ptr<const CompareResults> results)
    : results_(std::move(results)) {}

std::vector<std::string> ComparisonReport::MetricNames() {
  std::vector<std::string> names;
  names.reserve(kPairMetricFields.size());
  for (const PairMetricField& field : kPairMetricFields) names.emplace_back(field.name);
  return names;
}

std::size_t ComparisonReport::size() const {
  return results_->pair ? results_->pair->tensors.size() : 0;
}

ComparedPair ComparisonReport::Pair(std::size_t index) const {
  if (index >= size()) throw std::out_of_range("there are fewer pairs");
  const ComparedTensor& tensor = results_->pair->tensors[index];
  TensorRole role = tensor.pair.role();
  const auto name = [](const Tensor* side) { return side == nullptr ? "" : side->stored_name(); };
  ComparedPair pair{.a = name(tensor.pair.a),
                    .b = name(tensor.pair.b),
                    .role = std::move(role.role),
                    .layer = role.layer,
                    .elements = tensor.metrics.elements,
                    .metrics = {}};
  for (const PairMetricField& field : kPairMetricFields) {
    const Metric& metric = tensor.metrics.*field.member;
    pair.metrics.push_back(metric.defined() ? std::optional(metric.value()) : std::nullopt);
  }
  return pair;
}

std::string ComparisonReport::Json() const {
  return Written([&](const TextSink& sink) { WriteCompareJson(*results_, sink); });
}

std::string ComparisonReport::Text() const {
  return Written([&](const TextSink& sink) { WriteCompareText(*results_, {}, sink); });
}

}  // namespace modelkin
