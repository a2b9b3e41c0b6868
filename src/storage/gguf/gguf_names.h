// What tensors of GGUF files are called in the files that a model was published with.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_
#define MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_

#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// What decides the names: "general.architecture", and whether its layers have experts, by which
// "llama" is Llama or Mixtral.
struct GgufNaming {
  std::string_view architecture;
  bool has_experts = false;
};

// Returns the name that transformers has: "model.layers.3.self_attn.q_proj.weight" for
// "blk.3.attn_q.weight"; with "{E}" for the number of the expert where the tensor holds all of a
// layer's. Nothing for a name that is not known. An architecture that is not known is taken to have
// Llama's names, as most have.
std::optional<std::string> PublishedName(const GgufNaming& naming, std::string_view stored);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_
