#include "architecture/known_names.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace known_names_test {

TEST(KnownNames, BecomeLlamaLike) {
  EXPECT_EQ(LlamaLikeName("layers.12.attention.wk.weight"),
            "model.layers.12.self_attn.k_proj.weight");
  EXPECT_EQ(LlamaLikeName("blocks.3.mlp.W_out"), "model.layers.3.mlp.down_proj.weight");
  EXPECT_EQ(LlamaLikeName("transformer.h.0.ln_2.gamma"),
            "model.layers.0.post_attention_layernorm.weight");
  EXPECT_EQ(LlamaLikeName("model.layers.5.block_sparse_moe.experts.7.w3.weight"),
            "model.layers.5.mlp.experts.7.up_proj.weight");
  EXPECT_EQ(LlamaLikeName("tok_embeddings.weight"), "model.embed_tokens.weight");
}

TEST(KnownNames, OthersStay) {
  for (const char* name : {"model.layers.0.self_attn.q_proj.weight", "conv1.weight", "",
                           "layers.x.attention.wk.weight", "layers.0.attention.wk.bias"}) {
    EXPECT_EQ(LlamaLikeName(name), name);
  }
}

TEST(IsOutputsFirst, OfToolkitsThatStoreThemSo) {
  EXPECT_TRUE(IsOutputsFirst("layers.12.attention.wk.weight"));
  EXPECT_TRUE(IsOutputsFirst("model.layers.5.block_sparse_moe.experts.7.w3.weight"));
  EXPECT_FALSE(IsOutputsFirst("blocks.3.mlp.W_out"));
  EXPECT_FALSE(IsOutputsFirst("transformer.h.0.mlp.c_fc.weight"));
  EXPECT_FALSE(IsOutputsFirst("something.else"));
}

}  // namespace known_names_test
}  // namespace modelkin
