// A sketch as a line of JSON that other programs read: bits are hexadecimal, profiles are lists.
// docs/atlas.md, "Sketches as JSON".
#ifndef MODELKIN_SKETCH_SKETCH_JSON_H_
#define MODELKIN_SKETCH_SKETCH_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "sketch/sketch.h"

namespace modelkin {

inline constexpr std::size_t kMostSketchJsonBytes = std::size_t{1} << 17;

// Returns one line, without a line end, of a sketch as DecodeSketch gives it. Bytes of texts that
// are no UTF-8 are replaced.
std::string WriteSketchJson(const Sketch& sketch);

// Reads it back; of a sketch whose texts are UTF-8 EncodeSketch then gives the same bytes as
// before. Throws Error(kBadInput), where `label` names the file, if it is longer than
// kMostSketchJsonBytes, of another version, or breaks a rule of the form.
Sketch ReadSketchJson(std::string_view line, const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_JSON_H_
