// What tensors of GGUF files are called in the files that a model was published with.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_
#define MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// Returns what decides the names: "general.architecture", or where that is of several families
// with names of their own, the family's: "mixtral" for "llama". `config`: as CompleteGgufConfig
// leaves it.
std::string NamingOf(const nlohmann::json& config);

// Returns the name that transformers has: "model.layers.3.self_attn.q_proj.weight" for
// "blk.3.attn_q.weight"; with "{E}" for the number of the expert where the tensor holds all of a
// layer's. Nothing for a name that is not known. An architecture that is not known is taken to have
// Llama's names, as most have.
std::optional<std::string> PublishedName(std::string_view naming, std::string_view stored);

// Returns what Qwen3-Next and Qwen3.5 call the part of a layer for the prediction of further
// tokens, which is one of the last there: "mtp.layers.0.self_attn.q_proj.weight", "mtp.fc.weight".
// `layers`: those before it. The name itself of any other.
std::string PredictionName(std::string_view published, std::uint64_t layers);

// Returns "model.layers.{L}..." with the number of "blk.3." in place of "{L}". Nothing if `stem` is
// no such beginning.
std::optional<std::string> NameInLayer(std::string_view published, std::string_view stem);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_NAMES_H_
