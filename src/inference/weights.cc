#include "inference/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/role_names.h"
#include "base/error.h"
#include "base/natural_order.h"
#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSearchRun = 1 << 16;  // elements looked at in one go

// Where the elements of a tensor, or of a part of one, lie.
ReadRange RangeOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  const ByteSource* const source = &checkpoint.SourceOf(tensor);
  if (tensor.view == nullptr || tensor.coded != nullptr) {
    return {source, tensor.offset_bytes, tensor.length_bytes};
  }
  const std::uint64_t width = BitWidth(tensor.dtype) / 8;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < tensor.view->dimensions.size(); ++i) {
    last += (tensor.view->dimensions[i] - 1) * tensor.view->strides[i];
  }
  return {source, tensor.offset_bytes + tensor.view->offset * width, (last + 1) * width};
}

Error BadTensor(const Checkpoint& checkpoint, const Tensor& tensor, std::string_view problem) {
  return {ErrorKind::kBadInput,
          problem,
          {.file = checkpoint.SourceOf(tensor).label(),
           .tensor = tensor.stored_name(),
           .offset_bytes = tensor.offset_bytes}};
}

// Bytes from the stored tensor's start to an element; 0 where it is decoded.
std::uint64_t PlaceOf(const Tensor& tensor, std::uint64_t element) {
  if (tensor.coded != nullptr) return 0;
  std::uint64_t at = element;
  if (tensor.view != nullptr) {
    at = tensor.view->offset;
    for (std::size_t k = tensor.view->dimensions.size(); k-- > 0;) {
      at += element % tensor.view->dimensions[k] * tensor.view->strides[k];
      element /= tensor.view->dimensions[k];
    }
  }
  return at * (BitWidth(tensor.dtype) / 8);
}

bool IsSingleExpert(std::string_view name) {
  return ModuleKindOfName(name) == ModuleKind::kRoutedExperts;
}

}  // namespace

Weights::Weights(Checkpoint named, unsigned threads)
    : checkpoint_(std::move(named)),
      threads_(threads == 0 ? AvailableThreads() : threads),
      used_(std::make_unique<std::atomic<bool>[]>(checkpoint_.tensors().size())) {}

const Tensor& Weights::Require(const std::string& name) const {
  const Tensor* const tensor = checkpoint_.Find(name);
  if (tensor == nullptr) {
    const bool packed = checkpoint_.Find(name + "_blocks") != nullptr ||
                        checkpoint_.Find(name + "_packed") != nullptr;
    throw Error(ErrorKind::kBadInput,
                packed ? "is stored quantised, in a form that is not read"
                       : "is missing, and the model cannot be run without it",
                {.file = checkpoint_.path(), .tensor = name, .offset_bytes = {}});
  }
  if (tensor->dtype != DType::kF32 && tensor->dtype != DType::kF16 &&
      tensor->dtype != DType::kBF16) {
    throw BadTensor(checkpoint_, *tensor,
                    fmt::format("is stored as {}: only F32, F16 and BF16 weights can be run",
                                DTypeName(tensor->dtype)));
  }
  used_[static_cast<std::size_t>(tensor - checkpoint_.tensors().data())].store(
      true, std::memory_order_relaxed);
  return *tensor;
}

const Tensor& Weights::Require(const std::string& name, const Shape& shape) const {
  const Tensor& tensor = Require(name);
  if (tensor.shape != shape) {
    throw BadTensor(checkpoint_, tensor,
                    fmt::format("has shape {}, where config.json makes {}", ShapeText(tensor.shape),
                                ShapeText(shape)));
  }
  return tensor;
}

const Tensor& Weights::RequireColumns(const std::string& name, std::uint64_t columns) const {
  const Tensor& tensor = Require(name);
  if (tensor.shape.size() != 2 || tensor.shape[0] == 0 || tensor.shape[1] != columns) {
    throw BadTensor(checkpoint_, tensor,
                    fmt::format("has shape {}, where config.json makes {} columns",
                                ShapeText(tensor.shape), columns));
  }
  return tensor;
}

std::vector<float> Weights::Values(const std::string& name, const Shape& shape) const {
  const Tensor& tensor = Require(name, shape);
  const std::uint64_t size = tensor.elements;
  const TensorReader reader(checkpoint_, tensor);
  std::vector<std::byte> scratch;
  std::vector<float> values(size);
  DecodeToFloat(tensor.dtype, reader.Read(0, size, scratch).data(), size, values.data());
  reader.RequireNothingLost();
  InfinityToNan(values);
  return values;
}

Activations Weights::Rows(const Tensor& matrix, std::span<const std::uint64_t> rows) const {
  const std::uint64_t columns = matrix.shape[1];
  const TensorReader reader(checkpoint_, matrix);
  std::vector<std::byte> scratch;
  Activations out(rows.size(), columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    DecodeToFloat(matrix.dtype, reader.Read(rows[i] * columns, columns, scratch).data(), columns,
                  out.Row(i));
  }
  reader.RequireNothingLost();
  return out;
}

std::span<const Tensor> Weights::Under(std::string_view prefix) const {
  const auto& tensors = checkpoint_.tensors();
  const auto below = [](const Tensor& tensor, std::string_view name) {
    return NaturalLess(tensor.name, name);
  };
  const auto begin = std::lower_bound(tensors.begin(), tensors.end(), prefix, below);
  const auto end = std::find_if(
      begin, tensors.end(), [&](const Tensor& tensor) { return !tensor.name.starts_with(prefix); });
  return {begin, end};
}

std::uint64_t Weights::StoredBytes(std::string_view prefix) const {
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : Under(prefix)) bytes += tensor.elements * BitWidth(tensor.dtype) / 8;
  return bytes;
}

void Weights::ReadAhead(std::string_view prefix) const {
  std::vector<ReadRange> ranges;
  for (const Tensor& tensor : Under(prefix)) {
    if (!IsSingleExpert(tensor.name)) ranges.push_back(RangeOf(checkpoint_, tensor));
  }
  read_ahead_.Ask(std::move(ranges));
}

void Weights::ReadExpertsAhead(std::size_t layer, std::span<const std::uint32_t> experts) const {
  std::vector<ReadRange> ranges;
  for (const std::uint32_t expert : experts) {
    for (const Role role : {Role::kGate, Role::kUp, Role::kDown}) {
      const Tensor* const tensor =
          checkpoint_.Find(TensorOfMlp(layer, {ModuleKind::kRoutedExperts, expert}, role));
      if (tensor != nullptr) ranges.push_back(RangeOf(checkpoint_, *tensor));
    }
  }
  read_ahead_.Ask(std::move(ranges));
}

std::optional<Weights::BadValue> Weights::FindBadValue(std::string_view prefix,
                                                       const Tensor* but) const {
  for (std::size_t i = 0; i < checkpoint_.tensors().size(); ++i) {
    const Tensor& tensor = checkpoint_.tensors()[i];
    if (!used_[i].load() || &tensor == but || !tensor.name.starts_with(prefix)) continue;
    if (const auto bad = FindBadValue(tensor, 0, tensor.elements)) return bad;
  }
  return std::nullopt;
}

std::optional<Weights::BadValue> Weights::FindBadRow(const Tensor& matrix,
                                                     std::span<const std::uint64_t> rows) const {
  for (const std::uint64_t row : rows) {
    const std::uint64_t begin = row * matrix.shape[1];
    if (const auto bad = FindBadValue(matrix, begin, begin + matrix.shape[1])) return bad;
  }
  return std::nullopt;
}

std::optional<Weights::BadValue> Weights::FindBadValue(const Tensor& tensor, std::uint64_t begin,
                                                       std::uint64_t end) const {
  const TensorReader reader(checkpoint_, tensor);
  std::vector<std::byte> scratch;
  std::vector<float> values;
  for (; begin < end; begin += kSearchRun) {
    const std::uint64_t count = std::min(kSearchRun, end - begin);
    values.resize(count);
    DecodeToFloat(tensor.dtype, reader.Read(begin, count, scratch).data(), count, values.data());
    const auto bad = std::ranges::find_if(values, [](float v) { return !std::isfinite(v); });
    if (bad == values.end()) continue;
    const std::uint64_t element = begin + static_cast<std::uint64_t>(bad - values.begin());
    return BadValue{&tensor, element, tensor.offset_bytes + PlaceOf(tensor, element)};
  }
  return std::nullopt;
}

std::vector<std::string_view> Weights::Unused() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < checkpoint_.tensors().size(); ++i) {
    if (!used_[i].load()) names.push_back(checkpoint_.tensors()[i].name);
  }
  return names;
}

}  // namespace modelkin
