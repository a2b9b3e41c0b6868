// Tensors of GGUF files: of blocks as weights that are decoded.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_TENSORS_H_
#define MODELKIN_STORAGE_GGUF_GGUF_TENSORS_H_

#include <cstdint>
#include <vector>

#include "storage/gguf/gguf_file.h"
#include "storage/tensor.h"

namespace modelkin {

// Returns the tensors of a file, which has the number `file` in its catalogue, under their names
// there. `as_stored`: blocks are U8 of [rows ..., bytes a row].
std::vector<Tensor> TensorsOfGguf(const GgufFile& gguf, std::uint32_t file, bool as_stored);

// Makes weights of the tensors of all files that make up a model, of which the first says what the
// model is: factors beside blocks ("x.scale" of "x.weight") go into their values. Throws FailForm
// where they are of a shape that can't be.
void FinishGgufTensors(const GgufFile& first, std::vector<Tensor>& tensors);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_TENSORS_H_
