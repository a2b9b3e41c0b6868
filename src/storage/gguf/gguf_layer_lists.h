// Keys of GGUF that have an item for each layer.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_LAYER_LISTS_H_
#define MODELKIN_STORAGE_GGUF_GGUF_LAYER_LISTS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "storage/gguf/gguf_file.h"

namespace modelkin {

// Adds to `config` which layers are of which type, "layer_types" with the family's words, and sizes
// that differ between layers. `config`: has the other keys already.
void AddLayerLists(const GgufFile& file, std::string_view architecture, nlohmann::json& config);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_LAYER_LISTS_H_
