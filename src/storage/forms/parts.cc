#include "storage/forms/parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace modelkin::forms {

std::optional<std::string_view> StemOf(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  return name.substr(0, name.size() - ending.size());
}

std::optional<CodeWords> FindCodeWords(const Tensor& codes, const StoredTensors& all) {
  const auto stem = StemOf(codes.name, ".qweight");
  if (!stem || codes.dtype != DType::kI32 || codes.elements == 0 || codes.shape.size() != 2) {
    return std::nullopt;
  }
  const CodeWords words{
      .stem = *stem, .scales = all.Find(*stem, ".scales"), .zeros = all.Find(*stem, ".qzeros")};
  if (words.scales == nullptr || words.zeros == nullptr) return std::nullopt;
  return words;
}

std::vector<Tensor> PartsOf(const Tensor& codes, std::initializer_list<const Tensor*> others) {
  std::vector<Tensor> parts = {codes};
  for (const Tensor* const other : others) {
    if (other != nullptr) parts.push_back(*other);
  }
  return parts;
}

void AddOthers(std::string_view stem, std::span<const std::string_view> endings,
               const StoredTensors& all, CodedWeight& coded) {
  for (const std::string_view ending : endings) {
    const Tensor* const other = all.Find(stem, ending);
    if (other == nullptr ||
        std::ranges::find(coded.parts, other->name, &Tensor::name) != coded.parts.end()) {
      continue;
    }
    coded.parts.push_back(*other);
  }
}

void RequireShape(const Tensor& tensor, std::span<const DType> types, const Shape& shape,
                  std::string_view what) {
  if (tensor.shape == shape && std::ranges::find(types, tensor.dtype) != types.end()) return;
  std::vector<std::string_view> names;
  for (const DType type : types) names.push_back(DTypeName(type));
  FailForm(tensor,
           fmt::format("{} {} where {} have to be {} {}", DTypeName(tensor.dtype),
                       ShapeText(tensor.shape), what, fmt::join(names, " or "), ShapeText(shape)));
}

std::uint64_t RowsOf(const Shape& shape) {
  std::uint64_t rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

}  // namespace modelkin::forms
