// What config.json and tensors say a model is.
#ifndef MODELKIN_ARCHITECTURE_RESOLVED_MODEL_H_
#define MODELKIN_ARCHITECTURE_RESOLVED_MODEL_H_

#include <optional>
#include <vector>

#include "architecture/finding.h"
#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

struct ResolvedModel {
  const Family* family = nullptr;  // null: not known
  std::optional<ModelSpec> spec;   // if config.json makes a model of the family
  std::vector<Finding> findings;   // what config.json says that is wrong or odd
};

// `checkpoint` may be null: what config.json alone says.
ResolvedModel ResolveModel(const ModelConfig& config, const Checkpoint* checkpoint,
                           Component component = Component::kText);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_RESOLVED_MODEL_H_
