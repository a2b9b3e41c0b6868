#include "basis/folded_norms.h"

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {}  // namespace

NormWeights::NormWeights(const ModelParts& model) {
  for (const Part& part : model.parts) {
    if (!IsNorm(part.role) || part.residual_axis() != 0 || part.tensor->shape.size() != 1) continue;
    std::vector<float> weights;
    const bool finite = ReadByUnit(model.checkpoint, *part.tensor, 0, weights);
    if (!finite || part.is_bias) continue;
    by_name_.emplace(part.tensor->name, std::make_shared<const std::vector<float>>(weights));
  }
}

std::string NormWeights::NameBefore(const Part& part) const {
  if (part.role == Role::kHead) return TensorOfModel(Role::kFinalNorm);
  if (!part.layer || part.residual_axis() != 1) return "";
  if (IsSelfAttention(part.role) || part.role == Role::kMixerInput)
    return part.NameInOwnLayer(Role::kAttentionNorm);
  if (!IsOfMlp(part.role) && part.role != Role::kRouter) return "";
  const std::string of_gemma = part.NameInOwnLayer(Role::kGemmaMlpNorm);
  return by_name_.contains(of_gemma) ? of_gemma : part.NameInOwnLayer(Role::kMlpNorm);
}

Coordinates NormWeights::Before(const Part& part) const {
  const auto found = by_name_.find(NameBefore(part));
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<Arrangement> FoldedParts(const ModelParts& model,
                                     const std::shared_ptr<const ResidualMap>& map,
                                     const LeftOutByPart& left_out) {
  const NormWeights norms(model);
  std::vector<Arrangement> parts;
  for (const Part& part : model.parts) {
    if (IsNorm(part.role) && part.residual_axis()) continue;
    // What has more axes is not mapped, and would be of another width than the rest.
    const bool mapped = part.tensor->shape.size() <= 2;
    if (!mapped && part.residual_axis() && map != nullptr && map->width_a != map->width) continue;
    const auto identity = left_out.find(&part);
    parts.push_back({.from = &part,
                     .name = part.tensor->name,
                     .left_out = identity == left_out.end() ? nullptr : identity->second,
                     .multiplied = norms.Before(part),
                     .residual = map});
  }
  return parts;
}

ModelParts Folded(const ModelParts& model, const std::shared_ptr<const ResidualMap>& map,
                  const LeftOutByPart& left_out) {
  ModelParts folded = WithTensors(model, Arranged(model, FoldedParts(model, map, left_out)));
  if (map != nullptr) folded.residual = map->width;
  return folded;
}

}  // namespace modelkin
