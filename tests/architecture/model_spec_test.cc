#include "architecture/model_spec.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "architecture/configs.h"

namespace modelkin {
namespace model_spec_test {

using nlohmann::json;
using testing::Resolve;
using testing::ResolveWhole;
using testing::Small;
using testing::SmallLatent;

// Why a configuration gives no spec: the key that the only finding names.
std::string KeyRefused(const json& values) {
  std::vector<Finding> findings;
  if (Resolve(values, findings)) return "none refused";
  if (findings.size() != 1) return "not one finding";
  EXPECT_EQ(findings.front().kind, FindingKind::kBadValue);
  return findings.front().config_key;
}

TEST(ResolveSpec, DefaultsAreTheFamilys) {
  const ModelSpec spec = ResolveWhole({{"model_type", "llama"},
                                       {"hidden_size", 8},
                                       {"num_hidden_layers", 1},
                                       {"num_attention_heads", 4},
                                       {"intermediate_size", 16},
                                       {"vocab_size", 10}});
  EXPECT_EQ(spec.Size("kv_heads"), 4U);
  EXPECT_EQ(spec.sizes.at("kv_heads").key, "");
  EXPECT_EQ(spec.sizes.at("heads").key, "num_attention_heads");
  EXPECT_EQ(spec.Size("head_dim"), 2U);
  EXPECT_TRUE(spec.flags.empty());
}

TEST(ResolveSpec, BadValues) {
  EXPECT_EQ(KeyRefused(Small("llama", {{"hidden_size", "8"}})), "hidden_size");
  EXPECT_EQ(KeyRefused(Small("llama", {{"hidden_size", -8}})), "hidden_size");
  EXPECT_EQ(KeyRefused(Small("llama", {{"hidden_size", 8.5}})), "hidden_size");
  EXPECT_EQ(KeyRefused(Small("llama", {{"num_hidden_layers", 10'001}})), "num_hidden_layers");
  EXPECT_EQ(KeyRefused(Small("mixtral", {{"num_local_experts", std::uint64_t{1} << 60}})),
            "num_local_experts");
  EXPECT_EQ(KeyRefused(Small("llama", {{"vocab_size", std::uint64_t{1} << 33}})), "vocab_size");
  EXPECT_EQ(KeyRefused(Small("llama", {{"hidden_size", 7}})), "head_dim");  // 4 heads
  EXPECT_EQ(KeyRefused(Small("llama", {{"num_attention_heads", 0}})), "head_dim");
  json missing = Small("llama", {});
  missing.erase("vocab_size");
  EXPECT_EQ(KeyRefused(missing), "vocab_size");
  missing["vocab_size"] = nullptr;
  EXPECT_EQ(KeyRefused(missing), "vocab_size");
}

struct Default {
  const char* family;
  const char* key;
  const char* size;
  std::optional<std::uint64_t> without, if_null;
};

// What the families' own configuration classes give, where a key is missing and where it is null;
// of 16 heads and a residual of 64.
TEST(ResolveSpec, FamilyDefaults) {
  const json more = {{"num_hidden_layers", 5},
                     {"hidden_size", 64},
                     {"num_attention_heads", 16},
                     {"num_local_experts", 4},
                     {"num_experts", 4},
                     {"n_routed_experts", 4},
                     {"num_experts_per_tok", 2},
                     {"moe_intermediate_size", 4},
                     {"kv_lora_rank", 6},
                     {"qk_nope_head_dim", 3},
                     {"qk_rope_head_dim", 2},
                     {"v_head_dim", 3},
                     {"shared_expert_intermediate_size", 6}};
  const Default defaults[] = {{"llama", "num_key_value_heads", "kv_heads", 16, 16},
                              {"llama", "head_dim", "head_dim", 4, 4},
                              {"mistral", "num_key_value_heads", "kv_heads", 8, 16},
                              {"mixtral", "num_key_value_heads", "kv_heads", 8, 16},
                              {"phimoe", "num_key_value_heads", "kv_heads", 8, 16},
                              {"solar_open", "num_key_value_heads", "kv_heads", 8, 16},
                              {"solar_open", "head_dim", "head_dim", 128, 4},
                              {"glm4_moe", "num_key_value_heads", "kv_heads", 8, 16},
                              {"qwen3", "head_dim", "head_dim", 128, 4},
                              {"qwen3_moe", "num_key_value_heads", "kv_heads", 4, 16},
                              {"gemma2", "num_key_value_heads", "kv_heads", 4, 16},
                              {"gemma2", "head_dim", "head_dim", 256, 4},
                              {"gemma3_text", "num_key_value_heads", "kv_heads", 4, 16},
                              {"gemma3_text", "vocab_size", "vocab", 262208, 262208},
                              {"gemma3_text", "num_attention_heads", "heads", 8, 8},
                              {"gpt_oss", "head_dim", "head_dim", 64, 4},
                              {"gpt_oss", "num_key_value_heads", "kv_heads", 8, 16},
                              {"deepseek_v2", "q_lora_rank", "query_rank", 1536, 0},
                              {"deepseek_v2", "n_shared_experts", "shared_experts", 2, 0},
                              {"deepseek_v3", "q_lora_rank", "query_rank", 1536, 0},
                              {"deepseek_v3", "n_shared_experts", "shared_experts", 1, 0},
                              {"deepseek_v3", "first_k_dense_replace", "dense_layers", 3, 3},
                              {"deepseek_v3", "n_group", "groups", 8, 8}};
  for (const Default& wanted : defaults) {
    SCOPED_TRACE(::testing::Message() << wanted.family << ", " << wanted.key);
    json config = Small(wanted.family, more);
    for (const auto& [null, expected] :
         {std::pair{false, wanted.without}, std::pair{true, wanted.if_null}}) {
      config.erase(wanted.key);
      if (null) config[wanted.key] = nullptr;
      std::vector<Finding> findings;
      const auto spec = Resolve(config, findings);
      ASSERT_TRUE(spec) << findings.at(0).message.english;
      EXPECT_EQ(spec->Size(wanted.size), expected) << (null ? "null" : "missing");
    }
  }
}

TEST(ResolveSpec, SizesThatMakeNoModel) {
  EXPECT_EQ(KeyRefused(Small("llama", {{"num_key_value_heads", 0}})), "num_key_value_heads");
  EXPECT_EQ(KeyRefused(Small("llama", {{"num_key_value_heads", 3}})), "num_key_value_heads");
  EXPECT_EQ(KeyRefused(Small("mixtral", {{"num_local_experts", 3}, {"num_experts_per_tok", 4}})),
            "num_experts_per_tok");
  EXPECT_EQ(KeyRefused(Small("mixtral", {{"num_local_experts", 3}, {"num_experts_per_tok", 0}})),
            "num_experts_per_tok");
  EXPECT_EQ(KeyRefused(Small("llama", {{"tie_word_embeddings", "true"}})), "tie_word_embeddings");
}

// Which of the layers have experts: "D" dense, "E" experts; or what is refused.
std::string Plan(const json& config) {
  std::vector<Finding> findings;
  const auto spec = Resolve(config, findings);
  if (!spec) return findings.at(0).message.english;
  std::string plan;
  for (const LayerKind kind : spec->layers) plan += kind == LayerKind::kExperts ? 'E' : 'D';
  return plan;
}

TEST(ResolveSpec, WhichLayersHaveExperts) {
  const auto sparse = [](const json& more) {
    json config = Small("qwen3_moe", {{"num_hidden_layers", 6},
                                      {"num_experts", 4},
                                      {"num_experts_per_tok", 2},
                                      {"moe_intermediate_size", 4}});
    config.update(more);
    return Plan(config);
  };
  EXPECT_EQ(sparse(json::object()), "EEEEEE");
  EXPECT_EQ(sparse({{"decoder_sparse_step", 2}}), "DEDEDE");
  EXPECT_EQ(sparse({{"decoder_sparse_step", nullptr}, {"mlp_only_layers", {1, -1, "x"}}}),
            "EDEEEE");
  EXPECT_EQ(sparse({{"num_experts", 0}, {"num_experts_per_tok", 0}}), "DDDDDD");
  EXPECT_EQ(sparse({{"decoder_sparse_step", 0}}),
            "config.json: \"decoder_sparse_step\" is 0, not a whole number above 0");
  EXPECT_EQ(sparse({{"decoder_sparse_step", "2"}}),
            "config.json: \"decoder_sparse_step\" is \"2\", not a whole number above 0");

  const auto dense_first = [](const json& more) {
    json config = SmallLatent("deepseek_v2", {{"num_hidden_layers", 5}, {"n_shared_experts", 2}});
    config.update(more);
    return Plan(config);
  };
  EXPECT_EQ(dense_first(json::object()), "DEEEE");
  EXPECT_EQ(dense_first({{"moe_layer_freq", 2}}), "DDEDE");
  EXPECT_EQ(dense_first({{"moe_layer_freq", {0, 1, true, 0, false}}}), "DEEDD");
  EXPECT_EQ(dense_first({{"moe_layer_freq", {0, 1}}}),
            "config.json: \"moe_layer_freq\" is a list of 2, not one for each of 5 layers");
  EXPECT_EQ(dense_first({{"moe_layer_freq", -1}}),
            "config.json: \"moe_layer_freq\" is -1, not a whole number above 0");
}

TEST(ResolveSpec, WhichLayersHaveExpertsByOtherKeys) {
  const auto ernie = [](const json& more) {
    json config = Small("ernie4_5_moe", {{"num_hidden_layers", 6},
                                         {"moe_num_experts", 4},
                                         {"moe_k", 2},
                                         {"moe_intermediate_size", 4}});
    config.update(more);
    return Plan(config);
  };
  EXPECT_EQ(ernie(json::object()), "DEEEEE");
  EXPECT_EQ(ernie({{"moe_layer_end_index", -1}}), "DEEEEE");
  EXPECT_EQ(ernie({{"moe_layer_start_index", 2}, {"moe_layer_end_index", 4}}), "DDEEED");
  EXPECT_EQ(ernie({{"moe_layer_interval", 2}}), "DEDEDE");
  EXPECT_EQ(ernie({{"moe_layer_interval", 0}}),
            "config.json: \"moe_layer_interval\" is 0, not a whole number above 0");

  const auto llama4 = [](const json& more) {
    json config =
        Small("llama4_text",
              {{"num_hidden_layers", 4}, {"num_local_experts", 4}, {"num_experts_per_tok", 1}});
    config.update(more);
    return Plan(config);
  };
  EXPECT_EQ(llama4(json::object()), "EEEE");
  EXPECT_EQ(llama4({{"interleave_moe_layer_step", 2}}), "DEDE");
  EXPECT_EQ(llama4({{"moe_layers", {0, 3, 9, "x"}}}), "EDDE");

  const auto listed = [](const json& types) {
    return Plan(Small("hy_v3", {{"num_hidden_layers", 3},
                                {"num_experts", 4},
                                {"num_experts_per_tok", 2},
                                {"moe_intermediate_size", 4},
                                {"mlp_layer_types", types}}));
  };
  EXPECT_EQ(listed(nullptr), "DEE");
  EXPECT_EQ(listed({"sparse", "dense", 1}), "EDD");
  EXPECT_EQ(listed({"sparse"}),
            "config.json: \"mlp_layer_types\" is a list of 1, not one for each of 3 layers");
}

// Some files have a list of one size for each layer.
TEST(ResolveSpec, SizesOfEachLayer) {
  const auto moe = [](const json& chosen) {
    return Small("hunyuan_v1_moe", {{"num_experts", 4}, {"moe_topk", chosen}});
  };
  EXPECT_EQ(ResolveWhole(moe({2, 2})).Size("experts_per_token"), 2U);
  EXPECT_EQ(KeyRefused(moe({2, 3})), "moe_topk");
  EXPECT_EQ(KeyRefused(moe({-2, -2})), "moe_topk");
  EXPECT_EQ(KeyRefused(moe(json::array())), "moe_topk");
  EXPECT_EQ(KeyRefused(moe({"2"})), "moe_topk");
}

// A flag may have several keys: the first that is there counts.
TEST(ResolveSpec, FlagsOfSeveralKeys) {
  EXPECT_TRUE(ResolveWhole(Small("internlm3", {{"qkv_bias", true}})).flags.contains("qkv_bias"));
  EXPECT_FALSE(ResolveWhole(Small("internlm3", {{"qkv_bias", false}, {"attention_bias", true}}))
                   .flags.contains("qkv_bias"));
  EXPECT_EQ(KeyRefused(Small("internlm3", {{"qkv_bias", "yes"}})), "qkv_bias");
}

TEST(ResolveSpec, Windows) {
  const auto windowed = [](const char* type, const json& more) {
    json config = Small(type, {{"num_hidden_layers", 6}, {"sliding_window", 16}});
    config.update(more);
    const ModelSpec spec = ResolveWhole(config);
    EXPECT_EQ(spec.window.has_value(), spec.CountWindowedLayers() > 0);
    return spec.CountWindowedLayers();
  };
  EXPECT_EQ(windowed("mistral", json::object()), 6U);
  EXPECT_EQ(windowed("mistral", {{"use_sliding_window", false}}), 0U);
  EXPECT_EQ(windowed("phimoe", {{"num_local_experts", 2}, {"num_experts_per_tok", 1}}), 6U);
  EXPECT_EQ(windowed("gemma3_text", json::object()), 5U);
  EXPECT_EQ(windowed("gemma3_text", {{"sliding_window_pattern", 2}}), 3U);
  EXPECT_EQ(windowed("mistral", {{"sliding_window", nullptr}}), 0U);
  // All but every fourth layer, from either end.
  EXPECT_EQ(windowed("olmo3", json::object()), 5U);
  EXPECT_EQ(windowed("cwm", json::object()), 4U);
  EXPECT_EQ(windowed("exaone4", {{"sliding_window_pattern", "LLLG"}}), 5U);
  EXPECT_EQ(windowed("exaone4", {{"sliding_window_pattern", 3}}), 4U);
  // Qwen has a window only where told so, from a layer on.
  const json told = {{"use_sliding_window", true}, {"max_window_layers", 5},
                     {"num_experts", 2},           {"num_experts_per_tok", 1},
                     {"moe_intermediate_size", 4}, {"shared_expert_intermediate_size", 4}};
  EXPECT_EQ(windowed("qwen2_moe", told), 3U);
  EXPECT_EQ(windowed("qwen3_moe", told), 6U);
  EXPECT_EQ(windowed("qwen2", {{"max_window_layers", 4}}), 0U);
  EXPECT_EQ(windowed("qwen2", {{"use_sliding_window", true}, {"max_window_layers", 4}}), 2U);
  EXPECT_EQ(windowed("qwen3", {{"layer_types", {"full_attention", "sliding_attention"}}}), 1U);
}

// An image's sides come as a list of one number twice, or as that number.
TEST(ResolveSpec, SizesOfLists) {
  const auto image = [](const json& side) -> std::optional<std::uint64_t> {
    json config = Small("vit", {{"image_size", side}, {"patch_size", {4, 4}}});
    std::vector<Finding> findings;
    const auto spec = ResolveSpec(testing::Config(std::move(config)),
                                  *FindFamily("vit", Component::kVision), findings);
    EXPECT_EQ(spec.has_value(), findings.empty());
    return spec ? spec->Size("positions") : std::nullopt;
  };
  EXPECT_EQ(image(18), 17U);
  EXPECT_EQ(image({18, 18}), 17U);
  for (const json& side : {json{18, 19}, json::array(), json{"18", "18"}, json{-18, -18},
                           json{nullptr, nullptr}, json{json{18}, json{18}}, json("18")}) {
    EXPECT_EQ(image(side), std::nullopt) << side;
  }
}

TEST(ResolveSpec, FlagsOfTextsListsAndSizes) {
  const auto flags = [](const char* type, Component component, const json& more) {
    std::vector<Finding> findings;
    const auto spec =
        ResolveSpec(testing::Config(Small(type, more)), *FindFamily(type, component), findings);
    EXPECT_TRUE(spec) << findings.at(0).message.english;
    return spec ? spec->flags : std::set<std::string_view>{};
  };
  const json t5 = {{"tie_word_embeddings", false}};
  const auto gated = [&](const json& more) {
    json config = t5;
    config.update(more);
    return flags("t5", Component::kText, config).contains("gated");
  };
  EXPECT_FALSE(gated(json::object()));
  EXPECT_FALSE(gated({{"feed_forward_proj", "relu"}}));
  EXPECT_TRUE(gated({{"feed_forward_proj", "gated-gelu"}}));
  const auto deepstack = [&](const json& indexes) {
    return flags("qwen3_vl", Component::kVision,
                 {{"num_heads", 4}, {"deepstack_visual_indexes", indexes}})
        .contains("deepstack");
  };
  EXPECT_TRUE(deepstack({1, 2, 3}));
  EXPECT_FALSE(deepstack(json::array()));
  EXPECT_TRUE(flags("electra", Component::kText, {{"embedding_size", 4}}).contains("projected"));
  EXPECT_FALSE(flags("electra", Component::kText, {{"embedding_size", 8}}).contains("projected"));
}

// The stacks of an encoder-decoder have layers of their own number.
TEST(ResolveSpec, TwoStacks) {
  const ModelSpec spec = ResolveWhole(
      {{"model_type", "t5"}, {"vocab_size", 10}, {"num_layers", 2}, {"num_decoder_layers", 3}});
  EXPECT_EQ(spec.layers.size(), 3U);
  const auto layers_with = [&](std::string_view name) {
    for (const TensorRule& rule : spec.family->tensors) {
      if (rule.name == name) return spec.LayersWith(rule);
    }
    return std::uint64_t{0};
  };
  EXPECT_EQ(layers_with("encoder.block.{L}.layer.0.layer_norm.weight"), 2U);
  EXPECT_EQ(layers_with("decoder.block.{L}.layer.0.layer_norm.weight"), 3U);
  EXPECT_EQ(layers_with("decoder.block.{L}.layer.0.SelfAttention.relative_attention_bias.weight"),
            1U);
  EXPECT_EQ(
      KeyRefused({{"model_type", "t5"}, {"vocab_size", 10}, {"num_decoder_layers", 1'000'000'000}}),
      "num_decoder_layers");
}

}  // namespace model_spec_test
}  // namespace modelkin
