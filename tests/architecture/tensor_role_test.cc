#include "architecture/tensor_role.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace tensor_role_test {

constexpr std::nullopt_t kNone = std::nullopt;

struct Case {
  const char* name;
  const char* role;
  std::optional<std::uint32_t> layer;
  std::optional<std::uint32_t> expert;
};

void ExpectRoles(std::initializer_list<Case> cases) {
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.name);
    const TensorRole role = InferRole(expected.name);
    EXPECT_EQ(role.role, expected.role);
    EXPECT_EQ(role.layer, expected.layer);
    EXPECT_EQ(role.expert, expected.expert);
  }
}

TEST(InferRole, Llama) {
  ExpectRoles({{"model.embed_tokens.weight", "model.embed_tokens.weight", kNone, kNone},
               {"model.layers.0.input_layernorm.weight", "input_layernorm.weight", 0, kNone},
               {"model.layers.31.self_attn.q_proj.weight", "self_attn.q_proj.weight", 31, kNone},
               {"model.norm.weight", "model.norm.weight", kNone, kNone},
               {"lm_head.weight", "lm_head.weight", kNone, kNone}});
}

TEST(InferRole, Experts) {
  ExpectRoles(
      {{"model.layers.3.block_sparse_moe.experts.7.w1.weight", "block_sparse_moe.experts.w1.weight",
        3, 7},
       {"model.layers.3.block_sparse_moe.gate.weight", "block_sparse_moe.gate.weight", 3, kNone},
       {"model.layers.10.mlp.experts.127.gate_proj.weight", "mlp.experts.gate_proj.weight", 10,
        127},
       {"model.layers.10.mlp.shared_experts.up_proj.weight", "mlp.shared_experts.up_proj.weight",
        10, kNone},
       {"model.layers.10.mlp.shared_experts.0.up_proj.weight",
        "mlp.shared_experts.0.up_proj.weight", 10, kNone},
       {"model.layers.1.mlp.gate.e_score_correction_bias", "mlp.gate.e_score_correction_bias", 1,
        kNone},
       {"model.layers.2.mlp.experts.gate_up_proj", "mlp.experts.gate_up_proj", 2, kNone}});
}

TEST(InferRole, OtherNamesOfLayers) {
  ExpectRoles(
      {{"transformer.h.0.attn.c_attn.weight", "attn.c_attn.weight", 0, kNone},
       {"h.11.mlp.c_fc.bias", "mlp.c_fc.bias", 11, kNone},
       {"transformer.wte.weight", "transformer.wte.weight", kNone, kNone},
       {"blocks.0.attn.W_Q", "attn.W_Q", 0, kNone},
       {"blocks.5.ln1.w", "ln1.w", 5, kNone},
       {"encoder.layer.2.attention.self.query.weight", "attention.self.query.weight", 2, kNone},
       {"encoder.block.4.layer.0.SelfAttention.q.weight", "layer.0.SelfAttention.q.weight", 4,
        kNone},
       {"gpt_neox.layers.6.mlp.dense_h_to_4h.bias", "mlp.dense_h_to_4h.bias", 6, kNone}});
}

// Numbers that are no layers: glued to a word, last, or after some other word.
TEST(InferRole, NumbersThatAreNoLayers) {
  ExpectRoles({{"layer1.0.conv1.weight", "layer1.0.conv1.weight", kNone, kNone},
               {"module.layer3.2.bn2.running_var", "module.layer3.2.bn2.running_var", kNone, kNone},
               {"features.3.weight", "features.3.weight", kNone, kNone},
               {"layers.7", "layers.7", kNone, kNone},
               {"layers.x.weight", "layers.x.weight", kNone, kNone},
               {"layers.-1.weight", "layers.-1.weight", kNone, kNone},
               {"layers.+1.weight", "layers.+1.weight", kNone, kNone},
               {"layers.1e1.weight", "layers.1e1.weight", kNone, kNone},
               {"my_layers.1.weight", "my_layers.1.weight", kNone, kNone},
               {"Layers.1.weight", "Layers.1.weight", kNone, kNone},
               {"layers. 1.weight", "layers. 1.weight", kNone, kNone}});
}

TEST(InferRole, OnlyTheFirstLayerAndExpertCount) {
  ExpectRoles({{"layers.1.layers.2.w", "layers.2.w", 1, kNone},
               {"layers.1.experts.2.experts.3.w", "experts.experts.3.w", 1, 2},
               {"experts.4.w", "experts.w", kNone, 4}});
}

TEST(InferRole, HugeNumbers) {
  ExpectRoles(
      {{"layers.4294967295.w", "w", 4294967295U, kNone},
       {"layers.4294967296.w", "layers.4294967296.w", kNone, kNone},
       {"layers.99999999999999999999999999.w", "layers.99999999999999999999999999.w", kNone, kNone},
       {"layers.007.w", "w", 7, kNone}});
}

TEST(InferRole, OddNames) {
  ExpectRoles({{"", "", kNone, kNone},
               {"w", "w", kNone, kNone},
               {"a..b", "a..b", kNone, kNone},
               {".", ".", kNone, kNone},
               {"...", "...", kNone, kNone},
               {".w", ".w", kNone, kNone},
               {"w.", "w.", kNone, kNone},
               {"layers.0.", "", 0, kNone},
               {"layers.0..w", ".w", 0, kNone}});
}

}  // namespace tensor_role_test
}  // namespace modelkin
