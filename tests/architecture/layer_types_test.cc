#include "architecture/layer_types.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "architecture/configs.h"
#include "architecture/parameter_count.h"

namespace modelkin {
namespace layer_types_test {

using nlohmann::json;
using testing::Resolve;
using testing::Small;

// A letter for what mixes tokens in each layer: attention, linear attention, state space,
// convolution, "+" for more than one, "-" for none; or what is refused.
std::string Mixers(const char* type, const json& more) {
  json config = Small(type, {{"num_hidden_layers", 5}, {"head_dim", 2}});
  config.update(more);
  std::vector<Finding> findings;
  const auto spec = Resolve(config, findings);
  if (!spec) return findings.at(0).message.english;
  std::string letters;
  for (const LayerParts parts : spec->parts) {
    std::string mixers;
    for (const auto& [part, letter] :
         {std::pair{LayerPart::kAttention, 'A'}, std::pair{LayerPart::kLinearAttention, 'L'},
          std::pair{LayerPart::kStateSpace, 'S'}, std::pair{LayerPart::kConvolution, 'C'}}) {
      if (parts.Has(part)) mixers += letter;
    }
    letters += mixers.empty() ? "-" : mixers.size() > 1 ? "+" : mixers;
  }
  return letters;
}

TEST(LayerTypes, ByListOrStep) {
  const json lists = {{"layer_types",
                       {"full_attention", "linear_attention", "full_attention", "full_attention",
                        "linear_attention"}}};
  EXPECT_EQ(Mixers("qwen3_5_text", lists), "ALAAL");
  EXPECT_EQ(Mixers("qwen3_5_text", json::object()), "LLLAL");
  EXPECT_EQ(Mixers("qwen3_5_text", {{"layer_types", nullptr}}), "LLLAL");
  EXPECT_EQ(Mixers("qwen3_5_text", {{"full_attention_interval", 2}}), "LALAL");
  EXPECT_EQ(Mixers("jamba", {{"attn_layer_period", 3}, {"attn_layer_offset", 1}}), "SASSA");
}

TEST(LayerTypes, ByLettersOrNumbers) {
  const json letters = {{"hybrid_override_pattern", "M-*EM"}, {"head_dim", 2}};
  EXPECT_EQ(Mixers("nemotron_h", letters), "S-A-S");
  EXPECT_EQ(Mixers("bamba", {{"mamba_n_heads", 4}, {"attn_layer_indices", {1, 4, 99, -1, "x"}}}),
            "SASSA");
  EXPECT_EQ(Mixers("bamba", {{"mamba_n_heads", 4}}), "SSSSS");
  EXPECT_EQ(Mixers("lfm2", {{"full_attn_idxs", {0, 2}}}), "ACACC");
  EXPECT_EQ(Mixers("falcon_h1", json::object()), "+++++");
  EXPECT_EQ(Mixers("llama", json::object()), "AAAAA");
}

// The number of layers is that of the list, where config.json has another or none.
TEST(LayerTypes, CountLayers) {
  EXPECT_EQ(Mixers("nemotron_h", {{"layers_block_type", {"mamba", "moe", "attention"}}}), "S-A");
}

TEST(LayerTypes, WhatMakesNoModel) {
  EXPECT_EQ(Mixers("qwen3_5_text", {{"layer_types", {"full_attention"}}}),
            "config.json: \"layer_types\" says what 1 layers are, not 5");
  EXPECT_EQ(Mixers("nemotron_h", {{"hybrid_override_pattern", "M-X"}}),
            "config.json: \"hybrid_override_pattern\" makes layer 2 \"X\", which the family does "
            "not have");
  EXPECT_EQ(Mixers("qwen3_5_text", {{"layer_types", {1, 2, {}, nullptr, -1}}}),
            "config.json: \"layer_types\" makes layer 0 \"1\", which the family does not have");
  EXPECT_EQ(Mixers("qwen3_5_text", {{"full_attention_interval", 0}}),
            "config.json: \"full_attention_interval\" makes no steps from layer to layer");
  EXPECT_EQ(Mixers("qwen3_5_text", {{"full_attention_interval", "4"}}),
            "config.json: \"full_attention_interval\" makes no steps from layer to layer");
  EXPECT_EQ(Mixers("nemotron_h", {{"hybrid_override_pattern", std::string(10'001, 'M')}}),
            "config.json: \"hybrid_override_pattern\" is 10001, which no model has");
  // A list of numbers is a size for each layer only if it has one for each.
  EXPECT_EQ(Mixers("gemma3n_text", {{"intermediate_size", {1, 2}}}),
            "config.json: \"intermediate_size\" is [1,2], not a whole number");
}

TEST(LayerTypes, SizesOfLayers) {
  json config = Small(
      "gemma3n_text",
      {{"num_hidden_layers", 3}, {"intermediate_size", {4, 4, 6}}, {"num_kv_shared_layers", 1}});
  std::vector<Finding> findings;
  const auto spec = Resolve(config, findings);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->Size("width"), 4U);
  EXPECT_EQ(spec->Size("width", 2), 6U);
  EXPECT_EQ(spec->Size("width", 9), 4U);
  EXPECT_EQ(spec->Evaluate("2 * width", 2), 12U);
  // The last layer keeps nothing: it has an earlier one's keys.
  EXPECT_EQ(CachedElements(*spec, 1), 2U * 2 * 256);
  EXPECT_EQ(CachedElements(*spec, 2), 0U);
  config["num_kv_shared_layers"] = 99;
  EXPECT_EQ(Resolve(config, findings)->CountLayers(LayerPart::kOwnKeys), 0U);
}

}  // namespace layer_types_test
}  // namespace modelkin
