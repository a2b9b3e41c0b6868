#include "storage/gguf/gguf_conversion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "storage/coded_weight.h"
#include "storage/gguf/gguf_names.h"
#include "storage/gguf/undone_weight.h"

namespace modelkin {
namespace gguf_conversion_test {

using nlohmann::json;

json ConfigOf(const std::string& architecture, std::uint64_t heads = 2) {
  return {{"gguf", {{"architecture", architecture}}}, {"num_attention_heads", heads}};
}

// A tensor of F32 whose bytes begin at `offset`.
Tensor Stored(std::string name, Shape shape, std::uint64_t offset = 0) {
  const std::uint64_t elements = *ElementCount(shape);
  return {.name = std::move(name),
          .dtype = DType::kF32,
          .shape = std::move(shape),
          .elements = elements,
          .offset_bytes = offset,
          .length_bytes = 4 * elements};
}

std::map<std::string, Shape> ShapesOf(const std::vector<Tensor>& tensors) {
  std::map<std::string, Shape> shapes;
  for (const Tensor& tensor : tensors) shapes[tensor.name] = tensor.shape;
  return shapes;
}

using Shapes = std::map<std::string, Shape>;

// Bytes in memory.
class Bytes : public PartReader {
 public:
  explicit Bytes(std::vector<float> values) : values_(std::move(values)) {}

  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset_bytes,
                                  std::uint64_t length_bytes,
                                  std::vector<std::byte>& /*scratch*/) const override {
    return std::as_bytes(std::span(values_))
        .subspan(part.offset_bytes + offset_bytes, length_bytes);
  }

 private:
  std::vector<float> values_;
};

std::vector<float> ValuesOf(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                            std::uint64_t count) {
  std::vector<float> values(count);
  DecodeElements(parts, tensor, begin, count, values.data());
  return values;
}

TEST(GgufNamesTest, OfAnArchitecture) {
  const auto name = [](std::string_view naming, std::string_view stored) {
    return PublishedName(naming, stored).value_or("none");
  };
  EXPECT_EQ(name("llama", "blk.12.attn_q.weight"), "model.layers.12.self_attn.q_proj.weight");
  EXPECT_EQ(name("mixtral", "blk.0.ffn_up.3.weight"),
            "model.layers.0.block_sparse_moe.experts.3.w3.weight");
  EXPECT_EQ(name("of-tomorrow", "blk.0.attn_k.bias"), "model.layers.0.self_attn.k_proj.bias");
  EXPECT_EQ(name("glm4moe", "blk.1.exp_probs_b.bias"),
            "model.layers.1.mlp.gate.e_score_correction_bias");
  for (const char* stored :
       {"", "blk.", "blk.x.attn_q.weight", "blk.-1.attn_q.weight", "attn_q.weight",
        "blk.1.output.weight", "blk.1.attn_q.scale", "blk.1.attn_q",
        "blk.12345678901.attn_q.weight", "v.blk.0.attn_q.weight"}) {
    EXPECT_EQ(name("llama", stored), "none") << stored;
  }
}

TEST(GgufNamesTest, AreOfTheFamilyThatAnArchitectureStandsFor) {
  const auto naming = [](const char* architecture, const char* model_type) {
    return NamingOf({{"model_type", model_type}, {"gguf", {{"architecture", architecture}}}});
  };
  EXPECT_EQ(naming("llama", "mixtral"), "mixtral");
  EXPECT_EQ(naming("granitehybrid", "granitemoehybrid"), "granitehybrid");
  EXPECT_EQ(naming("granitehybrid", "bamba"), "bamba");
  EXPECT_EQ(NamingOf(json::object()), "");
}

TEST(GgufNamesTest, AreOthersForThePredictionOfFurtherTokens) {
  EXPECT_EQ(PredictionName("model.layers.3.mlp.up_proj.weight", 4),
            "model.layers.3.mlp.up_proj.weight");
  EXPECT_EQ(PredictionName("model.layers.4.mlp.up_proj.weight", 4),
            "mtp.layers.0.mlp.up_proj.weight");
  EXPECT_EQ(PredictionName("model.layers.4.eh_proj.weight", 4), "mtp.fc.weight");
  EXPECT_EQ(PredictionName("model.norm.weight", 4), "model.norm.weight");
}

TEST(GgufConversionTest, RenamesLayersThatPredict) {
  json config = ConfigOf("qwen35");
  config.update({{"num_hidden_layers", 1U}, {"mtp_num_hidden_layers", 1U}});
  const auto tensors = WithoutGgufConversion(
      {Stored("blk.1.nextn.enorm.weight", {2}), Stored("blk.1.attn_q.weight", {4, 2}, 8)}, config);
  EXPECT_EQ(ShapesOf(tensors), (Shapes{{"mtp.pre_fc_norm_embedding.weight", {2}},
                                       {"mtp.layers.0.self_attn.q_proj.weight", {4, 2}}}));
  // 1 was added to the norm under its other name as well.
  for (const Tensor& tensor : tensors) {
    if (tensor.name.starts_with("mtp.pre")) {
      EXPECT_EQ(ValuesOf(Bytes({1, 3}), tensor, 0, 2), (std::vector<float>{0, 2}));
    }
  }
}

TEST(GgufConversionTest, LeavesHeadsAloneThatSizesDoNotFit) {
  json config = ConfigOf("qwen35");
  config.update({{"linear_num_key_heads", 2U},
                 {"linear_num_value_heads", 4U},
                 {"linear_key_head_dim", 1U},
                 {"linear_value_head_dim", 1U}});
  const std::string stem = "model.layers.0.linear_attn.";
  const auto values = [&](const char* name, const Shape& shape) {
    const auto tensors = WithoutGgufConversion({Stored(name, shape)}, config);
    return ValuesOf(Bytes({0, 1, 2, 3, 4, 5, 6, 7}), tensors.at(0), 0, tensors.at(0).elements);
  };
  // Heads 0 and 2 go with the first key head, 1 and 3 with the second.
  EXPECT_EQ(values("blk.0.attn_gate.weight", {4, 1}), (std::vector<float>{0, 2, 1, 3}));
  EXPECT_EQ(values("blk.0.attn_qkv.weight", {8, 1}), (std::vector<float>{0, 1, 2, 3, 4, 6, 5, 7}));
  EXPECT_EQ(values("blk.0.ssm_out.weight", {2, 4}), (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(values("blk.0.attn_gate.weight", {5, 1}), (std::vector<float>{0, 1, 2, 3, 4}));
  config["linear_num_key_heads"] = std::uint64_t{1} << 63;
  EXPECT_EQ(values("blk.0.attn_gate.weight", {4, 1}), (std::vector<float>{0, 1, 2, 3}));
}

TEST(GgufConversionTest, JoinsGateAndUpOfExperts) {
  const auto joined = [](const char* architecture) {
    const auto tensors = WithoutGgufConversion({Stored("blk.0.ffn_gate_exps.weight", {2, 1, 2}),
                                                Stored("blk.0.ffn_up_exps.weight", {2, 1, 2}, 16)},
                                               ConfigOf(architecture));
    return std::pair(tensors.at(0).name,
                     ValuesOf(Bytes({0, 1, 2, 3, 4, 5, 6, 7}), tensors.at(0), 0, 8));
  };
  EXPECT_EQ(joined("granitemoe"),
            std::pair(std::string("model.layers.0.block_sparse_moe.input_linear.weight"),
                      std::vector<float>{0, 1, 4, 5, 2, 3, 6, 7}));
  // Inputs first.
  EXPECT_EQ(joined("llama4"),
            std::pair(std::string("model.layers.0.feed_forward.experts.gate_up_proj"),
                      std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7}));
  const auto apart = WithoutGgufConversion({Stored("blk.0.ffn_gate_exps.weight", {2, 1, 2}),
                                            Stored("blk.0.ffn_up_exps.weight", {2, 2, 2}, 16)},
                                           ConfigOf("granitemoe"));
  EXPECT_EQ(apart.size(), 4U);  // each expert's, since they are of two widths
}

TEST(GgufConversionTest, LeavesWhatItIsNotSureOf) {
  const Shapes shapes = ShapesOf(WithoutGgufConversion(
      {Stored("output.weight", {4, 2}), Stored("lm_head.weight", {4, 2}),
       Stored("blk.0.of_tomorrow.weight", {2}), Stored("blk.0.ffn_gate_exps.weight", {}),
       Stored("blk.0.attn_norm.weight", {0})},
      ConfigOf("llama")));
  EXPECT_EQ(shapes, (Shapes{{"output.weight", {4, 2}},
                            {"lm_head.weight", {4, 2}},
                            {"blk.0.of_tomorrow.weight", {2}},
                            {"blk.0.ffn_gate_exps.weight", {}},
                            {"blk.0.attn_norm.weight", {0}}}));
}

TEST(GgufConversionTest, MakesNoMoreTensorsThanThereCanBe) {
  const auto tensors = WithoutGgufConversion({Stored("blk.0.ffn_gate_exps.weight", {1 << 18, 1, 1}),
                                              Stored("blk.0.ffn_up_exps.weight", {1 << 16, 1, 1}),
                                              Stored("blk.1.ffn_up_exps.weight", {1 << 16, 1, 1}),
                                              Stored("blk.2.ffn_up_exps.weight", {1 << 16, 1, 1})},
                                             ConfigOf("qwen3moe"));
  EXPECT_EQ(tensors.size(), (std::size_t{1} << 16) + 3);
}

TEST(GgufConversionTest, TakesExpertsApart) {
  const auto tensors = WithoutGgufConversion({Stored("blk.3.ffn_gate_up_exps.weight", {2, 4, 1})},
                                             ConfigOf("qwen3moe"));
  const Bytes bytes({0, 1, 2, 3, 4, 5, 6, 7});
  std::map<std::string, std::vector<float>> values;
  for (const Tensor& tensor : tensors) {
    EXPECT_EQ(tensor.shape, (Shape{2, 1}));
    EXPECT_EQ(tensor.stored_name(), "blk.3.ffn_gate_up_exps.weight");
    values[tensor.name] = ValuesOf(bytes, tensor, 0, 2);
  }
  const std::string stem = "model.layers.3.mlp.experts.";
  EXPECT_EQ(values,
            (std::map<std::string, std::vector<float>>{{stem + "0.gate_proj.weight", {0, 1}},
                                                       {stem + "0.up_proj.weight", {2, 3}},
                                                       {stem + "1.gate_proj.weight", {4, 5}},
                                                       {stem + "1.up_proj.weight", {6, 7}}}));
}

TEST(GgufConversionTest, TakesJoinedQueriesKeysAndValuesApart) {
  json config = ConfigOf("qwen3");
  config.update({{"num_key_value_heads", 1U}, {"head_dim", 3U}});
  const std::string stem = "model.layers.0.self_attn.";
  EXPECT_EQ(
      ShapesOf(WithoutGgufConversion(
          {Stored("blk.0.attn_qkv.weight", {12, 5}), Stored("blk.0.attn_qkv.bias", {12})}, config)),
      (Shapes{{stem + "q_proj.weight", {6, 5}},
              {stem + "k_proj.weight", {3, 5}},
              {stem + "v_proj.weight", {3, 5}},
              {stem + "q_proj.bias", {6}},
              {stem + "k_proj.bias", {3}},
              {stem + "v_proj.bias", {3}}}));
  EXPECT_EQ(ShapesOf(WithoutGgufConversion({Stored("blk.0.attn_qkv.weight", {11, 5})}, config)),
            (Shapes{{"blk.0.attn_qkv.weight", {11, 5}}}));
  config["head_dim"] = std::uint64_t{1} << 63;
  EXPECT_EQ(ShapesOf(WithoutGgufConversion({Stored("blk.0.attn_qkv.weight", {12, 5})}, config)),
            (Shapes{{"blk.0.attn_qkv.weight", {12, 5}}}));
}

TEST(GgufConversionTest, UndoesWhatWasDoneToValues) {
  const Bytes bytes({1.5F, 0.25F, -std::exp(2.0F)});
  const auto values = [&](const std::string& architecture, const std::string& name) {
    const auto tensors = WithoutGgufConversion({Stored(name, {3})}, ConfigOf(architecture));
    return ValuesOf(bytes, tensors.at(0), 0, 3);
  };
  EXPECT_EQ(values("gemma2", "blk.0.post_ffw_norm.weight").at(0), 0.5F);
  EXPECT_EQ(values("gemma3", "output_norm.weight").at(1), -0.75F);
  EXPECT_EQ(values("gemma3n", "output_norm.weight").at(1), 0.25F);
  EXPECT_EQ(values("qwen3next", "output_norm.weight").at(0), 0.5F);
  EXPECT_EQ(values("qwen3next", "blk.0.ssm_norm.weight").at(0), 1.5F);
  EXPECT_NEAR(values("qwen3next", "blk.0.ssm_a").at(2), 2, 1e-6);
  EXPECT_EQ(values("llama", "output_norm.weight").at(0), 1.5F);
}

TEST(GgufConversionTest, JoinsKeysAndValuesOfLatentAttention) {
  // 2 heads, 3 latent; 2 rows of keys and 1 of values a head.
  std::vector<float> stored(18);
  for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<float>(i);
  const auto tensors = WithoutGgufConversion(
      {Stored("blk.0.attn_k_b.weight", {2, 3, 2}), Stored("blk.0.attn_v_b.weight", {2, 1, 3}, 48)},
      ConfigOf("deepseek2"));
  ASSERT_EQ(tensors.size(), 1U);
  EXPECT_EQ(tensors[0].name, "model.layers.0.self_attn.kv_b_proj.weight");
  EXPECT_EQ(tensors[0].shape, (Shape{6, 3}));
  EXPECT_EQ(StoredBytes(tensors[0]), 72U);
  const std::vector<float> expected = {0, 2, 4,  1, 3, 5,  12, 13, 14,
                                       6, 8, 10, 7, 9, 11, 15, 16, 17};
  const Bytes bytes(stored);
  EXPECT_EQ(ValuesOf(bytes, tensors[0], 0, 18), expected);
  for (std::uint64_t begin = 0; begin < 18; ++begin) {  // whatever the range
    EXPECT_EQ(ValuesOf(bytes, tensors[0], begin, 1).at(0), expected[begin]);
  }
  EXPECT_FALSE(JoinedKeysAndValues(Stored("k", {2, 3, 2}), Stored("v", {2, 1, 4}), "kv"));
}

}  // namespace gguf_conversion_test
}  // namespace modelkin
