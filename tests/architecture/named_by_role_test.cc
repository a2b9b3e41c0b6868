#include "architecture/named_by_role.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "architecture/configs.h"
#include "architecture/shape_only.h"

namespace modelkin {
namespace named_by_role_test {

using nlohmann::json;
using testing::Config;
using testing::StoredShape;
using Shapes = std::vector<StoredShape>;

json Phi3(const json& more = json::object()) {
  json config = {{"model_type", "phi3"},     {"hidden_size", 8},         {"num_hidden_layers", 1},
                 {"num_attention_heads", 4}, {"num_key_value_heads", 2}, {"intermediate_size", 6},
                 {"vocab_size", 10}};
  config.update(more);
  return config;
}

class NamedByRoleTest : public ::testing::Test {
 protected:
  // Names after the change, with the names of what they are views of.
  std::set<std::string> Names(const Shapes& shapes, const json& values) {
    testing::WriteShapes(folder_.path(), shapes);
    const Checkpoint checkpoint = OpenCheckpoint(folder_.path());
    const ModelConfig config = Config(values);
    std::vector<Finding> findings;
    const auto spec = ResolveSpec(config, *FindFamily(config.model_type()), findings);
    if (!spec) return {"no spec"};
    const Checkpoint named = NamedByRole(checkpoint, &*spec);
    std::set<std::string> names;
    for (const Tensor& tensor : named.tensors()) {
      names.insert(tensor.name + (tensor.view == nullptr ? "" : " of " + tensor.view->stored_name));
      EXPECT_EQ(ElementCount(tensor.shape), tensor.elements);
    }
    return names;
  }

  testing::TemporaryDirectory folder_;
};

using Set = std::set<std::string>;
const std::string kQkv = "model.layers.0.self_attn.qkv_proj.weight";

TEST_F(NamedByRoleTest, TakesApart) {
  EXPECT_EQ(Names({{kQkv, {16, 8}}, {"model.norm.weight", {8}}}, Phi3()),
            (Set{"model.layers.0.self_attn.q_proj.weight of " + kQkv,
                 "model.layers.0.self_attn.k_proj.weight of " + kQkv,
                 "model.layers.0.self_attn.v_proj.weight of " + kQkv, "model.norm.weight"}));
}

TEST_F(NamedByRoleTest, LeavesAloneWhatItIsNotSureOf) {
  // Another shape than config.json gives, no rule, or nothing in it.
  EXPECT_EQ(Names({{kQkv, {15, 8}}}, Phi3()), Set{kQkv});
  EXPECT_EQ(Names({{kQkv, {8, 16}}}, Phi3()), Set{kQkv});
  EXPECT_EQ(Names({{kQkv, {0, 8}}}, Phi3()), Set{kQkv});
  EXPECT_EQ(Names({{"other", {16, 8}}}, Phi3()), Set{"other"});
  // A name that is taken already.
  const std::string k = "model.layers.0.self_attn.k_proj.weight";
  EXPECT_EQ(Names({{k, {4, 8}}, {kQkv, {16, 8}}}, Phi3()), (Set{k, kQkv}));
}

TEST_F(NamedByRoleTest, WithoutPrefixesOfLargerModels) {
  EXPECT_EQ(Names({{"model.language_model.norm.weight", {8}}}, Phi3()),
            Set{"model.norm.weight of model.language_model.norm.weight"});
}

// Experts that a config.json claims take up no memory unless they are stored.
TEST_F(NamedByRoleTest, ClaimedExperts) {
  const json config = {{"model_type", "olmoe"},    {"hidden_size", 8},
                       {"num_hidden_layers", 1},   {"num_attention_heads", 4},
                       {"intermediate_size", 6},   {"vocab_size", 10},
                       {"num_experts", 1'000'000}, {"num_experts_per_tok", 2}};
  const std::string down = "model.layers.0.mlp.experts.down_proj";
  EXPECT_EQ(Names({{down, {3, 8, 6}}}, config), Set{down});
}

// A file of a few megabytes can hold a great many experts, and each would take up a kilobyte.
TEST_F(NamedByRoleTest, TooManyStoredExperts) {
  const auto config = [](std::uint64_t experts) {
    return json{{"model_type", "olmoe"},    {"hidden_size", 8},        {"num_hidden_layers", 1},
                {"num_attention_heads", 4}, {"intermediate_size", 1},  {"vocab_size", 10},
                {"num_experts", experts},   {"num_experts_per_tok", 2}};
  };
  const std::string down = "model.layers.0.mlp.experts.down_proj";
  EXPECT_EQ(Names({{down, {1U << 16, 8, 1}}}, config(1U << 16)).size(), 1U << 16);
  EXPECT_EQ(Names({{down, {1U << 18, 8, 1}}}, config(1U << 18)), Set{down});
}

// Rows of queries, keys, values and output gates lie together for each key head.
TEST_F(NamedByRoleTest, InterleavedByKeyHeads) {
  const json config = {{"model_type", "qwen3_next"},
                       {"hidden_size", 7},
                       {"num_hidden_layers", 1},
                       {"num_attention_heads", 2},
                       {"vocab_size", 10},
                       {"linear_num_key_heads", 2},
                       {"linear_num_value_heads", 4},
                       {"linear_key_head_dim", 3},
                       {"linear_value_head_dim", 5},
                       {"num_experts", 2},
                       {"num_experts_per_tok", 1},
                       {"moe_intermediate_size", 4},
                       {"shared_expert_intermediate_size", 4}};
  testing::WriteShapes(folder_.path(), {{"model.layers.0.linear_attn.in_proj_qkvz.weight", {52, 7}},
                                        {"model.layers.0.linear_attn.in_proj_ba.weight", {8, 7}}});
  const Checkpoint checkpoint = OpenCheckpoint(folder_.path());
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(Config(config), *FindFamily("qwen3_next"), findings);
  ASSERT_TRUE(spec);
  const Checkpoint named = NamedByRole(checkpoint, &*spec);
  // The stored row of a row of a part.
  const auto row_of = [&](const char* part, std::uint64_t row) {
    const Tensor* const tensor =
        named.Find("model.layers.0.linear_attn." + std::string(part) + ".weight");
    if (tensor == nullptr || tensor->view == nullptr) return UINT64_MAX;
    const TensorView& view = *tensor->view;
    const std::uint64_t in_head = view.dimensions[1];
    return (view.offset + row / in_head * view.strides[0] + row % in_head * view.strides[1]) / 7;
  };
  EXPECT_EQ(row_of("q_proj", 0), 0U);
  EXPECT_EQ(row_of("q_proj", 4), 26U + 1);
  EXPECT_EQ(row_of("k_proj", 2), 3U + 2);
  EXPECT_EQ(row_of("k_proj", 3), 26U + 3);
  EXPECT_EQ(row_of("v_proj", 9), 6U + 9);
  EXPECT_EQ(row_of("v_proj", 10), 26U + 6);
  EXPECT_EQ(row_of("in_proj_z", 19), 26U + 16 + 9);
  EXPECT_EQ(row_of("in_proj_b", 3), 4U + 1);
  EXPECT_EQ(row_of("in_proj_a", 2), 4U + 2);
}

TEST(TensorView, Contiguous) {
  EXPECT_TRUE((TensorView{"", 5, {3, 4}, {4, 1}}.contiguous()));
  EXPECT_TRUE((TensorView{"", 0, {1, 4}, {99, 1}}.contiguous()));
  EXPECT_TRUE((TensorView{"", 0, {}, {}}.contiguous()));
  EXPECT_FALSE((TensorView{"", 0, {3, 4}, {1, 3}}.contiguous()));
  EXPECT_FALSE((TensorView{"", 0, {3, 4}, {8, 1}}.contiguous()));
}

}  // namespace named_by_role_test
}  // namespace modelkin
