// What config.json says on rotary embedding, under the same keys whichever version wrote it.
#ifndef MODELKIN_ARCHITECTURE_ROTARY_KEYS_H_
#define MODELKIN_ARCHITECTURE_ROTARY_KEYS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "architecture/model_config.h"

namespace modelkin {

// transformers 4 has "rope_theta", "partial_rotary_factor" and "rope_scaling" side by side,
// transformers 5 all of it in "rope_parameters". Nothing for other keys, and where the file does
// not say or scales nothing. "rope_scaling" has its kind as "rope_type".
//
// "rope_parameters" gives them where they are by kind of layer, which the other keys can't say.
std::optional<nlohmann::json> RotaryValue(const ModelConfig& config, std::string_view key);

// Whether RotaryValue is to be asked for the key.
bool IsRotaryKey(std::string_view key);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_ROTARY_KEYS_H_
