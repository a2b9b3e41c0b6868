// Published configurations, and how many parameters transformers 5.24 makes of them: counted on
// torch's meta device, with correction biases and without prediction of further tokens.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "architecture/configs.h"
#include "architecture/parameter_count.h"

namespace modelkin {
namespace published_totals_test {

using nlohmann::json;
using testing::RealConfig;
using testing::ResolveWhole;

std::uint64_t Total(const ModelSpec& spec) {
  const auto expected = ExpectedParameters(spec);
  return expected ? expected->count.without_prediction() : 0;
}

struct Published {
  const char* config;
  std::uint64_t total, attending, cache_per_token;
};

// A token is cached by layers that attend, in 2 bytes a value.
TEST(PublishedTotals, OfTestData) {
  const Published all[] = {
      {"qwen3.5-27b", 26'895'998'464, 16, 16 * 2 * 4 * 256 * 2},
      {"qwen3.5-397b-a17b", 396'346'350'336, 15, 15 * 2 * 2 * 256 * 2},
      {"nemotron-h-56b", 56'324'350'464, 10, 10 * 2 * 8 * 128 * 2},
      {"nemotron-3-ultra", 549'308'993'536, 12, 12 * 2 * 2 * 128 * 2},
      {"gemma-4-31b", 30'697'345'340, 60, (50 * 2 * 16 * 256 + 10 * 2 * 4 * 512) * 2},
      {"glm-5.2", 743'377'019'904, 78, 78 * (512 + 64) * 2},
      {"deepseek-v3.2", 671'877'944'064, 61, 61 * (512 + 64) * 2},
      {"deepseek-v4-flash", 284'332'240'471, 43, 43 * 512 * 2}};
  for (const Published& published : all) {
    SCOPED_TRACE(published.config);
    const ModelSpec spec = ResolveWhole(RealConfig(published.config));
    EXPECT_EQ(Total(spec), published.total);
    EXPECT_EQ(spec.CountLayers(LayerPart::kAttention), published.attending);
    EXPECT_EQ(KeyValueCache(spec)->bytes_per_token, published.cache_per_token);
  }
}

// All tokens take the way into the latent vector of experts and back.
TEST(PublishedTotals, ActiveOfNemotron3) {
  const ModelSpec spec = ResolveWhole(RealConfig("nemotron-3-ultra"));
  constexpr std::uint64_t kExpert = 2 * 5120 * 2048, kLayers = 48;
  EXPECT_EQ(ActiveParameters(ExpectedParameters(spec)->count, spec),
            549'308'993'536 - kLayers * (512 - 22) * kExpert);
}

// Windows of 1024 in five layers of six.
TEST(PublishedTotals, FullContextOfGemma4) {
  const ModelSpec spec = ResolveWhole(RealConfig("gemma-4-31b"));
  constexpr std::uint64_t kPositions = 262144;
  EXPECT_EQ(KeyValueCache(spec)->at_full_context_bytes,
            50 * 1024 * (2 * 16 * 256 * 2) + 10 * kPositions * (2 * 4 * 512 * 2));
}

// The last 128 tokens, and one vector for a run of 4 or of 128 in layers that have such.
TEST(PublishedTotals, FullContextOfDeepSeekV4) {
  const ModelSpec spec = ResolveWhole(RealConfig("deepseek-v4-flash"));
  constexpr std::uint64_t kPositions = 1048576;
  EXPECT_EQ(KeyValueCache(spec)->at_full_context_bytes,
            (43 * 128 + 21 * (kPositions / 4) + 20 * (kPositions / 128)) * 512 * 2);
}

// Configurations that are not part of the project.
TEST(PublishedTotals, OfSharedData) {
  const char* const folder = std::getenv("MODELKIN_SHARED_DATA");
  if (folder == nullptr || *folder == '\0') GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set";
  const std::pair<const char*, std::uint64_t> totals[] = {
      {"Qwen--Qwen3.5-122B-A10B", 122'111'526'912},
      {"nvidia--Qwen3.6-35B-A3B-NVFP4", 34'660'610'688},
      {"deepseek-ai--DeepSeek-R1", 671'026'419'200},
      {"deepseek-ai--DeepSeek-V4-Pro", 1'572'997'201'763},
      {"moonshotai--Kimi-K2-Instruct", 1'026'408'232'448},
      {"nvidia--Kimi-K2.5-NVFP4", 1'026'408'232'448},
      {"nvidia--Kimi-K2.7-Code-NVFP4", 1'026'408'232'448},
      {"nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", 31'577'940'288},
      {"nvidia--NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4", 31'577'940'288},
      {"zai-org--GLM-5", 743'911'218'432},
      {"zai-org--GLM-5.1", 743'911'218'432}};
  for (const auto& [name, total] : totals) {
    SCOPED_TRACE(name);
    const std::string path = std::string(folder) + "/realdata/configs2026/" + name + "_config.json";
    EXPECT_EQ(Total(ResolveWhole(json::parse(testing::ReadWholeFile(path)))), total);
  }
}

}  // namespace published_totals_test
}  // namespace modelkin
