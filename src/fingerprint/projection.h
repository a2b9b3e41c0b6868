// Weights of a layer as rows over residual coordinates, whichever way they are stored.
#ifndef MODELKIN_FINGERPRINT_PROJECTION_H_
#define MODELKIN_FINGERPRINT_PROJECTION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// `units` rows of `width` residual coordinates.
struct Projection {
  std::vector<float> rows;
  std::size_t units = 0, width = 0;
};

// Nothing if the weight is not there (null), no matrix over residual coordinates, of more than 2^27
// elements, or not finite.
std::optional<Projection> ReadProjection(const ModelParts& model, const Part* part);
std::optional<Projection> ReadProjection(const ModelParts& model, std::uint32_t layer, Role role);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_PROJECTION_H_
