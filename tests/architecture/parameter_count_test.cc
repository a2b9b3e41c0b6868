#include "architecture/parameter_count.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "architecture/configs.h"
#include "architecture/encoder_cases.h"
#include "architecture/stored_models.h"

namespace modelkin {
namespace parameter_count_test {

using nlohmann::json;
using testing::RealConfig;
using testing::ResolveWhole;
using testing::Small;
using testing::SmallLatent;

// By hand: 24 layers attend and 69 have a state, the first is dense and 92 have experts of a latent
// vector.
TEST(ExpectedParameters, TextOfKimiK3) {
  const ModelSpec spec = ResolveWhole(RealConfig("kimi-k3"));
  constexpr std::uint64_t kResidual = 7168, kInner = 96 * 128, kLatent = 3584, kWidth = 3072;
  constexpr std::uint64_t kAttention =
      1536 * kResidual + 1536 + 96 * 192 * 1536 + (512 + 64) * kResidual + 512 + 96 * 256 * 512;
  constexpr std::uint64_t kDelta = 3 * kInner * (kResidual + 4) + 96 + kInner + 128 * kResidual +
                                   kInner * 128 + 96 * kResidual + 128;
  constexpr std::uint64_t kInEach = 2 * kInner * kResidual + 2 * kResidual + 4 * kResidual;
  constexpr std::uint64_t kMixture = 896 * kResidual + 896 + 896 * 3 * kWidth * kLatent +
                                     2 * kLatent * kResidual + kLatent + 3 * 2 * kWidth * kResidual;
  EXPECT_EQ(ExpectedParameters(spec)->count.total,
            2 * 163'840 * kResidual + kResidual + 2 * kResidual + 24 * kAttention + 69 * kDelta +
                93 * kInEach + 3 * 33'792 * kResidual + 92 * kMixture);
}

// Totals from the models' cards and their published sizes, to the digit.
// By hand: embedding and head, attention with a gate a head, three dense layers, 42 of experts.
TEST(ExpectedParameters, Step37Flash) {
  const ModelSpec spec = ResolveWhole(RealConfig("step-3.7-flash"));
  constexpr std::uint64_t kResidual = 4096, kHeads = 64, kKeyHeads = 8, kHeadDim = 128;
  constexpr std::uint64_t kAttention = 2 * kHeads * kHeadDim * kResidual +
                                       2 * kKeyHeads * kHeadDim * kResidual + kHeads * kResidual +
                                       2 * kHeadDim + 2 * kResidual;
  constexpr std::uint64_t kMixture = 289 * 3 * 1280 * kResidual + 288 * kResidual + 288;
  const ParameterCount count = ExpectedParameters(spec)->count;
  EXPECT_EQ(count.total, 2 * 128'896 * kResidual + kResidual + 45 * kAttention +
                             3 * 3 * 11'264 * kResidual + 42 * kMixture);
  EXPECT_EQ(count.total, 195'844'508'736U);
  EXPECT_EQ(spec.CountWindowedLayers(), 33U);
}

TEST(ExpectedParameters, SolarOpen100B) {
  const ModelSpec spec = ResolveWhole(RealConfig("solar-open-100b"));
  const auto expected = ExpectedParameters(spec);
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->count.total, 102'651'799'552U);
  EXPECT_EQ(expected->bytes, 205'303'611'392U);
  EXPECT_EQ(ActiveParameters(expected->count, spec), 12'054'833'152U);
  EXPECT_EQ(expected->count.by_layer, std::vector<std::uint64_t>(48, 2'105'024'640U));
  EXPECT_EQ(expected->count.Of(ModuleKind::kEmbedding), 805'306'368U);
  EXPECT_EQ(expected->count.Of(ModuleKind::kSharedExperts), 48 * 15'728'640U);
  EXPECT_EQ(expected->count.Of(ModuleKind::kRoutedExperts), 48 * 2'013'265'920UL);
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
  EXPECT_EQ(expected->count.Of(ModuleKind::kMultiTokenPrediction), 3'616'573'568U);
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
  EXPECT_EQ(expected->count.Of(ModuleKind::kHead), 131'366'208U);
}

struct HandCount {
  const char* name;
  json config;
  std::uint64_t total;
};

// Published totals and sizes, where transformers has no code of its own for a family. No file of
// these was at hand: totals and sizes are from memory, and agree with each other to the digit.
TEST(ExpectedParameters, PublishedTotals) {
  const auto config = [](const char* type, const json& sizes) {
    json values = {{"model_type", type}, {"tie_word_embeddings", false}};
    values.update(sizes);
    return values;
  };
  const HandCount counts[] = {
      {"Baichuan2-7B",
       config("baichuan", {{"hidden_size", 4096},
                           {"num_hidden_layers", 32},
                           {"num_attention_heads", 32},
                           {"intermediate_size", 11008},
                           {"vocab_size", 125696}}),
       7'505'973'248},
      {"Qwen-7B",
       config("qwen", {{"hidden_size", 4096},
                       {"num_hidden_layers", 32},
                       {"num_attention_heads", 32},
                       {"kv_channels", 128},
                       {"intermediate_size", 22016},
                       {"vocab_size", 151936}}),
       7'721'324'544},
      {"internlm2-7b",
       config("internlm2", {{"hidden_size", 4096},
                            {"num_hidden_layers", 32},
                            {"num_attention_heads", 32},
                            {"num_key_value_heads", 8},
                            {"intermediate_size", 14336},
                            {"vocab_size", 92544}}),
       7'737'708'544},
      {"chatglm3-6b",
       config("chatglm", {{"hidden_size", 4096},
                          {"num_layers", 28},
                          {"num_attention_heads", 32},
                          {"multi_query_group_num", 2},
                          {"kv_channels", 128},
                          {"ffn_hidden_size", 13696},
                          {"add_qkv_bias", true},
                          {"padded_vocab_size", 65024}}),
       6'243'584'000},
      {"MiMo-7B-Base",
       config("mimo", {{"hidden_size", 4096},
                       {"num_hidden_layers", 36},
                       {"num_attention_heads", 32},
                       {"num_key_value_heads", 8},
                       {"head_dim", 128},
                       {"intermediate_size", 11008},
                       {"num_nextn_predict_layers", 1},
                       {"vocab_size", 151680}}),
       7'833'409'536},
      {"MiniCPM-2B",
       config("minicpm", {{"hidden_size", 2304},
                          {"num_hidden_layers", 40},
                          {"num_attention_heads", 36},
                          {"num_key_value_heads", 36},
                          {"intermediate_size", 5760},
                          {"tie_word_embeddings", true},
                          {"vocab_size", 122753}}),
       2'724'880'896},
  };
  for (const HandCount& published : counts) {
    SCOPED_TRACE(published.name);
    const auto expected = ExpectedParameters(ResolveWhole(published.config));
    ASSERT_TRUE(expected);
    EXPECT_EQ(expected->count.total, published.total);
  }
}

// A small model of each other family, counted by hand.
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
       SmallLatent("deepseek_v2", {{"n_shared_experts", 2}, {"q_lora_rank", nullptr}}),
       kFrame + 2 * (16 + (20 * 8) + (8 * 8) + 6 + (24 * 6) + (8 * 12)) + 384 +
           (3 * 8 + 3 * 96 + 3 * 64)},
      {"deepseek_v3, query rank and prediction",
       SmallLatent("deepseek_v3",
                   {{"n_shared_experts", 1}, {"q_lora_rank", 5}, {"num_nextn_predict_layers", 1}}),
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
  // Counted above, or by transformers: family_tensors_test.cc, encoder_family_test.cc.
  covered.insert({"solar_open", "glm4_moe", "phimoe", "baichuan", "qwen", "internlm2", "chatglm",
                  "mimo", "minicpm", "intern_vit", "step3p7"});
  covered.insert("qwen3_vl_moe");  // InspectTest.PublishedModelsOfTwoComponents
  for (const auto& one : testing::EncoderCases()) covered.insert(one.family()->name);
  const json counted =
      json::parse(testing::ReadWholeFile(MODELKIN_TEST_DATA "/family_tensors.json"));
  for (const testing::StoredModel& model : testing::StoredModels()) {
    const Family* const family = FindFamily(model.config.value("model_type", ""));
    ASSERT_NE(family, nullptr) << model.name;
    covered.insert(family->name);
  }
  for (const Family& family : Families()) {
    if (family.component == Component::kPrediction) continue;
    EXPECT_TRUE(covered.contains(family.name) ||
                counted.contains(std::string(family.model_types.front())))
        << family.name << " is counted nowhere";
  }
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

// With quantised weights nobody says how large the files are.
TEST(ExpectedParameters, BytesOfQuantisedWeights) {
  json config = Small("llama", {{"torch_dtype", "bfloat16"}});
  EXPECT_EQ(ExpectedParameters(ResolveWhole(config))->bytes, 2 * (168 + 2 * (16 + 192 + 384)));
  config["quantization_config"] = {{"quant_method", "fp8"}};
  EXPECT_EQ(ExpectedParameters(ResolveWhole(config))->bytes, std::nullopt);
}

// The largest sizes that pass: sums over them overflow, and say so.
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
  EXPECT_EQ(checked, 9);
}

}  // namespace parameter_count_test
}  // namespace modelkin
