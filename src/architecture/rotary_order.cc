#include "architecture/rotary_order.h"

#include <memory>
#include <utility>
#include <vector>

namespace modelkin {
namespace {

bool CanBeReordered(const Tensor& tensor, const RotaryOrder& order) {
  return !order.is_same() && order.head_size >= 2 && order.head_size % 2 == 0 &&
         !tensor.shape.empty() && tensor.shape[0] % order.head_size == 0 && tensor.elements > 0 &&
         (tensor.view == nullptr || tensor.view->dimensions == tensor.shape);
}

}  // namespace

std::optional<Tensor> InRotaryOrder(const Tensor& tensor, const RotaryOrder& order) {
  if (!CanBeReordered(tensor, order)) return std::nullopt;
  std::vector<std::uint64_t> strides(tensor.shape.size(), 1);
  for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
  TensorView view{tensor.stored_name(), 0, tensor.shape, std::move(strides)};
  if (tensor.view != nullptr) view = *tensor.view;
  // The first axis, split into heads, halves of the one order, and those of the other.
  const std::uint64_t row = view.strides[0], half = order.head_size / 2;
  const bool pairs = order.layout == RotaryLayout::kPairsInB;
  view.dimensions[0] = pairs ? half : 2;
  view.strides[0] = pairs ? 2 * row : half * row;
  view.dimensions.insert(view.dimensions.begin(), pairs ? 2 : half);
  view.strides.insert(view.strides.begin(), row);
  view.dimensions.insert(view.dimensions.begin(), tensor.shape[0] / order.head_size);
  view.strides.insert(view.strides.begin(), order.head_size * row);
  Tensor reordered = tensor;
  reordered.view = std::make_shared<const TensorView>(std::move(view));
  return reordered;
}

}  // namespace modelkin
