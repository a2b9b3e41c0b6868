// Which family a model is of, where one "model_type" stands for several layouts.
#ifndef MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_
#define MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_

#include <vector>

#include "architecture/family.h"
#include "architecture/model_config.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Returns the one of the component's families that the config's "model_type" stands for whose
// shapes most tensors have; the first by name if as many have others', or without a checkpoint
// (null). Where config.json has no "model_type", the only family whose names and shapes nearly all
// tensors have. Null if there is no such family.
const Family* ChooseFamily(const ModelConfig& config, const Checkpoint* checkpoint,
                           Component component = Component::kText);

// Returns the component's families whose names nearly all tensors have, as many as any.
std::vector<const Family*> FamiliesByNames(const Checkpoint& checkpoint,
                                           Component component = Component::kText);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_
