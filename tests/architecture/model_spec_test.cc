#include "architecture/model_spec.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "architecture/configs.h"
#include "architecture/parameter_count.h"

namespace modelkin {
namespace {

using nlohmann::json;
using testing::Config;
using testing::RealConfig;

std::optional<ModelSpec> Resolve(const json& values, std::vector<Finding>& findings) {
  const ModelConfig config = Config(values);
  const Family* const family = FindFamily(config.model_type());
  if (family == nullptr) {
    ADD_FAILURE() << "unknown family " << config.model_type();
    return std::nullopt;
  }
  return ResolveSpec(config, *family, findings);
}

ModelSpec ResolveWhole(const json& values) {
  std::vector<Finding> findings;
  auto spec = Resolve(values, findings);
  for (const Finding& finding : findings) ADD_FAILURE() << finding.message;
  EXPECT_TRUE(spec.has_value());
  return spec.value_or(ModelSpec{.family = &Families().front()});
}

// Why a configuration gives no spec: the key that the only finding names.
std::string KeyRefused(const json& values) {
  std::vector<Finding> findings;
  if (Resolve(values, findings)) return "none refused";
  if (findings.size() != 1) return "not one finding";
  EXPECT_EQ(findings.front().kind, FindingKind::kBadValue);
  return findings.front().config_key;
}

// Totals from the models' cards and their published sizes, to the digit.
TEST(ExpectedParameters, SolarOpen100B) {
  const ModelSpec spec = ResolveWhole(RealConfig("solar-open-100b"));
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, 102'651'799'552U);
  EXPECT_EQ(expected->bytes, 205'303'611'392U);
  EXPECT_EQ(ActiveParameters(expected->count, spec), 12'054'833'152U);
  EXPECT_EQ(expected->count.by_layer, std::vector<std::uint64_t>(48, 2'105'024'640U));
  EXPECT_EQ(expected->count.Of(Component::kEmbedding), 805'306'368U);
  EXPECT_EQ(expected->count.Of(Component::kSharedExperts), 48 * 15'728'640U);
  EXPECT_EQ(expected->count.Of(Component::kRoutedExperts), 48 * 2'013'265'920UL);
  EXPECT_EQ(spec.Size("shared_width"), 1280U);
  EXPECT_EQ(spec.rotary.dims, 128U);
  EXPECT_EQ(spec.rotary.scaling, "yarn, factor 2");
  const auto cache = KeyValueCache(spec);
  EXPECT_EQ(cache->bytes_per_token, 48 * 2 * 8 * 128 * 2U);
  EXPECT_EQ(cache->at_full_context_bytes, std::uint64_t{131072} * 48 * 2 * 8 * 128 * 2);
}

TEST(ExpectedParameters, Glm45Air) {
  const ModelSpec spec = ResolveWhole(RealConfig("glm-4.5-air"));
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, 110'468'824'832U);
  EXPECT_EQ(expected->count.without_prediction(), 106'852'251'264U);
  EXPECT_EQ(expected->count.Of(Component::kMultiTokenPrediction), 3'616'573'568U);
  EXPECT_EQ(expected->bytes, 220'937'661'440U);
  EXPECT_EQ(ActiveParameters(expected->count, spec), 13'424'129'664U);
  EXPECT_EQ(expected->count.by_layer[0], 243'554'304U);
  EXPECT_EQ(expected->count.by_layer[1], 2'341'492'864U);
  EXPECT_EQ(spec.layers.front(), LayerKind::kDense);
  EXPECT_EQ(spec.layers.back(), LayerKind::kPrediction);
  EXPECT_EQ(spec.Size("shared_width"), 1408U);
  EXPECT_EQ(spec.rotary.dims, 64U);
  EXPECT_EQ(spec.rotary.scaling, "");
}

TEST(ExpectedParameters, Phi35Moe) {
  const ModelSpec spec = ResolveWhole(RealConfig("phi-3.5-moe"));
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, 41'873'153'344U);
  EXPECT_EQ(expected->bytes, 83'746'306'688U);
  EXPECT_EQ(ActiveParameters(expected->count, spec), 6'640'999'744U);
  EXPECT_EQ(expected->count.by_layer, std::vector<std::uint64_t>(32, 1'300'326'400U));
  EXPECT_EQ(expected->count.Of(Component::kHead), 131'366'208U);
}

// A small model of each other family, counted by hand.
struct HandCount {
  const char* name;
  json config;
  std::uint64_t total;
};

json Small(const char* type, const json& more) {
  json config = {{"model_type", type},
                 {"hidden_size", 8},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 4},
                 {"num_key_value_heads", 2},
                 {"intermediate_size", 16},
                 {"vocab_size", 10},
                 {"max_position_embeddings", 32},
                 {"tie_word_embeddings", false}};
  if (!more.is_null()) config.update(more);
  return config;
}

TEST(ExpectedParameters, SmallModelsByHand) {
  // Of dimension 8, heads of 2: q 8x8, k and v 4x8, o 8x8: 192; MLP 3 x 16x8: 384.
  constexpr std::uint64_t kFrame = 80 + 8 + 80;
  const HandCount counts[] = {
      {"llama", Small("llama", {}), kFrame + 2 * (16 + 192 + 384)},
      {"llama, biases", Small("llama", {{"attention_bias", true}, {"mlp_bias", true}}),
       kFrame + 2 * (16 + 192 + 384 + (8 + 4 + 4 + 8) + (16 + 16 + 8))},
      {"llama, tied", Small("llama", {{"tie_word_embeddings", true}}),
       kFrame - 80 + 2 * (16 + 192 + 384)},
      {"mistral, wide heads", Small("mistral", {{"head_dim", 4}}), kFrame + 2 * (16 + 384 + 384)},
      {"qwen2", Small("qwen2", {}), kFrame + 2 * (16 + 192 + 16 + 384)},
      {"qwen3", Small("qwen3", {{"head_dim", 2}}), kFrame + 2 * (16 + 192 + 4 + 384)},
      {"gemma2", Small("gemma2", {{"head_dim", 2}, {"tie_word_embeddings", true}}),
       kFrame - 80 + 2 * (32 + 192 + 384)},
      {"gemma3", Small("gemma3_text", {{"head_dim", 2}, {"tie_word_embeddings", true}}),
       kFrame - 80 + 2 * (32 + 192 + 4 + 384)},
      {"phi3", Small("phi3", {}), kFrame + 2 * (16 + 192 + 384)},
      {"mixtral", Small("mixtral", {{"num_local_experts", 3}, {"num_experts_per_tok", 2}}),
       kFrame + 2 * (16 + 192 + 3 * 8 + 3 * 384)},
      {"qwen2_moe, every second layer",
       Small("qwen2_moe", {{"num_experts", 3},
                           {"num_experts_per_tok", 2},
                           {"moe_intermediate_size", 4},
                           {"decoder_sparse_step", 2},
                           {"shared_expert_intermediate_size", 6}}),
       kFrame + 2 * (16 + 192 + 16) + 384 + (3 * 8 + 3 * 96 + 3 * 48 + 8)},
      {"qwen3_moe, first layer dense",
       Small("qwen3_moe", {{"head_dim", 2},
                           {"num_experts", 3},
                           {"num_experts_per_tok", 2},
                           {"moe_intermediate_size", 4},
                           {"mlp_only_layers", {0}}}),
       kFrame + 2 * (16 + 192 + 4) + 384 + (3 * 8 + 3 * 96)},
      {"olmoe", Small("olmoe", {{"num_experts", 3}, {"num_experts_per_tok", 2}}),
       kFrame + 2 * (16 + 192 + (8 + 4) + 3 * 8 + 3 * 384)},
      {"gpt_oss",
       Small("gpt_oss", {{"head_dim", 2}, {"num_local_experts", 3}, {"num_experts_per_tok", 2}}),
       kFrame +
           2 * (16 + 192 + (8 + 4 + 4 + 8) + 4 + (3 * 8 + 3) + 3 * (8 * 32 + 32 + 16 * 8 + 8))},
      {"deepseek_v2, no query rank",
       Small("deepseek_v2", {{"kv_lora_rank", 6},
                             {"qk_nope_head_dim", 3},
                             {"qk_rope_head_dim", 2},
                             {"v_head_dim", 3},
                             {"n_routed_experts", 3},
                             {"num_experts_per_tok", 2},
                             {"moe_intermediate_size", 4},
                             {"n_shared_experts", 2},
                             {"first_k_dense_replace", 1},
                             {"q_lora_rank", nullptr}}),
       kFrame + 2 * (16 + (20 * 8) + (8 * 8) + 6 + (24 * 6) + (8 * 12)) + 384 +
           (3 * 8 + 3 * 96 + 3 * 64)},
      {"deepseek_v3, query rank and prediction",
       Small("deepseek_v3", {{"kv_lora_rank", 6},
                             {"qk_nope_head_dim", 3},
                             {"qk_rope_head_dim", 2},
                             {"v_head_dim", 3},
                             {"n_routed_experts", 3},
                             {"num_experts_per_tok", 2},
                             {"moe_intermediate_size", 4},
                             {"n_shared_experts", 1},
                             {"first_k_dense_replace", 1},
                             {"q_lora_rank", 5},
                             {"num_nextn_predict_layers", 1}}),
       kFrame + 3 * (16 + (5 * 8 + 5 + 20 * 5) + (8 * 8) + 6 + (24 * 6) + (8 * 12)) + 384 +
           2 * (3 * 8 + 3 + 3 * 96 + 96) + (8 * 16 + 24 + 160)},
      {"gpt2",
       {{"model_type", "gpt2"},
        {"n_embd", 8},
        {"n_layer", 2},
        {"n_head", 4},
        {"n_positions", 32},
        {"vocab_size", 10}},
       80 + 256 + 16 + 2 * (32 + (192 + 24) + (64 + 8) + (256 + 32) + (256 + 8))},
      {"nanogpt, without biases",
       {{"model_type", "nanogpt"},
        {"n_embd", 8},
        {"n_layer", 2},
        {"n_head", 4},
        {"block_size", 32},
        {"bias", false},
        {"vocab_size", 10}},
       80 + 256 + 8 + 2 * (16 + 192 + 64 + 256 + 256)},
      {"gpt_neox", Small("gpt_neox", {}),
       160 + 16 + 2 * (32 + (192 + 24) + (64 + 8) + (128 + 16) + (128 + 8))},
      {"bert", Small("bert", {{"type_vocab_size", 2}}),
       80 + 256 + 16 + 16 + 72 + 2 * (32 + 3 * 72 + 72 + (128 + 16) + (128 + 8))},
  };
  std::set<std::string_view> covered;
  for (const HandCount& hand : counts) {
    SCOPED_TRACE(hand.name);
    const ModelSpec spec = ResolveWhole(hand.config);
    const auto expected = ExpectedParameters(spec);
    ASSERT_TRUE(expected);
    EXPECT_EQ(expected->count.total, hand.total);
    covered.insert(spec.family->name);
  }
  EXPECT_EQ(covered.size() + 3, Families().size()) << "a family without a count by hand";
}

TEST(KeyValueCache, Windows) {
  const auto at_full = [](const char* type, const json& more) {
    json values = {{"sliding_window", 8}};
    if (!more.is_null()) values.update(more);
    return KeyValueCache(ResolveWhole(Small(type, values)))->at_full_context_bytes;
  };
  // 32 positions; 2 layers of 2 heads of 2 elements of 2 bytes, keys and values.
  constexpr std::uint64_t kLayer = 2 * 2 * 2 * 2;
  EXPECT_EQ(at_full("llama", {}), 2 * 32 * kLayer);  // knows no window
  EXPECT_EQ(at_full("mistral", {}), 2 * 8 * kLayer);
  EXPECT_EQ(at_full("mistral", {{"sliding_window", nullptr}}), 2 * 32 * kLayer);
  EXPECT_EQ(at_full("mistral", {{"use_sliding_window", false}}), 2 * 32 * kLayer);
  EXPECT_EQ(at_full("gemma2", {{"head_dim", 2}}), (8 + 32) * kLayer);
  EXPECT_EQ(at_full("mistral", {{"layer_types", {"full_attention", "sliding_attention"}}}),
            (8 + 32) * kLayer);
  EXPECT_EQ(KeyValueCache(ResolveWhole(Small("bert", {})))->bytes_per_token, 0U);
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

// The largest sizes that pass: sums over them overflow, and say so.
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
      const ModelConfig parsed = Config(config);
      const auto spec = ResolveSpec(parsed, *FindFamily(wanted.family), findings);
      ASSERT_TRUE(spec) << findings.at(0).message;
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

// With quantised weights nobody says how large the files are.
TEST(ExpectedParameters, BytesOfQuantisedWeights) {
  json config = Small("llama", {{"torch_dtype", "bfloat16"}});
  EXPECT_EQ(ExpectedParameters(ResolveWhole(config))->bytes, 2 * (168 + 2 * (16 + 192 + 384)));
  config["quantization_config"] = {{"quant_method", "fp8"}};
  EXPECT_EQ(ExpectedParameters(ResolveWhole(config))->bytes, std::nullopt);
}

// Which of the layers have experts: "D" dense, "E" experts; or what is refused.
std::string Plan(const json& config) {
  std::vector<Finding> findings;
  const ModelConfig parsed = Config(config);
  const auto spec = ResolveSpec(parsed, *FindFamily(parsed.model_type()), findings);
  if (!spec) return findings.at(0).message;
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
    json config = Small("deepseek_v2", {{"num_hidden_layers", 5},
                                        {"kv_lora_rank", 6},
                                        {"qk_nope_head_dim", 3},
                                        {"qk_rope_head_dim", 2},
                                        {"v_head_dim", 3},
                                        {"n_routed_experts", 3},
                                        {"num_experts_per_tok", 2},
                                        {"moe_intermediate_size", 4},
                                        {"n_shared_experts", 2},
                                        {"first_k_dense_replace", 1}});
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

TEST(ResolveSpec, Windows) {
  const auto windowed = [](const char* type, const json& more) {
    json config = Small(type, {{"num_hidden_layers", 6}, {"sliding_window", 16}});
    config.update(more);
    std::vector<Finding> findings;
    const ModelConfig parsed = Config(config);
    const auto spec = ResolveSpec(parsed, *FindFamily(type), findings);
    EXPECT_EQ(spec->window.has_value(), spec->windowed_layers > 0);
    return spec->windowed_layers;
  };
  EXPECT_EQ(windowed("mistral", json::object()), 6U);
  EXPECT_EQ(windowed("mistral", {{"use_sliding_window", false}}), 0U);
  EXPECT_EQ(windowed("phimoe", {{"num_local_experts", 2}, {"num_experts_per_tok", 1}}), 6U);
  EXPECT_EQ(windowed("gemma3_text", json::object()), 5U);
  EXPECT_EQ(windowed("gemma3_text", {{"sliding_window_pattern", 2}}), 3U);
  EXPECT_EQ(windowed("mistral", {{"sliding_window", nullptr}}), 0U);
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

TEST(ExpectedParameters, Overflow) {
  const std::uint64_t large = std::uint64_t{1} << 32;
  const ModelSpec spec = ResolveWhole(Small("mixtral", {{"hidden_size", large},
                                                        {"intermediate_size", large},
                                                        {"num_local_experts", 1 << 20},
                                                        {"num_hidden_layers", 10'000}}));
  EXPECT_EQ(ExpectedParameters(spec), std::nullopt);
}

// Sizes that the publishers' index files give, for configurations that are not part of the project.
TEST(ExpectedParameters, RealConfigs) {
  const char* const folder = std::getenv("MODELKIN_SHARED_DATA");
  if (folder == nullptr || *folder == '\0') GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set";
  const std::string configs = std::string(folder) + "/realdata/configs/";
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(configs)) {
    const std::string path = entry.path().string();
    const std::size_t ending = path.find(".config.json");
    if (ending == std::string::npos) continue;
    const json config = json::parse(testing::ReadWholeFile(path));
    const std::string index = path.substr(0, ending) + ".model.safetensors.index.json";
    if (FindFamily(config.value("model_type", "")) == nullptr) continue;
    SCOPED_TRACE(path);
    const auto expected = ExpectedParameters(ResolveWhole(config));
    ASSERT_TRUE(expected);
    if (!std::filesystem::exists(index)) continue;
    const json size = json::parse(testing::ReadWholeFile(index))["metadata"]["total_size"];
    EXPECT_EQ(expected->bytes, size.get<std::uint64_t>());
    ++checked;
  }
  EXPECT_EQ(checked, 7);
}

}  // namespace
}  // namespace modelkin
