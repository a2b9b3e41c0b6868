// What encoders of images have in common.
#ifndef MODELKIN_ARCHITECTURE_FAMILIES_VISION_PARTS_H_
#define MODELKIN_ARCHITECTURE_FAMILIES_VISION_PARTS_H_

#include <string_view>
#include <vector>

#include "architecture/families/encoder_parts.h"

namespace modelkin::families {

// What sizes are without a key for them; "" for what has to be there.
struct VisionDefaults {
  std::string_view residual = {}, layers = {}, heads = {}, width = {}, image = {}, patch = {};
};

// Of an image, its patches and the layers. "grid": patches along a side; `positions`: how many rows
// the table of positions has.
Sizes VisionSizes(const VisionDefaults& without, std::string_view positions = "grid * grid");

Family VisionEncoder(std::string_view name, std::string_view title,
                     std::vector<std::string_view> model_types, Sizes sizes, Table table);

// The layers that CLIP, SigLIP and many others have.
Table ClipLayers(std::string_view stored);

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_VISION_PARTS_H_
