#include "architecture/families/mamba_parts.h"

namespace modelkin::families {

using enum ModuleKind;
using enum Where;

Sizes StateHeadSizes(const StateKeys& keys) {
  return {{"state_heads", keys.heads, keys.default_heads},
          {"state_head_dim", keys.head_dim, keys.default_head_dim},
          {"state_groups", keys.groups, keys.default_groups},
          {"state", keys.state, keys.default_state},
          {"kernel", keys.kernel, "4"},
          {"inner", "", "state_heads * state_head_dim"},
          // Channels of the convolution: what goes into the state, and what writes and reads it.
          {"convolved", "", "inner + 2 * state_groups * state"}};
}

Flags StateFlags(std::string_view convolution, std::string_view projections) {
  return {{"conv_bias", convolution, true}, {"state_bias", projections}};
}

// The rows of in_proj are the gate, the convolved, and the steps of heads.
Tensors Mamba2Mixer() {
  return In(kMamba, {{"model.layers.{L}.mamba.in_proj.weight",
                      "inner + convolved + state_heads, residual", kStateSpace},
                     {"model.layers.{L}.mamba.in_proj.bias", "inner + convolved + state_heads",
                      kStateSpace, kEveryLayer, "state_bias"},
                     {"model.layers.{L}.mamba.conv1d.weight", "convolved, 1, kernel", kStateSpace},
                     {"model.layers.{L}.mamba.conv1d.bias", "convolved", kStateSpace, kEveryLayer,
                      "conv_bias"},
                     {"model.layers.{L}.mamba.A_log", "state_heads", kStateSpace},
                     {"model.layers.{L}.mamba.D", "state_heads", kStateSpace},
                     {"model.layers.{L}.mamba.dt_bias", "state_heads", kStateSpace},
                     {"model.layers.{L}.mamba.norm.weight", "inner", kStateSpace},
                     {"model.layers.{L}.mamba.out_proj.weight", "residual, inner", kStateSpace},
                     {"model.layers.{L}.mamba.out_proj.bias", "residual", kStateSpace, kEveryLayer,
                      "state_bias"}});
}

Sizes ChannelSizes(const StateKeys& keys, std::string_view expand, std::string_view rank) {
  return {{"expand", expand, "2"},
          {"inner", "", "expand * residual"},
          {"state", keys.state, "16"},
          {"kernel", keys.kernel, "4"},
          {"step_rank", rank, "(residual + 15) // 16"}};
}

// The rows of in_proj are what goes into the state, and the gate.
Tensors Mamba1Mixer() {
  return In(
      kMamba,
      {{"model.layers.{L}.mamba.in_proj.weight", "2 * inner, residual", kStateSpace},
       {"model.layers.{L}.mamba.in_proj.bias", "2 * inner", kStateSpace, kEveryLayer, "state_bias"},
       {"model.layers.{L}.mamba.conv1d.weight", "inner, 1, kernel", kStateSpace},
       {"model.layers.{L}.mamba.conv1d.bias", "inner", kStateSpace, kEveryLayer, "conv_bias"},
       {"model.layers.{L}.mamba.x_proj.weight", "step_rank + 2 * state, inner", kStateSpace},
       {"model.layers.{L}.mamba.dt_proj.weight", "inner, step_rank", kStateSpace},
       {"model.layers.{L}.mamba.dt_proj.bias", "inner", kStateSpace},
       {"model.layers.{L}.mamba.A_log", "inner, state", kStateSpace},
       {"model.layers.{L}.mamba.D", "inner", kStateSpace},
       {"model.layers.{L}.mamba.out_proj.weight", "residual, inner", kStateSpace},
       {"model.layers.{L}.mamba.out_proj.bias", "residual", kStateSpace, kEveryLayer,
        "state_bias"}});
}

}  // namespace modelkin::families
