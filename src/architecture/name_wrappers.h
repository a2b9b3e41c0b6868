// Tensor names without what tools wrap a model in.
#ifndef MODELKIN_ARCHITECTURE_NAME_WRAPPERS_H_
#define MODELKIN_ARCHITECTURE_NAME_WRAPPERS_H_

#include <string>
#include <string_view>

namespace modelkin {

// Leaves out what torch.compile, DDP, FSDP, activation checkpointing, TRL and PEFT put into names:
// "module._orig_mod.model.norm.weight" becomes "model.norm.weight".
std::string WithoutWrappers(std::string_view tensor_name);

// Leaves out what a name begins with where it is a part of a larger model, or the decoder's own
// module: "language_model.model.layers.0." and "model.language_model.layers.0." become "layers.0.".
std::string_view InsideDecoder(std::string_view tensor_name);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_NAME_WRAPPERS_H_
