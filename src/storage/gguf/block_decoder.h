// Decodes weights that GGUF stores in blocks.
#ifndef MODELKIN_STORAGE_GGUF_BLOCK_DECODER_H_
#define MODELKIN_STORAGE_GGUF_BLOCK_DECODER_H_

#include <memory>

#include "kernels/block_form.h"
#include "storage/coded_weight.h"

namespace modelkin {

// Returns what decodes `elements` values in blocks of the form, one after the other in `blocks`.
// `scales` are factors of float, one for all or as many as divide the elements into equal runs;
// null for none. Both have to be parts of the weight.
std::shared_ptr<const WeightDecoder> MakeBlockDecoder(const BlockForm& form, Tensor blocks,
                                                      std::uint64_t elements, const Tensor* scales);

// Returns how these parts make values.
BlocksLayout LayoutOf(const BlockForm& form, const Tensor& blocks, const Tensor* scales);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_BLOCK_DECODER_H_
