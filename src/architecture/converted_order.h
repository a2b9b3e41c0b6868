// The order of query and key rows that a converter left, where no other model tells it.
#ifndef MODELKIN_ARCHITECTURE_CONVERTED_ORDER_H_
#define MODELKIN_ARCHITECTURE_CONVERTED_ORDER_H_

#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "architecture/rotary_order.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Returns the order that the file has, where transformers has the other: of GGUF files by
// "general.architecture" alone, as llama.cpp runs them; kSame of all others.
RotaryOrder ConvertedOrder(const ModelConfig& config, const ModelSpec& spec);

// Returns tensors, named by role, with queries and keys in transformers' order.
Checkpoint InTransformersOrder(Checkpoint named, const RotaryOrder& order);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_CONVERTED_ORDER_H_
