// Whether a stored output head is the embedding once more.
#ifndef MODELKIN_ARCHITECTURE_HEAD_TYING_H_
#define MODELKIN_ARCHITECTURE_HEAD_TYING_H_

#include <optional>
#include <span>

#include "architecture/tensor_matching.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Compares 64 rows, spread over both, by their values. Nothing unless both are stored, in matrices
// of one shape and of types that can be compared.
std::optional<bool> HeadRepeatsEmbedding(const Checkpoint& checkpoint,
                                         std::span<const MatchedTensor> tensors);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_HEAD_TYING_H_
