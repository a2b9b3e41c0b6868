#include "storage/tensor.h"

#include "storage/coded_weight.h"

namespace modelkin {

bool TensorView::contiguous() const {
  std::uint64_t step = 1;
  for (std::size_t i = dimensions.size(); i-- > 0;) {
    if (dimensions[i] != 1 && strides[i] != step) return false;
    step *= dimensions[i];
  }
  return true;
}

bool HasShape(const Tensor& tensor) {
  // A scalar has one element.
  return !tensor.shape.empty() || tensor.elements > 0;
}

Tensor Renamed(Tensor tensor, std::string name) {
  if (name == tensor.name) return tensor;
  if (tensor.view == nullptr) {
    std::vector<std::uint64_t> strides(tensor.shape.size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
    tensor.view =
        std::make_shared<TensorView>(TensorView{tensor.name, 0, tensor.shape, std::move(strides)});
  }
  tensor.name = std::move(name);
  tensor.stored.weight_name.clear();
  return tensor;
}

void MoveToFile(Tensor& tensor, std::uint32_t file) {
  tensor.file = file;
  if (tensor.coded == nullptr) return;
  CodedWeight coded = *tensor.coded;
  for (Tensor& part : coded.parts) MoveToFile(part, file);
  tensor.coded = std::make_shared<const CodedWeight>(std::move(coded));
}

std::uint64_t StoredBytes(const Tensor& tensor) {
  if (tensor.coded == nullptr) return tensor.length_bytes;
  std::uint64_t bytes = 0;
  for (const Tensor& part : tensor.coded->parts) bytes += StoredBytes(part);
  return bytes;
}

std::string TypeText(const Tensor& tensor) {
  return tensor.coded != nullptr ? tensor.coded->label : std::string(DTypeName(tensor.dtype));
}

}  // namespace modelkin
