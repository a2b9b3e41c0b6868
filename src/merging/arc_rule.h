// Spherical interpolation between two tensors.
#ifndef MODELKIN_MERGING_ARC_RULE_H_
#define MODELKIN_MERGING_ARC_RULE_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "merging/size_threshold.h"

namespace modelkin {

// Elements that a norm and a dot product are summed over at once.
inline constexpr std::size_t kArcChunk = std::size_t{1} << 20;

// What the base and the other tensor are multiplied by.
struct ArcFactors {
  float base = 0, other = 0;
  bool on_line = false;  // so nearly parallel that it is the straight line between them

  float Merge(float of_base, float of_other) const { return base * of_base + other * of_other; }
};

// Factors at `t`, of tensors that are read in chunks of kArcChunk elements, the last one shorter.
// Norms and products are summed as torch sums them with one thread; sines and arc cosines are
// rounded to nearest, which those of torch (Intel's MKL) mostly are.
ArcFactors FindArcFactors(const ChunkValues& read_base, const ChunkValues& read_other,
                          std::size_t chunks, double t, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_ARC_RULE_H_
