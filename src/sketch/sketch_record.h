// A sketch as bytes: a map of MessagePack (msgpack.org) of at most 8 KiB, described in
// docs/atlas.md.
#ifndef MODELKIN_SKETCH_SKETCH_RECORD_H_
#define MODELKIN_SKETCH_SKETCH_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sketch/sketch.h"

namespace modelkin {

inline constexpr std::size_t kMostSketchBytes = 8192;
inline constexpr std::uint32_t kMostSketchLayerNumber = 0xffff;  // layers beyond have no place

// Longer texts are cut, and further base models left out.
inline constexpr std::size_t kLongestName = 256, kLongestLocation = 512, kLongestFamily = 64;
inline constexpr std::size_t kMostBaseModels = 8, kLongestBaseModel = 96;

// Returns the bytes of a sketch, the same for equal sketches. Where they would be too many, layers
// are left out, those first whose hash is the largest (LayerRank).
std::string EncodeSketch(Sketch sketch);

// Returns the sketch that `record` holds. Throws Error(kBadInput), where `label` names the file, if
// it is longer than kMostSketchBytes, of another version, or breaks a rule of the form.
Sketch DecodeSketch(std::string_view record, const std::string& label);

// Returns where a layer stands in the order in which layers are chosen for sketches of models that
// have more than fit: those with the smallest numbers, so that models of different depths choose
// the same.
std::uint64_t LayerRank(std::uint32_t layer);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_RECORD_H_
