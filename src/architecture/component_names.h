// Which component a tensor is of, by its name alone.
#ifndef MODELKIN_ARCHITECTURE_COMPONENT_NAMES_H_
#define MODELKIN_ARCHITECTURE_COMPONENT_NAMES_H_

#include <string_view>

#include "modelkin/component.h"

namespace modelkin {

// Returns what the modules before the number of the layer say: "model.visual.blocks.0.attn.qkv" is
// vision. Text where they say nothing.
Component ComponentOfName(std::string_view tensor_name);

// Leaves out what a name begins with where an encoder is a part of a larger model, or the encoder's
// own module: "model.vision_tower.vision_model.encoder.layers.0." becomes "encoder.layers.0.".
std::string_view InsideTower(std::string_view tensor_name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_COMPONENT_NAMES_H_
