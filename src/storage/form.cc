#include "storage/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"
#include "storage/forms/forms.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostContentBytes = 1 << 16;

}  // namespace

QuantisationConfig::QuantisationConfig(nlohmann::json values)
    : values_(std::make_shared<const nlohmann::json>(std::move(values))) {}

const nlohmann::json* QuantisationConfig::Find(std::string_view key) const {
  if (values_ == nullptr || !values_->is_object()) return nullptr;
  const auto found = values_->find(key);
  return found == values_->end() ? nullptr : &*found;
}

std::string QuantisationConfig::Text(std::string_view key) const {
  const nlohmann::json* const value = Find(key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::optional<std::uint64_t> QuantisationConfig::Size(std::string_view key) const {
  const nlohmann::json* const value = Find(key);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

std::optional<bool> QuantisationConfig::Flag(std::string_view key) const {
  const nlohmann::json* const value = Find(key);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

StoredTensors::StoredTensors(std::span<const Tensor> tensors, const PartReader* reader)
    : reader_(reader) {
  by_name_.reserve(tensors.size());
  for (const Tensor& tensor : tensors) by_name_.emplace(tensor.name, &tensor);
}

const Tensor* StoredTensors::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const Tensor* StoredTensors::Find(std::string_view stem, std::string_view ending) const {
  return Find(std::string(stem).append(ending));
}

std::optional<std::vector<std::byte>> StoredTensors::Content(const Tensor& tensor) const {
  if (reader_ == nullptr) return std::nullopt;
  if (tensor.length_bytes > kMostContentBytes) {
    FailForm(tensor, fmt::format("{} bytes say how a weight is stored, at most {} can be right",
                                 tensor.length_bytes, kMostContentBytes));
  }
  std::vector<std::byte> scratch;
  const auto bytes = reader_->Read(tensor, 0, tensor.length_bytes, scratch);
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

void FailForm(const Tensor& tensor, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = {}, .tensor = tensor.stored_name(), .offset_bytes = tensor.offset_bytes});
}

Tensor MakeCodedWeight(std::string name, Shape shape, CodedWeight coded) {
  const Tensor& codes = coded.parts.front();
  const auto elements = ElementCount(shape);
  if (!elements) FailForm(codes, fmt::format("shape {} overflows 64 bits", ShapeText(shape)));
  Tensor weight{.name = std::move(name),
                .dtype = DType::kF32,
                .shape = std::move(shape),
                .elements = *elements,
                .file = codes.file,
                .offset_bytes = codes.offset_bytes,
                .length_bytes = codes.length_bytes};
  weight.stored.coding = coded.coding;
  weight.coded = std::make_shared<const CodedWeight>(std::move(coded));
  return weight;
}

namespace {

// Forms read bytes, which a view of torch's has in another order.
void RequireInOrder(const Tensor& part) {
  if (part.view == nullptr) return;
  FailForm(part,
           "belongs to a quantised weight, but its elements do not lie in order: save it by "
           "contiguous()");
}

}  // namespace

void DecodeStoredForms(std::vector<Tensor>& tensors, const QuantisationConfig& config,
                       const PartReader* reader) {
  const StoredTensors all(tensors, reader);
  std::vector<Tensor> weights;
  std::unordered_set<std::string> taken;
  for (const Tensor& tensor : tensors) {
    if (tensor.coded != nullptr) continue;
    for (const FindCodedWeight find : StoredForms()) {
      auto weight = find(tensor, all, config);
      if (!weight) continue;
      const Tensor* const same = all.Find(weight->name);
      if (same != nullptr && same != &tensor) break;
      for (const Tensor& part : weight->coded->parts) {
        RequireInOrder(part);
        taken.insert(part.name);
      }
      weights.push_back(std::move(*weight));
      break;
    }
  }
  if (weights.empty()) return;
  std::erase_if(tensors, [&](const Tensor& tensor) { return taken.contains(tensor.name); });
  std::ranges::move(weights, std::back_inserter(tensors));
}

}  // namespace modelkin
