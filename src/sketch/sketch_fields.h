// A sketch as a map, whose bytes are binary values: what both of its written forms are made of.
#ifndef MODELKIN_SKETCH_SKETCH_FIELDS_H_
#define MODELKIN_SKETCH_SKETCH_FIELDS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sketch/sketch.h"

namespace modelkin {

// Of each layer in a component's "layers": number, 2 bytes; bits; profiles of both norms.
inline constexpr std::size_t kLayerBytes = 2 + kLayerBits / 8 + 2 * kNormValues;
// Of each layer in "keys" and "routers": number, 2 bytes; profile.
inline constexpr std::size_t kSpectrumBytesOfRecord = 2 + kSpectrumValues;

nlohmann::json MapOfSketch(const Sketch& sketch);

// Throws Error(kBadInput), where `label` names the file, where the map breaks a rule of the form.
Sketch SketchOfMap(const nlohmann::json& map, const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_FIELDS_H_
