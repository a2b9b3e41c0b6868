// Which tensors of a large model are compared byte by byte.
#ifndef MODELKIN_LINEAGE_DRAWN_COPIES_H_
#define MODELKIN_LINEAGE_DRAWN_COPIES_H_

#include <cstdint>

#include "lineage/copied_tensors.h"
#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Draws one expert of each layer, by the seed and by layers, and all that belongs to no expert. The
// experts of a layer are a group. Nothing, which is all, where plan.run_bytes is 1.
CopyDraw DrawCopies(const ModelParts& b, const DrawPlan& plan, std::uint64_t seed);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_COPIES_H_
