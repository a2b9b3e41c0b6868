// Weights whose values or order a converter changed, under what they were before.
#ifndef MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_
#define MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "storage/coded_weight.h"
#include "storage/tensor.h"

namespace modelkin {

// Returns the weight x, in float arithmetic, under another name. Requires a tensor without view.
Tensor WithUndone(const Tensor& tensor, Stored stored, std::string name);

// Returns the projection from the latent vector to keys and values, [heads * (k + v), latent],
// whose rows of keys are stored as [heads, latent, k], and those of values as [heads, v, latent].
// Nothing where the shapes are others.
std::optional<Tensor> JoinedKeysAndValues(const Tensor& keys, const Tensor& values,
                                          std::string name);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_
