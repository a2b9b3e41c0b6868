#include "calibration/reordered_model.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

std::vector<std::uint32_t> RandomOrder(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  random.Shuffle(order);
  return order;
}

}  // namespace

ReorderedModel::ReorderedModel(const ModelParts& model) : model_(model) {
  std::vector<float> rows;
  for (const Part& part : model.parts) {
    ReadByUnit(model.checkpoint, *part.tensor, 0, rows);
    begins_.push_back(values_.size());
    values_.insert(values_.end(), rows.begin(), rows.end());
  }
}

std::size_t ReorderedModel::BeginOf(const Part& part) const {
  return begins_[static_cast<std::size_t>(&part - model_.parts.data())];
}

void ReorderedModel::Reorder(const Part& part, std::size_t axis,
                             const std::vector<std::uint32_t>& order,
                             std::vector<float>& values) const {
  const AxisLengths lengths = LengthsAround(part.tensor->shape, axis);
  const float* const from = values_.data() + BeginOf(part);
  float* const to = values.data() + BeginOf(part);
  for (std::uint64_t outer = 0; outer < lengths.outer; ++outer) {
    for (std::uint64_t unit = 0; unit < lengths.units; ++unit) {
      std::copy_n(from + (outer * lengths.units + order[unit]) * lengths.inner, lengths.inner,
                  to + (outer * lengths.units + unit) * lengths.inner);
    }
  }
}

ModelParts ReorderedModel::WithResidual(Random& random) const {
  std::vector<float> values = values_;
  const auto order = RandomOrder(*model_.residual, random);
  for (const Part& part : model_.parts) {
    if (part.residual_axis()) Reorder(part, *part.residual_axis(), order, values);
  }
  return With(std::move(values));
}

ModelParts ReorderedModel::WithUnitsApart(Random& random) const {
  std::vector<float> values = values_;
  for (const Mlp& mlp : model_.mlps) {
    for (const Part* const part : {mlp.gate, mlp.up, mlp.down}) {
      if (part == nullptr) continue;
      Reorder(*part, 1 - *part->residual_axis(), RandomOrder(mlp.width, random), values);
    }
  }
  for (const Part& part : model_.parts) {
    if (part.role != Role::kRouter || part.is_bias) continue;
    const std::size_t axis = 1 - *part.residual_axis();
    Reorder(part, axis, RandomOrder(part.tensor->shape[axis], random), values);
  }
  return With(std::move(values));
}

ModelParts ReorderedModel::With(std::vector<float> values) const {
  std::vector<Tensor> tensors;
  for (const Part& part : model_.parts) {
    Tensor tensor{.name = part.tensor->name,
                  .dtype = DType::kF32,
                  .shape = part.tensor->shape,
                  .elements = part.tensor->elements,
                  .offset_bytes = BeginOf(part) * sizeof(float),
                  .length_bytes = part.tensor->elements * sizeof(float)};
    tensors.push_back(std::move(tensor));
  }
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  std::vector<CheckpointFile> files;
  files.push_back({.name = "memory", .source = MakeMemorySource("memory", std::move(bytes))});
  return PartsOfNamed(Checkpoint("memory", std::move(files), std::move(tensors), {}), nullptr);
}

}  // namespace modelkin
