#include "architecture/head_tying.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kComparedRows = 64;

const Tensor* MatrixOf(std::span<const MatchedTensor> tensors, ModuleKind module) {
  const auto found = std::ranges::find_if(tensors, [&](const MatchedTensor& match) {
    return match.rule != nullptr && !match.is_scale && match.rule->module == module &&
           match.tensor->shape.size() == 2;
  });
  return found == tensors.end() ? nullptr : found->tensor;
}

std::vector<double> RowOf(const Checkpoint& checkpoint, const Tensor& tensor, std::uint64_t row) {
  const std::uint64_t columns = tensor.shape[1];
  std::vector<std::byte> scratch;
  const auto stored = TensorReader(checkpoint, tensor).Read(row * columns, columns, scratch);
  std::vector<double> values(columns);
  DecodeToDouble(tensor.dtype, stored.data(), columns, values.data());
  return values;
}

bool IsReadable(const Tensor& tensor) {
  return IsComparable(tensor.dtype) && BitWidth(tensor.dtype) % 8 == 0 && tensor.elements > 0;
}

}  // namespace

std::optional<bool> HeadRepeatsEmbedding(const Checkpoint& checkpoint,
                                         std::span<const MatchedTensor> tensors) {
  const Tensor* const embedding = MatrixOf(tensors, ModuleKind::kEmbedding);
  const Tensor* const head = MatrixOf(tensors, ModuleKind::kHead);
  if (embedding == nullptr || head == nullptr || embedding->shape != head->shape ||
      !IsReadable(*embedding) || !IsReadable(*head)) {
    return std::nullopt;
  }
  const std::uint64_t rows = head->shape[0], count = std::min(rows, kComparedRows);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t row = i * rows / count;
    const bool same = std::ranges::equal(
        RowOf(checkpoint, *embedding, row), RowOf(checkpoint, *head, row),
        [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
    if (!same) return false;
  }
  return true;
}

}  // namespace modelkin
