// What families with Mamba layers are put together from.
#ifndef MODELKIN_ARCHITECTURE_FAMILIES_MAMBA_PARTS_H_
#define MODELKIN_ARCHITECTURE_FAMILIES_MAMBA_PARTS_H_

#include <string_view>

#include "architecture/families/parts.h"

namespace modelkin::families {

inline constexpr LayerParts kMamba = LayerPart::kStateSpace;

// Where a family keeps Mamba's sizes.
struct StateKeys {
  std::string_view heads, head_dim, groups, state, kernel;
  std::string_view default_heads = {}, default_head_dim = {}, default_groups = "1",
                   default_state = {};
};

// Mamba-2: heads with a state each, that share what writes and reads it by groups.
Sizes StateHeadSizes(const StateKeys& keys);
Tensors Mamba2Mixer();

// Mamba: channels with a state each; steps come from a low rank.
Sizes ChannelSizes(const StateKeys& keys, std::string_view expand, std::string_view rank);
Tensors Mamba1Mixer();

// By which of them convolutions and projections have biases.
Flags StateFlags(std::string_view convolution, std::string_view projections);

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_MAMBA_PARTS_H_
