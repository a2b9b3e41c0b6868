// Which family a model is of, where one "model_type" stands for several layouts.
#ifndef MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_
#define MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_

#include "architecture/family.h"
#include "architecture/model_config.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Of the families that the config's "model_type" stands for, the one whose shapes most tensors
// have; the first by name if as many have others', or without a checkpoint (null). Null if there is
// no such family.
const Family* ChooseFamily(const ModelConfig& config, const Checkpoint* checkpoint);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_FAMILY_CHOICE_H_
