#include "explanation/fact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace modelkin {
namespace {

constexpr std::array kRotaryObjects = {"rope_parameters", "rope_scaling"};

ValueRange RangeOf(const std::vector<float>& values) {
  ValueRange range{.smallest = values.front(), .mean = 0, .largest = values.front()};
  for (const float value : values) {
    range.smallest = std::min<double>(range.smallest, value);
    range.largest = std::max<double>(range.largest, value);
    range.mean += value;
  }
  range.mean /= static_cast<double>(values.size());
  return range;
}

bool Holds(const nlohmann::json* object, std::string_view key) {
  return object != nullptr && object->is_object() && object->contains(std::string(key)) &&
         !object->at(std::string(key)).is_null();
}

}  // namespace

void FactSheet::Add(std::string name, std::string label, Value value, FactOrigin origin,
                    std::string from) {
  to_.facts.push_back({.name = std::move(name),
                       .label = std::move(label),
                       .value = std::move(value),
                       .origin = origin,
                       .from = std::move(from)});
}

void FactSheet::Size(std::string_view size, std::string label) {
  const auto found = model_.spec().sizes.find(size);
  if (found == model_.spec().sizes.end()) return;
  const auto& [value, key] = found->second;
  Add(std::string(size), std::move(label), value,
      key.empty() ? FactOrigin::kFamily : FactOrigin::kConfig, key);
}

void FactSheet::Config(std::string name, std::string label, Value value, std::string_view key) {
  const auto* const stored = model_.config().Find(key);
  const bool given = stored != nullptr && !stored->is_null();
  Add(std::move(name), std::move(label), std::move(value),
      given ? FactOrigin::kConfig : FactOrigin::kFamily, given ? std::string(key) : "");
}

void FactSheet::Rotary(std::string name, std::string label, Value value, std::string_view key) {
  for (const char* object : kRotaryObjects) {
    if (!Holds(model_.config().Find(object), key)) continue;
    Add(std::move(name), std::move(label), std::move(value), FactOrigin::kConfig,
        fmt::format("{}.{}", object, key));
    return;
  }
  Config(std::move(name), std::move(label), std::move(value), key);
}

bool FactSheet::HasRotaryKey(const RunnableModel& model, std::string_view key) {
  return std::ranges::any_of(
      kRotaryObjects, [&](const char* object) { return Holds(model.config().Find(object), key); });
}

void FactSheet::Counted(std::string name, std::string label, Value value, std::string of) {
  Add(std::move(name), std::move(label), std::move(value), FactOrigin::kTensor, std::move(of));
}

void FactSheet::Computed(std::string name, std::string label, Value value, std::string how) {
  Add(std::move(name), std::move(label), std::move(value), FactOrigin::kComputed, std::move(how));
}

void FactSheet::Family(std::string name, std::string label, Value value) {
  Add(std::move(name), std::move(label), std::move(value), FactOrigin::kFamily, "");
}

bool FactSheet::HasTensor(std::size_t layer, Role role, bool is_bias) const {
  return model_.weights().Has(TensorOfLayer(layer, role, is_bias));
}

bool FactSheet::HasMlpTensor(std::size_t layer, MlpId mlp, Role role, bool is_bias) const {
  return model_.weights().Has(TensorOfMlp(layer, mlp, role, is_bias));
}

void FactSheet::Tensor(std::size_t layer, std::string part, Role role, bool is_bias) {
  AddTensor(std::move(part), TensorOfLayer(layer, role, is_bias));
}

void FactSheet::MlpTensor(std::size_t layer, std::string part, MlpId mlp, Role role, bool is_bias) {
  AddTensor(std::move(part), TensorOfMlp(layer, mlp, role, is_bias));
}

void FactSheet::ModelTensor(std::string part, Role role) {
  AddTensor(std::move(part), TensorOfModel(role));
}

void FactSheet::AddTensor(std::string part, const std::string& name) {
  const modelkin::Tensor* const tensor = model_.weights().checkpoint().Find(name);
  if (tensor == nullptr) return;
  const bool is_part = tensor->view != nullptr && tensor->coded == nullptr &&
                       tensor->length_bytes * 8 != tensor->elements * BitWidth(tensor->dtype);
  to_.tensors.push_back({.part = std::move(part),
                         .stored_name = tensor->stored_name(),
                         .is_part = is_part,
                         .shape = tensor->shape,
                         .type = TypeText(*tensor)});
}

void FactSheet::Range(std::string label, Role role, bool is_bias) {
  RangeFact fact{.label = std::move(label), .all = {}, .layers = {}};
  std::vector<float> all;
  for (std::size_t layer = 0; layer < model_.layers(); ++layer) {
    const std::string name = TensorOfLayer(layer, role, is_bias);
    const modelkin::Tensor* const tensor = model_.weights().checkpoint().Find(name);
    if (tensor == nullptr || tensor->shape.size() != 1 || tensor->elements == 0) continue;
    const std::vector<float> values = model_.weights().Vector(name, tensor->elements);
    fact.layers.push_back({.layer = layer, .range = RangeOf(values)});
    all.insert(all.end(), values.begin(), values.end());
  }
  if (all.empty()) return;
  fact.all = RangeOf(all);
  to_.ranges.push_back(std::move(fact));
}

void FactSheet::Spans(std::span<const std::string> kinds) {
  for (std::size_t layer = 0; layer < kinds.size(); ++layer) {
    if (!to_.spans.empty() && to_.spans.back().kind == kinds[layer]) {
      to_.spans.back().last = layer;
    } else {
      to_.spans.push_back({.first = layer, .last = layer, .kind = kinds[layer]});
    }
  }
}

}  // namespace modelkin
