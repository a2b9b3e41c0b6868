// Gives the tensors of a GGUF file the names, shapes and values that the model was published with.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_CONVERSION_H_
#define MODELKIN_STORAGE_GGUF_GGUF_CONVERSION_H_

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "storage/tensor.h"

namespace modelkin {

// `tensors` of all of the model's files, as these name them; `config` as CompleteGgufConfig leaves
// it. Undoes what llama.cpp's convert_hf_to_gguf.py does to a model of "general.architecture":
//   all experts of a layer in one tensor: a piece of it for each;
//   q, k and v in one tensor, where the converter was told to: a piece for each;
//   GPT-2's inputs and outputs in turned order, GPT-NeoX's q, k and v one after the other: views;
//   1 + x stored for norms of Gemma, Nemotron and Qwen3-Next, -exp(x) for A of state spaces;
//   DeepSeek-V2's projection of the latent vector taken apart.
// Not the order of rows of q and k within a head, which a comparison finds by the values. Rotary
// factors (rope_freqs, rope_factors_*) are no weights, and are taken away. A tensor whose name is
// not known, or that would have the name of another, stays as it is.
std::vector<Tensor> WithoutGgufConversion(std::vector<Tensor> tensors,
                                          const nlohmann::json& config);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_CONVERSION_H_
