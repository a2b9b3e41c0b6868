// Models of families that are not known, under the names that a Llama-like decoder has.
#ifndef MODELKIN_ARCHITECTURE_TOWER_NAMES_H_
#define MODELKIN_ARCHITECTURE_TOWER_NAMES_H_

#include <memory>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// Renames what layers commonly have ("encoder.layers.0.mlp.fc1.weight" becomes
// "model.layers.0.mlp.up_proj.weight"), and takes joined queries, keys and values apart where they
// have three times as many rows as columns, and gates and ups that are in one. Of one stack of
// layers: "model.layers", or the largest. Others, all where two are as large, and names that would
// collide stay as they are. Returns `model` itself where nothing changes. Reads no tensor.
std::shared_ptr<const Checkpoint> WithDecoderNames(std::shared_ptr<const Checkpoint> model);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_TOWER_NAMES_H_
