// A sketch as a line of JSON, for people and for other programs: docs/sketch.schema.json.
#ifndef MODELKIN_SKETCH_SKETCH_JSON_H_
#define MODELKIN_SKETCH_SKETCH_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "sketch/sketch.h"

namespace modelkin {

// Longer lines are no sketches: a record of 8 KiB takes less than half of it.
inline constexpr std::size_t kMostSketchLine = std::size_t{1} << 16;

// Returns the sketch as one line, its end included. Bits are hexadecimal digits of the record's
// bytes. What is no UTF-8 in names is replaced.
std::string SketchJson(const Sketch& sketch);

// Returns the sketch of such a line, with or without its end. Throws Error(kBadInput), where
// `label` names the file, where it is longer than kMostSketchLine or breaks a rule of the record.
Sketch ReadSketchJson(std::string_view line, const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_JSON_H_
