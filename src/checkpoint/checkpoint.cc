#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"
#include "checkpoint/safetensors.h"

namespace modelkin {
bool TensorView::contiguous() const {
  std::uint64_t step = 1;
  for (std::size_t i = dimensions.size(); i-- > 0;) {
    if (dimensions[i] != 1 && strides[i] != step) return false;
    step *= dimensions[i];
  }
  return true;
}

void Checkpoint::RequireUnchanged() const {
  for (const CheckpointFile& file : files_) file.source->RequireUnchanged();
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

Checkpoint::Checkpoint(std::string path, std::vector<CheckpointFile> files,
                       std::vector<Tensor> tensors, std::vector<std::string> warnings,
                       bool incomplete)
    : path_(std::move(path)),
      files_(std::move(files)),
      tensors_(std::move(tensors)),
      warnings_(std::move(warnings)),
      incomplete_(incomplete) {
  tensors_.shrink_to_fit();
  std::ranges::sort(tensors_, NaturalLess, &Tensor::name);
  for (const Tensor& tensor : tensors_) {
    total_elements_ += tensor.elements;
    total_bytes_ += tensor.length_bytes;
  }
  const auto name_of = [this](std::uint32_t i) -> const std::string& { return tensors_[i].name; };
  by_name_.resize(tensors_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::ranges::stable_sort(by_name_, {}, name_of);
  const auto twice = std::ranges::adjacent_find(by_name_, {}, name_of);
  if (twice == by_name_.end()) return;
  const Tensor &one = tensors_[*twice], &other = tensors_[*std::next(twice)];
  throw Error(
      ErrorKind::kBadInput, "name occurs in two files, also in " + Printable(files_[one.file].name),
      {.file = SourceOf(other).label(), .tensor = other.name, .offset_bytes = other.offset_bytes});
}

const Tensor* Checkpoint::Find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      by_name_, name, {}, [this](std::uint32_t i) -> std::string_view { return tensors_[i].name; });
  return found == by_name_.end() || tensors_[*found].name != name ? nullptr : &tensors_[*found];
}

Checkpoint OpenSafetensors(std::shared_ptr<const ByteSource> file) {
  SafetensorsHeader header = ReadSafetensorsHeader(*file);
  std::vector<Tensor> tensors;
  tensors.reserve(header.tensors.size());
  for (SafetensorsTensor& t : header.tensors) {
    tensors.push_back({.name = std::move(t.name),
                       .dtype = t.dtype,
                       .shape = std::move(t.shape),
                       .elements = t.elements,
                       .file = 0,
                       .offset_bytes = t.offset_bytes,
                       .length_bytes = t.length_bytes});
  }
  MarkStoredForms(tensors);
  const std::string path = file->label();
  const std::string name = path.substr(path.find_last_of('/') + 1);
  std::vector<CheckpointFile> files;
  files.push_back({.name = name, .source = std::move(file), .header_bytes = header.header_bytes});
  return {path, std::move(files), std::move(tensors), {}};
}

}  // namespace modelkin
