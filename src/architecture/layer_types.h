// Which parts each layer has, by what config.json says of layers.
#ifndef MODELKIN_ARCHITECTURE_LAYER_TYPES_H_
#define MODELKIN_ARCHITECTURE_LAYER_TYPES_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "base/said.h"

namespace modelkin {

// Takes the key of config.json that is wrong, and what is wrong with it.
using ProblemReport = std::function<void(std::string_view key, const Said& problem)>;

// Sets the parts of the spec's layers, makes those that a type gives another MLP of its kind, and
// sets sizes that layers differ by. Requires sizes, flags and layers. Returns false if config.json
// makes no model, which `report` is told.
bool ApplyLayerTypes(const ModelConfig& config, const ProblemReport& report, ModelSpec& spec);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_LAYER_TYPES_H_
