#include "architecture/tower_names.h"

#include <gtest/gtest.h>

#include "architecture/shape_only.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace tower_names_test {

using Shapes = std::vector<testing::StoredShape>;

class TowerNames : public ::testing::Test {
 protected:
  // Stays as it is until the test's end.
  const Checkpoint& Named(const Shapes& shapes) {
    testing::WriteShapes(folder_.path(), shapes);
    stored_.push_back(std::make_shared<const Checkpoint>(OpenCheckpoint(folder_.path())));
    named_.push_back(WithDecoderNames(stored_.back()));
    return *named_.back();
  }

  std::vector<std::shared_ptr<const Checkpoint>> stored_, named_;

  testing::TemporaryDirectory folder_;
};

TEST_F(TowerNames, AreThoseOfALlamaLikeDecoder) {
  const Checkpoint& named = Named({{"encoder.layers.3.mlp.fc1.weight", {16, 8}},
                                   {"encoder.layers.3.layer_norm1.bias", {8}},
                                   {"encoder.layers.3.of_its_own.weight", {5, 8}},
                                   {"embeddings.position_embedding.weight", {4, 8}}});
  ASSERT_NE(named.Find("model.layers.3.mlp.up_proj.weight"), nullptr);
  EXPECT_EQ(named.Find("model.layers.3.mlp.up_proj.weight")->stored_name(),
            "encoder.layers.3.mlp.fc1.weight");
  EXPECT_NE(named.Find("model.layers.3.input_layernorm.bias"), nullptr);
  EXPECT_NE(named.Find("model.layers.3.of_its_own.weight"), nullptr);
  EXPECT_NE(named.Find("embeddings.position_embedding.weight"), nullptr);
}

// Rows of queries, keys and values, one after the other: each stored element is in one of them.
TEST_F(TowerNames, TakeJoinedProjectionsApart) {
  const Checkpoint& named =
      Named({{"blocks.0.attn.qkv.weight", {24, 8}}, {"blocks.0.attn.qkv.bias", {24}}});
  std::uint64_t offset = 0;
  for (const char* const name : {"q_proj", "k_proj", "v_proj"}) {
    const std::string module = std::string("model.layers.0.self_attn.") + name;
    const Tensor* const weight = named.Find(module + ".weight");
    ASSERT_NE(weight, nullptr) << name;
    EXPECT_EQ(weight->shape, (Shape{8, 8}));
    EXPECT_EQ(weight->view->offset, offset);
    EXPECT_TRUE(weight->view->contiguous());
    ASSERT_NE(named.Find(module + ".bias"), nullptr) << name;
    EXPECT_EQ(named.Find(module + ".bias")->view->offset, offset / 8);
    offset += 64;
  }
  EXPECT_EQ(offset, 24U * 8);
}

TEST_F(TowerNames, OfProjectionsOfOtherShapesStay) {
  const Checkpoint& named = Named({{"blocks.0.attn.qkv.weight", {20, 8}}});
  EXPECT_NE(named.Find("blocks.0.attn.qkv.weight"), nullptr);
}

TEST_F(TowerNames, TakeGatesAndUpsApart) {
  const Checkpoint& named = Named({{"ernie.layers.0.mlp.experts.3.up_gate_proj.weight", {24, 8}},
                                   {"ernie.layers.0.mlp.experts.3.down_proj.weight", {8, 12}}});
  for (const char* const name : {"gate_proj", "up_proj"}) {
    const Tensor* const half =
        named.Find(std::string("model.layers.0.mlp.experts.3.") + name + ".weight");
    ASSERT_NE(half, nullptr) << name;
    EXPECT_EQ(half->shape, (Shape{12, 8}));
  }
  EXPECT_NE(named.Find("model.layers.0.mlp.experts.3.down_proj.weight"), nullptr);
}

TEST_F(TowerNames, MayCountFromZero) {
  const Checkpoint& named = Named({{"blocks.0.norm0.weight", {8}},
                                   {"blocks.0.norm1.weight", {8}},
                                   {"blocks.0.mlp.fc0.weight", {16, 8}},
                                   {"blocks.0.mlp.fc1.weight", {8, 16}}});
  EXPECT_EQ(named.Find("model.layers.0.mlp.down_proj.weight")->shape, (Shape{8, 16}));
  EXPECT_NE(named.Find("model.layers.0.mlp.up_proj.weight"), nullptr);
  EXPECT_NE(named.Find("model.layers.0.post_attention_layernorm.weight"), nullptr);
}

// Meta's first matrix is a gate where there is a third.
TEST_F(TowerNames, OfTwoMatricesAreUpAndDown) {
  const Shapes two = {{"resblocks.0.feed_forward.w1.weight", {16, 8}},
                      {"resblocks.0.feed_forward.w2.weight", {8, 16}}};
  EXPECT_NE(Named(two).Find("model.layers.0.mlp.up_proj.weight"), nullptr);
  Shapes three = two;
  three.push_back({"resblocks.0.feed_forward.w3.weight", {16, 8}});
  EXPECT_EQ(Named(three).Find("model.layers.0.mlp.up_proj.weight"), nullptr);
}

TEST_F(TowerNames, AreThoseOfTheLargestStack) {
  const Checkpoint& named = Named({{"a.blocks.0.mlp.fc1.weight", {16, 8}},
                                   {"a.blocks.1.mlp.fc1.weight", {16, 8}},
                                   {"b.blocks.0.mlp.fc1.weight", {16, 8}}});
  EXPECT_NE(named.Find("model.layers.1.mlp.up_proj.weight"), nullptr);
  EXPECT_NE(named.Find("b.blocks.0.mlp.fc1.weight"), nullptr);
  // Layers of an encoder among a decoder's would be taken for more of these.
  const Checkpoint& own = Named({{"model.qwen.layers.0.mlp.fc1.weight", {16, 8}},
                                 {"model.qwen.layers.1.mlp.fc1.weight", {16, 8}},
                                 {"model.layers.0.mlp.fc1.weight", {16, 8}}});
  EXPECT_NE(own.Find("model.qwen.layers.1.mlp.fc1.weight"), nullptr);
  EXPECT_NE(own.Find("model.layers.0.mlp.up_proj.weight"), nullptr);
}

TEST_F(TowerNames, OfADecoderTakeNoCopy) {
  Named({{"model.layers.0.mlp.up_proj.weight", {16, 8}},
         {"model.layers.0.mlp.experts.3.of_its_own.weight", {16, 8}},
         {"model.layers.{L}.mlp.fc1.weight", {16, 8}},
         {"a.blocks.0.mlp.fc1.weight", {16, 8}}});
  EXPECT_EQ(named_.back(), stored_.back());
  Named({{"embeddings.weight", {16, 8}}});
  EXPECT_EQ(named_.back(), stored_.back());
}

TEST_F(TowerNames, OfSeveralStacksStay) {
  const Checkpoint& named = Named(
      {{"encoder.layers.0.mlp.fc1.weight", {16, 8}}, {"decoder.layers.0.mlp.fc1.weight", {16, 8}}});
  EXPECT_NE(named.Find("encoder.layers.0.mlp.fc1.weight"), nullptr);
}

TEST_F(TowerNames, ThatCollideStay) {
  const Checkpoint& named =
      Named({{"layers.0.mlp.fc1.weight", {16, 8}}, {"layers.0.mlp.linear_fc1.weight", {16, 8}}});
  EXPECT_EQ(named.tensors().size(), 2U);
}

}  // namespace tower_names_test
}  // namespace modelkin
