// Weights whose values or order a converter changed, under what they were before.
#ifndef MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_
#define MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/coded_weight.h"
#include "storage/tensor.h"

namespace modelkin {

// Returns the weight x, in float arithmetic, under another name. Requires a tensor without view.
Tensor WithUndone(const Tensor& tensor, Stored stored, std::string name);

// Returns one weight of several: of each head, or expert, a row-major block of the first piece,
// then of the second, and so on. Pieces: [heads, ...], each a stored tensor or a view of one, of
// which all elements are in some piece. Nothing where these do not make the shape.
std::optional<Tensor> Joined(const std::vector<Tensor>& stored, std::vector<Tensor> pieces,
                             std::string name, Shape shape);

// Returns the projection from the latent vector to keys and values, [heads * (k + v), latent],
// whose rows of keys are stored as [heads, latent, k], and those of values as [heads, v, latent].
// Nothing where the shapes are others.
std::optional<Tensor> JoinedKeysAndValues(const Tensor& keys, const Tensor& values,
                                          std::string name);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_UNDONE_WEIGHT_H_
