// Configurations for tests: real ones from tests/data/configs, and ones put together on the spot.
#ifndef MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_
#define MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {

inline nlohmann::json RealConfig(const std::string& name) {
  return nlohmann::json::parse(
      ReadWholeFile(std::string(MODELKIN_TEST_DATA) + "/configs/" + name + ".json"));
}

inline ModelConfig Config(nlohmann::json values) { return {"config.json", std::move(values)}; }

// A model of width 8, with 2 layers of 4 heads on 2; of experts and the like, what `more` says.
inline nlohmann::json Small(const char* type, const nlohmann::json& more) {
  nlohmann::json config = {{"model_type", type},
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

// What DeepSeek's layers take, beside Small's sizes.
inline nlohmann::json SmallLatent(const char* type, const nlohmann::json& more) {
  nlohmann::json config = Small(type, {{"kv_lora_rank", 6},
                                       {"qk_nope_head_dim", 3},
                                       {"qk_rope_head_dim", 2},
                                       {"v_head_dim", 3},
                                       {"n_routed_experts", 3},
                                       {"num_experts_per_tok", 2},
                                       {"moe_intermediate_size", 4},
                                       {"first_k_dense_replace", 1}});
  config.update(more);
  return config;
}

inline std::optional<ModelSpec> Resolve(const nlohmann::json& values,
                                        std::vector<Finding>& findings) {
  const ModelConfig config = Config(values);
  const Family* const family = FindFamily(config.model_type());
  if (family == nullptr) {
    ADD_FAILURE() << "unknown family " << config.model_type();
    return std::nullopt;
  }
  return ResolveSpec(config, *family, findings);
}

inline ModelSpec ResolveWhole(const nlohmann::json& values) {
  std::vector<Finding> findings;
  auto spec = Resolve(values, findings);
  for (const Finding& finding : findings) ADD_FAILURE() << finding.message.english;
  EXPECT_TRUE(spec.has_value());
  return spec.value_or(ModelSpec{.family = &Families().front()});
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_CONFIGS_H_
