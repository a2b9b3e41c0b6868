#include "basis/folded_norms.h"

#include <fmt/format.h>

#include <string_view>

#include "fingerprint/part_names.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::string_view kMlpNorm = "pre_feedforward_layernorm.weight";

bool IsNorm(const Part& part) { return part.component == Component::kNorm; }

}  // namespace

NormWeights::NormWeights(const ModelParts& model) {
  for (const Part& part : model.parts) {
    if (!IsNorm(part) || part.residual_axis != 0 || part.tensor->shape.size() != 1) continue;
    std::vector<float> weights;
    const bool finite = ReadByUnit(model.checkpoint, *part.tensor, 0, weights);
    if (!finite || !part.tensor->name.ends_with("weight")) continue;
    by_name_.emplace(part.tensor->name, std::make_shared<const std::vector<float>>(weights));
  }
}

std::string NormWeights::NameBefore(const Part& part, bool has_mlp_norm) {
  const std::string& name = part.tensor->name;
  if (name == kUnembeddingName) return "model.norm.weight";
  if (!part.layer || part.residual_axis != 1) return "";
  const std::size_t own = name.find(fmt::format("layers.{}.", *part.layer));
  if (own == std::string::npos) return "";
  const std::string layer = name.substr(0, name.find('.', own + 7) + 1);
  const std::string_view role = std::string_view(name).substr(layer.size());
  if (role.starts_with("self_attn.")) return layer + "input_layernorm.weight";
  if (!role.starts_with("mlp.")) return "";
  return layer + (has_mlp_norm ? std::string(kMlpNorm) : "post_attention_layernorm.weight");
}

Coordinates NormWeights::Before(const Part& part) const {
  if (const auto found = by_name_.find(NameBefore(part, true)); found != by_name_.end()) {
    return found->second;
  }
  const auto found = by_name_.find(NameBefore(part, false));
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<Arrangement> FoldedParts(const ModelParts& model,
                                     const std::shared_ptr<const ResidualMap>& map) {
  const NormWeights norms(model);
  std::vector<Arrangement> parts;
  for (const Part& part : model.parts) {
    if (IsNorm(part) && part.residual_axis) continue;
    // What has more axes is not mapped, and would be of another width than the rest.
    const bool mapped = part.tensor->shape.size() <= 2;
    if (!mapped && part.residual_axis && map != nullptr && map->width_a != map->width) continue;
    parts.push_back({.from = &part,
                     .name = part.tensor->name,
                     .multiplied = norms.Before(part),
                     .residual = map});
  }
  return parts;
}

ModelParts Folded(const ModelParts& model, const std::shared_ptr<const ResidualMap>& map) {
  ModelParts folded = WithTensors(model, Arranged(model, FoldedParts(model, map)));
  if (map != nullptr) folded.residual = map->width;
  return folded;
}

}  // namespace modelkin
