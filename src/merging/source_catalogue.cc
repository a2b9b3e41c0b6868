#include "merging/source_catalogue.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace modelkin {
namespace {

constexpr std::string_view kExperts = ".mlp.experts.";

// "model.layers.3.mlp.experts.5.up_proj.weight"
struct ExpertName {
  std::string module;  // "model.layers.3.mlp.experts"
  std::uint32_t expert = 0;
  std::string_view weight;  // "up_proj.weight"
};

std::optional<ExpertName> FindExpert(std::string_view name) {
  const std::size_t at = name.find(kExperts);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t number = at + kExperts.size();
  std::uint32_t expert = 0;
  const auto [end, error] =
      std::from_chars(name.data() + number, name.data() + name.size(), expert);
  const auto after = static_cast<std::size_t>(end - name.data());
  if (error != std::errc() || after == name.size() || *end != '.') return std::nullopt;
  return ExpertName{std::string(name.substr(0, number - 1)), expert, name.substr(after + 1)};
}

// Of one module: weights of each expert by kind, in order of experts.
struct ExpertWeights {
  std::vector<const Tensor*> gate, up, down;

  // Whether all experts have all three, of one type and shape each.
  bool CanBeStacked() const {
    if (gate.empty() || gate.size() != up.size() || gate.size() != down.size()) return false;
    const auto alike = [](const std::vector<const Tensor*>& all, const Tensor& first) {
      return std::ranges::all_of(all, [&](const Tensor* one) {
        return one != nullptr && one->shape == first.shape && one->dtype == first.dtype &&
               one->shape.size() == 2 && one->coded == nullptr;
      });
    };
    return gate[0] != nullptr && down[0] != nullptr && alike(gate, *gate[0]) &&
           alike(up, *gate[0]) && alike(down, *down[0]);
  }
};

SourceTensor Stacked(std::string name, std::uint64_t rows, std::vector<const Tensor*> parts,
                     std::uint64_t experts) {
  SourceTensor stacked{.name = std::move(name),
                       .shape = {experts, rows, parts[0]->shape[1]},
                       .elements = 0,
                       .dtype = parts[0]->dtype,
                       .parts = std::move(parts)};
  for (const Tensor* const part : stacked.parts) stacked.elements += part->elements;
  return stacked;
}

std::vector<const Tensor*>* ListOf(ExpertWeights& weights, std::string_view weight) {
  if (weight == "gate_proj.weight") return &weights.gate;
  if (weight == "up_proj.weight") return &weights.up;
  if (weight == "down_proj.weight") return &weights.down;
  return nullptr;
}

}  // namespace

std::optional<LayerName> FindLayerName(std::string_view name) {
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    std::uint32_t layer = 0;
    const char* const begin = name.data() + dot + 1;
    const auto [end, error] = std::from_chars(begin, name.data() + name.size(), layer);
    if (error != std::errc() || end == name.data() + name.size() || *end != '.') continue;
    const auto after = static_cast<std::size_t>(end - name.data());
    return LayerName{name.substr(0, dot + 1), name.substr(after), layer};
  }
  return std::nullopt;
}

SourceCatalogue::SourceCatalogue(const Checkpoint& checkpoint, bool stacked) {
  std::map<std::string, ExpertWeights> experts;
  std::set<const Tensor*> used;
  if (stacked) {
    for (const Tensor& tensor : checkpoint.tensors()) {
      const auto found = FindExpert(tensor.name);
      if (!found || found->expert > checkpoint.tensors().size()) continue;
      auto* const list = ListOf(experts[found->module], found->weight);
      if (list == nullptr) continue;
      if (list->size() <= found->expert) list->resize(found->expert + 1);
      (*list)[found->expert] = &tensor;
    }
  }
  for (const auto& [module, weights] : experts) {
    if (!weights.CanBeStacked()) continue;
    std::vector<const Tensor*> both;
    for (std::size_t i = 0; i < weights.gate.size(); ++i) {
      both.push_back(weights.gate[i]);
      both.push_back(weights.up[i]);
    }
    used.insert(both.begin(), both.end());
    used.insert(weights.down.begin(), weights.down.end());
    const std::uint64_t count = weights.gate.size();
    tensors_.push_back(
        Stacked(module + ".gate_up_proj", 2 * weights.gate[0]->shape[0], std::move(both), count));
    tensors_.push_back(
        Stacked(module + ".down_proj", weights.down[0]->shape[0], weights.down, count));
  }
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (used.contains(&tensor)) continue;
    tensors_.push_back({.name = tensor.name,
                        .shape = tensor.shape,
                        .elements = tensor.elements,
                        .dtype = tensor.dtype,
                        .parts = {&tensor}});
  }
  for (const SourceTensor& tensor : tensors_) by_name_.emplace(tensor.name, &tensor);
}

const SourceTensor* SourceCatalogue::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

bool HasStackedExperts(const Checkpoint& checkpoint) {
  return std::ranges::any_of(checkpoint.tensors(), [](const Tensor& tensor) {
    return tensor.name.ends_with(".mlp.experts.gate_up_proj");
  });
}

}  // namespace modelkin
