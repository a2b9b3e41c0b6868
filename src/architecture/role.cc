#include "architecture/role.h"

namespace modelkin {

std::string_view ModuleKindName(ModuleKind module) {
  constexpr std::array<std::string_view, kModuleKindCount> kNames = {"embedding",
                                                                     "position_embedding",
                                                                     "attention",
                                                                     "indexer",
                                                                     "linear_attention",
                                                                     "state_space",
                                                                     "convolution",
                                                                     "dense_mlp",
                                                                     "router",
                                                                     "shared_experts",
                                                                     "routed_experts",
                                                                     "norm",
                                                                     "head",
                                                                     "pooler",
                                                                     "residual_mixing",
                                                                     "multi_token_prediction",
                                                                     "scale",
                                                                     "buffer",
                                                                     "other"};
  return kNames[static_cast<std::size_t>(module)];
}

}  // namespace modelkin
