#include "fingerprint/projection.h"

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostProjectedElements = std::uint64_t{1} << 27;

}  // namespace

std::optional<Projection> ReadProjection(const ModelParts& model, std::uint32_t layer, Role role) {
  return ReadProjection(model, model.FindInLayer(layer, role));
}

std::optional<Projection> ReadProjection(const ModelParts& model, const Part* part) {
  if (part == nullptr || part->tensor->shape.size() != 2 || !part->residual_axis() ||
      part->tensor->elements > kMostProjectedElements) {
    return std::nullopt;
  }
  const std::size_t axis = 1 - *part->residual_axis();
  Projection projection{.rows = {},
                        .units = part->tensor->shape[axis],
                        .width = part->tensor->shape[*part->residual_axis()]};
  if (!ReadByUnit(model.checkpoint, *part->tensor, axis, projection.rows)) return std::nullopt;
  return projection;
}

}  // namespace modelkin
