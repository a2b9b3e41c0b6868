// What a GGUF file's keys say of a model, in the words of a config.json.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_CONFIG_H_
#define MODELKIN_STORAGE_GGUF_GGUF_CONFIG_H_

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "storage/coded_weight.h"
#include "storage/gguf/gguf_file.h"

namespace modelkin {

// Returns the configuration; an empty object where there is no "general.architecture", as in all
// but the first of several files. Keys are transformers' for the model type, and as far as its
// numbers go, those of the file; what the file lacks, and what is a list with an item for each
// layer that differ, is left out. "gguf" holds what else there is to say of the file:
// "architecture", and "file_type" as a number.
nlohmann::json GgufConfig(const GgufFile& file);

// Returns "llama"; "" of a configuration that is no GGUF file's.
std::string GgufArchitecture(const nlohmann::json& config);

// Adds what tensors of all of the model's files say, named as there: rows of the embedding, a head
// of its own, biases, widths of experts, and factors of rotary frequencies, which are read.
void CompleteGgufConfig(std::span<const Tensor> tensors, const PartReader& parts,
                        nlohmann::json& config);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_CONFIG_H_
