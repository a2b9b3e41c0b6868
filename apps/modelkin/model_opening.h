// Opens a model with what its config.json says.
#ifndef MODELKIN_APPS_MODEL_OPENING_H_
#define MODELKIN_APPS_MODEL_OPENING_H_

#include <optional>
#include <string>
#include <vector>

#include "architecture/model_spec.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

struct OpenedModel {
  Checkpoint checkpoint;
  std::optional<ModelSpec> spec;  // if there is a config.json of a known family
  // Why there is none, where that is for a fault of config.json.
  std::vector<std::string> warnings;
  std::string config_file;  // what was read as config.json; "" for nothing
};

// Throws what OpenCheckpoint throws; a bad config.json is a warning.
OpenedModel OpenModel(const std::string& path, const OpenOptions& options);

// "a", "b", "control_1", ...: of the models that a command was given, in order.
std::string InputId(std::size_t index);

}  // namespace modelkin

#endif  // MODELKIN_APPS_MODEL_OPENING_H_
