// Names of two models that differ by what they begin with.
#ifndef MODELKIN_ARCHITECTURE_PREFIX_ALIGNMENT_H_
#define MODELKIN_ARCHITECTURE_PREFIX_ALIGNMENT_H_

#include "checkpoint/checkpoint.h"

namespace modelkin {

struct AlignedNames {
  Checkpoint a, b;
};

// Gives tensors whose names the other model lacks one name in both, where they end alike. Which
// beginnings belong together is put to the vote: "visual." and "model.visual." do if that pairs
// more tensors of one shape than what else either could go with. Beginnings are whole components
// before the number of the layer, at most four. The name that a Llama-like decoder has is
// kept ("model.layers.0."), else the shorter, else A's. Reads no tensor.
AlignedNames AlignPrefixes(Checkpoint a, Checkpoint b);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_PREFIX_ALIGNMENT_H_
