#include "lineage/matrix_layouts.h"

#include <fmt/format.h>

#include <utility>

namespace modelkin {
namespace {

TensorView AsView(const Tensor& matrix) {
  if (matrix.view != nullptr) return *matrix.view;
  return {matrix.name, 0, matrix.shape, {matrix.shape[1], 1}};
}

Tensor Seen(const Tensor& matrix, TensorView view, std::string name) {
  Tensor part = matrix;
  part.name = std::move(name);
  part.shape = view.dimensions;
  part.elements = part.shape[0] * part.shape[1];
  part.view = std::make_shared<TensorView>(std::move(view));
  return part;
}

}  // namespace

bool IsPlainMatrix(const Tensor& tensor) {
  return tensor.shape.size() == 2 && tensor.elements > 0 &&
         (tensor.view == nullptr || tensor.view->dimensions == tensor.shape);
}

Tensor Transposed(const Tensor& matrix) {
  TensorView view = AsView(matrix);
  std::swap(view.dimensions[0], view.dimensions[1]);
  std::swap(view.strides[0], view.strides[1]);
  return Seen(matrix, std::move(view), matrix.name);
}

std::vector<Tensor> RowBlocks(const Tensor& matrix, std::span<const std::uint64_t> rows) {
  std::vector<Tensor> parts;
  std::uint64_t first = 0;
  for (const std::uint64_t count : rows) {
    TensorView view = AsView(matrix);
    view.offset += first * view.strides[0];
    view.dimensions[0] = count;
    first += count;
    parts.push_back(
        Seen(matrix, std::move(view), fmt::format("{}.part{}", matrix.name, parts.size())));
  }
  return parts;
}

std::vector<Tensor> AlternateRows(const Tensor& matrix, std::uint64_t count) {
  std::vector<Tensor> parts;
  for (std::uint64_t part = 0; part < count; ++part) {
    TensorView view = AsView(matrix);
    view.offset += part * view.strides[0];
    view.dimensions[0] /= count;
    view.strides[0] *= count;
    parts.push_back(Seen(matrix, std::move(view), fmt::format("{}.part{}", matrix.name, part)));
  }
  return parts;
}

}  // namespace modelkin
