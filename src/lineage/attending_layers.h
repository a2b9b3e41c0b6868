// Which layers of a model attention is read of as a whole.
#ifndef MODELKIN_LINEAGE_ATTENDING_LAYERS_H_
#define MODELKIN_LINEAGE_ATTENDING_LAYERS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Draws of those of `layers` that have attention, by names alone; of all, where none has.
std::vector<std::uint32_t> LayersReadWhole(const ModelParts& model,
                                           std::span<const std::uint32_t> layers,
                                           const DrawPlan& plan, std::uint64_t seed);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_ATTENDING_LAYERS_H_
