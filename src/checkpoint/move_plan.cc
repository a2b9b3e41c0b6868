#include "checkpoint/move_plan.h"

#include <algorithm>
#include <tuple>

#include "storage/coded_weight.h"

namespace modelkin {
namespace {

std::tuple<std::uint32_t, std::uint64_t, std::uint64_t> PlaceOf(const Tensor* tensor) {
  return {tensor->file, tensor->offset_bytes, tensor->length_bytes};
}

void AddParts(const Tensor& tensor, std::vector<const Tensor*>& tensors) {
  if (tensor.coded == nullptr) return;
  for (const Tensor& part : tensor.coded->parts) {
    tensors.push_back(&part);
    AddParts(part, tensors);
  }
}

}  // namespace

MovePlan PlanMoves(const Checkpoint& checkpoint, std::vector<const Tensor*> tensors) {
  const std::size_t named = tensors.size();
  for (std::size_t i = 0; i < named; ++i) AddParts(*tensors[i], tensors);
  std::erase_if(tensors, [](const Tensor* tensor) { return tensor->coded != nullptr; });
  std::ranges::sort(tensors, {}, PlaceOf);
  const auto repeated = std::ranges::unique(tensors, {}, PlaceOf);
  tensors.erase(repeated.begin(), repeated.end());
  MovePlan plan{.tensors = tensors.size(), .checkpoint_bytes = checkpoint.total_bytes()};
  std::uint64_t planned_to = 0;  // in the file: blocks that tensors share move once
  const ByteSource* file = nullptr;
  for (const Tensor* const tensor : tensors) {
    plan.bytes += tensor->length_bytes;
    const ByteSource& source = *checkpoint.files()[tensor->file].source;
    if (&source != file) planned_to = 0;
    file = &source;
    const std::uint64_t first = tensor->offset_bytes / kMovedBlockBytes * kMovedBlockBytes;
    const std::uint64_t end =
        std::min((tensor->offset_bytes + tensor->length_bytes + kMovedBlockBytes - 1) /
                     kMovedBlockBytes * kMovedBlockBytes,
                 source.size_bytes());
    const std::uint64_t from = std::max(first, planned_to);
    if (tensor->length_bytes == 0 || from >= end) continue;
    plan.to_move += source.BytesToMove(from, end - from);
    planned_to = end;
  }
  return plan;
}

}  // namespace modelkin
