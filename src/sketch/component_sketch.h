// The part of a sketch that is about one of a model's components.
#ifndef MODELKIN_SKETCH_COMPONENT_SKETCH_H_
#define MODELKIN_SKETCH_COMPONENT_SKETCH_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"
#include "sketch/sketch.h"
#include "sketch/sketch_reader.h"

namespace modelkin {

// Weights of keys and routers, whose singular values are computed, are read up to as many bytes:
// the second of models of more than kLargeModelBytes.
inline constexpr std::uint64_t kSpectrumBytes = 10'000'000, kLargeSpectrumBytes = 36'000'000;
inline constexpr std::uint64_t kLargeModelBytes = 50'000'000'000;
// Wider embeddings are no rows of tokens.
inline constexpr std::uint64_t kMostUntrainedColumns = std::uint64_t{1} << 17;

struct ComponentSketch {
  SketchedComponent sketch;
  // Of each sketched layer, in their order, the SHA-256 of the values that were read, as
  // little-endian floats.
  std::vector<std::string> digests;
};

// Returns a sketch of each component that has matrices to project; of those whose values are all
// the same or not finite, none. Reads several layers at a time, on `threads` threads.
std::vector<ComponentSketch> SketchComponents(const ModelParts& model, SketchReader& reader,
                                              unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_COMPONENT_SKETCH_H_
