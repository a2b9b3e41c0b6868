#include "architecture/name_wrappers.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace name_wrappers_test {

TEST(NameWrappers, AreLeftOut) {
  for (const char* name :
       {"model.layers.0.self_attn.q_proj.weight", "module.model.layers.0.self_attn.q_proj.weight",
        "module._orig_mod.model.layers.0.self_attn.q_proj.weight",
        "_orig_mod.module.model.layers.0.self_attn.q_proj.weight",
        "model.layers.0._orig_mod.self_attn.q_proj.weight",
        "_fsdp_wrapped_module.model.layers.0._checkpoint_wrapped_module.self_attn.q_proj.weight",
        "pretrained_model.model.layers.0.self_attn.q_proj.weight",
        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight"}) {
    EXPECT_EQ(WithoutWrappers(name), "model.layers.0.self_attn.q_proj.weight") << name;
  }
}

TEST(NameWrappers, OthersStay) {
  for (const char* name : {"", ".", "module", "model.module.weight", "base_model.norm.weight",
                           "my_orig_mod.weight", "v_head.summary.weight", "x..y."}) {
    EXPECT_EQ(WithoutWrappers(name), name);
  }
}

TEST(NameWrappers, DecodersOfLargerModels) {
  for (const char* name : {"layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.weight",
                           "language_model.model.layers.0.mlp.up_proj.weight",
                           "model.language_model.layers.0.mlp.up_proj.weight",
                           "model.language_model.language_model.layers.0.mlp.up_proj.weight"}) {
    EXPECT_EQ(InsideDecoder(name), "layers.0.mlp.up_proj.weight") << name;
  }
  EXPECT_EQ(InsideDecoder("vision_tower.model.layers.0.mlp.up_proj.weight"),
            "vision_tower.model.layers.0.mlp.up_proj.weight");
}

}  // namespace name_wrappers_test
}  // namespace modelkin
