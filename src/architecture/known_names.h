// Tensor names of other toolkits, for checkpoints that come without a config.json.
#ifndef MODELKIN_ARCHITECTURE_KNOWN_NAMES_H_
#define MODELKIN_ARCHITECTURE_KNOWN_NAMES_H_

#include <string>
#include <string_view>

namespace modelkin {

// The name that a Llama-like decoder has for what Meta's own files, TransformerLens, nanoGPT or
// Mixtral's files call `tensor_name`; that name itself where it is none of theirs. The order
// of axes may differ.
std::string LlamaLikeName(std::string_view tensor_name);

// Whether the name is that of a matrix which the toolkit stores with outputs first, as a Llama-like
// decoder does.
bool IsOutputsFirst(std::string_view tensor_name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_KNOWN_NAMES_H_
