#include "report/compare_csv.h"

#include <fmt/format.h>

#include "base/escaped_text.h"

namespace modelkin {
namespace {

std::string Field(const Metric& metric) {
  return metric.defined() ? fmt::format("{}", metric.value()) : std::string();
}

template <class T>
std::string Field(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

void WriteRow(const Comparison& comparison, const ComparedTensor& tensor, const TextSink& sink) {
  const TensorPair& pair = tensor.pair;
  const TensorRole role = pair.role();
  const auto name = [](const Tensor* t) {
    return t != nullptr ? CsvField(t->stored_name()) : std::string();
  };
  const auto dtype = [](const Tensor* t) { return t != nullptr ? TypeText(*t) : std::string(); };
  const auto shape = [](const Tensor* t) {
    return t != nullptr ? CsvField(ShapeText(t->shape)) : std::string();
  };
  const bool compared = tensor.status == PairStatus::kCompared;
  std::string line = fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", comparison.input_a.Name(),
      comparison.input_b.Name(), name(pair.a), name(pair.b), ComponentName(pair.component),
      CsvField(role.role), Field(role.layer), Field(pair.layer_b), Field(role.expert), compared,
      dtype(pair.a), dtype(pair.b), shape(pair.a), shape(pair.b),
      compared ? fmt::format("{}", tensor.metrics.elements) : "");
  for (const PairMetricField& field : kPairMetricFields) {
    line += ',' + (compared ? Field(tensor.metrics.*field.member) : "");
  }
  for (const SideMetrics* side : {&tensor.metrics.a, &tensor.metrics.b}) {
    for (const SideMetricField& field : kSideMetricFields) {
      line += ',' + (compared ? Field(side->*field.member) : "");
    }
  }
  sink(line + '\n');
}

}  // namespace

void WriteCompareCsv(const CompareResults& results, const TextSink& sink) {
  std::string header =
      "input_a,input_b,a,b,component,role,layer,layer_b,expert,comparable,dtype_a,dtype_b,shape_a,"
      "shape_b,"
      "elements";
  for (const PairMetricField& field : kPairMetricFields) header += fmt::format(",{}", field.name);
  for (const char side : {'a', 'b'}) {
    for (const SideMetricField& field : kSideMetricFields)
      header += fmt::format(",{}_{}", field.name, side);
  }
  sink(header + '\n');
  const auto write = [&](const Comparison& comparison) {
    for (const ComparedTensor& tensor : comparison.tensors) WriteRow(comparison, tensor, sink);
  };
  if (results.pair) write(*results.pair);
  for (const Comparison& comparison : results.controls) write(comparison);
  for (const Comparison& comparison : results.within) write(comparison);
}

}  // namespace modelkin
