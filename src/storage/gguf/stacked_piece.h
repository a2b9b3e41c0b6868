// One of several matrices that lie in one stored tensor.
#ifndef MODELKIN_STORAGE_GGUF_STACKED_PIECE_H_
#define MODELKIN_STORAGE_GGUF_STACKED_PIECE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "storage/tensor.h"

namespace modelkin {

// Returns the elements from `begin` on that make the shape, as a tensor of its own, with only their
// bytes, under another name. Nothing where they are no whole blocks, or have no factor of their
// own among those beside the blocks. Requires a tensor of a GGUF file, without view.
std::optional<Tensor> StackedPiece(const Tensor& tensor, std::string name, Shape shape,
                                   std::uint64_t begin);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_STACKED_PIECE_H_
