// Configurations that make no model. None may crash, take memory by what it claims, or give
// numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace bad_config_test {

using nlohmann::json;
using testing::StoredModel;

// Values for keys of a model's config.json, where the error has to name `says`.
struct Hostile {
  const char* model;
  json values;
  const char* says;
};

void ExpectRefused(const Hostile& hostile) {
  SCOPED_TRACE(hostile.values.dump());
  StoredModel stored = testing::ReadStored(hostile.model);
  for (const auto& [key, value] : hostile.values.items()) stored.config[key] = value;
  const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { testing::RunAll(stored); });
  EXPECT_NE(std::string(error.what()).find(hostile.says), std::string::npos) << error.what();
}

void ExpectAllRefused(const std::vector<Hostile>& all) {
  for (const Hostile& hostile : all) ExpectRefused(hostile);
}

TEST(BadConfig, Sizes) {
  const std::int64_t large = std::int64_t{1} << 40;
  std::vector<Hostile> all;
  for (const char* key : {"hidden_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "intermediate_size", "head_dim"}) {
    for (const json& value : {json(0), json(-1), json(large), json("4"), json(2.5), json(true),
                              json::array({1}), json(1e300), json(4'000'000'000)}) {
      // The tensor whose shape is another is named where the size itself could be.
      all.push_back({"llama-plain", {{key, value}}, ""});
    }
  }
  ExpectAllRefused(all);
  ExpectAllRefused({{"llama-plain", {{"vocab_size", large}}, "vocab_size"},
                    {"llama-plain", {{"num_hidden_layers", 0}}, "layers"},
                    {"llama-plain", {{"num_hidden_layers", 9'999}}, "missing"},
                    {"llama-plain", {{"num_attention_heads", 0}}, "without attention heads"},
                    {"llama-plain", {{"max_position_embeddings", large}}, "max_position"},
                    {"gpt2-plain", {{"n_head", 0}}, ""},
                    {"gpt2-plain", {{"n_positions", 1 << 30}}, "wpe.weight\": byte"},
                    {"gpt2-plain", {{"n_positions", 0}}, "config.json makes [0"},
                    {"gpt2-plain", {{"n_layer", 0}}, "layers"},
                    {"bert-plain", {{"type_vocab_size", 0}}, "token_type"},
                    {"bert-plain", {{"max_position_embeddings", 1 << 30}}, "position_embeddings"},
                    {"bert-plain", {{"position_embedding_type", "relative_key"}}, "position"}});
}

TEST(BadConfig, Encoders) {
  const json ropes = {{"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 0}}}};
  ExpectAllRefused({{"roberta-padding", {{"pad_token_id", 19}}, "pad_token_id"},
                    {"roberta-padding", {{"pad_token_id", -1}}, "pad_token_id"},
                    {"roberta-padding", {{"pad_token_id", 1e300}}, "pad_token_id"},
                    {"roberta-padding", {{"pad_token_id", "3"}}, "pad_token_id"},
                    {"modernbert-windows", {{"layer_types", {"full_attention"}}}, "layer 1"},
                    {"modernbert-windows", {{"layer_types", 3}}, "layer_types"},
                    {"modernbert-windows", {{"local_attention", -2}}, "local_attention"},
                    {"modernbert-windows", {{"rope_parameters", 1}}, "rope_parameters"},
                    {"modernbert-windows", {{"rope_parameters", ropes}}, "rope_theta"},
                    {"modernbert-windows", {{"num_attention_heads", 0}}, ""},
                    {"modernbert-old", {{"global_rope_theta", 0}}, "global_rope_theta"},
                    {"modernbert-old", {{"global_attn_every_n_layers", 0}}, "global_attn"},
                    {"modernbert-old", {{"rope_scaling", {{"type", "linear"}}}}, "rope_scaling"},
                    {"distilbert-plain", {{"n_layers", 9}}, "missing"}});
}

TEST(BadConfig, EncodersOfImages) {
  const auto rope = [](const json& values) { return json{{"rope_parameters", values}}; };
  ExpectAllRefused(
      {{"siglip_vision-plain", {{"patch_size", 0}}, ""},
       {"siglip_vision-plain", {{"image_size", 2}}, "image_size"},
       {"siglip_vision-plain", {{"num_attention_heads", 0}}, ""},
       {"siglip_vision-plain", {{"hidden_act", "sinus"}}, "sinus"},
       {"siglip_vision-plain", {{"layer_norm_eps", "small"}}, "layer_norm_eps"},
       {"siglip_vision-headless", {{"vision_use_head", true}}, "missing"},
       {"qwen2_vl_vision-plain", {{"patch_size", 0}}, "patch_size"},
       {"qwen2_vl_vision-plain", {{"spatial_merge_size", 0}}, "spatial_merge_size"},
       {"qwen2_vl_vision-plain", {{"num_heads", 0}}, ""},
       {"qwen2_vl_vision-plain", {{"temporal_patch_size", 1}}, "embed_patches"},
       {"qwen2_5_vl_vision-windows", {{"num_heads", 12}}, "multiple of 4"},
       {"qwen2_5_vl_vision-windows", {{"window_size", 5}}, "window_size"},
       {"qwen2_5_vl_vision-windows", {{"window_size", "all"}}, "window_size"},
       {"qwen2_5_vl_vision-windows", {{"window_size", -1}}, "window_size"},
       {"qwen2_5_vl_vision-windows", {{"fullatt_block_indexes", 1}}, "fullatt_block_indexes"},
       {"qwen2_5_vl_vision-windows", {{"fullatt_block_indexes", {"1"}}}, "fullatt_block_indexes"},
       {"qwen2_5_vl_vision-windows", rope({{"rope_type", "yarn"}}), "rope_type"},
       {"qwen2_5_vl_vision-windows", rope({{"rope_theta", 0}}), "rope_theta"},
       {"qwen2_5_vl_vision-windows", rope({{"rope_theta", "10000"}}), "rope_theta"},
       {"qwen3_vl_vision-plain", {{"num_position_embeddings", 0}}, "num_position_embeddings"},
       {"qwen3_vl_vision-plain", {{"num_position_embeddings", 25}}, "pos_embed"},
       {"qwen3_vl_vision-plain", {{"deepstack_visual_indexes", {0, 1, 4}}}, "layer 4"},
       {"qwen3_vl_vision-plain", {{"deepstack_visual_indexes", {-1}}}, "deepstack"},
       {"qwen3_vl_vision-plain", {{"deepstack_visual_indexes", {0, 1, 2, 3}}}, "missing"}});
}

TEST(BadConfig, HeadsThatDoNotDivide) {
  ExpectAllRefused({{"llama-plain", {{"num_key_value_heads", 3}}, ""},
                    {"llama-plain", {{"num_attention_heads", 5}}, ""},
                    {"llama-plain", {{"head_dim", 1}}, "head_dim"},
                    {"llama-plain", {{"head_dim", 3}}, ""},
                    {"bert-plain", {{"num_attention_heads", 0}}, ""},
                    {"deepseek_v3-plain", {{"qk_rope_head_dim", 0}}, ""},
                    {"deepseek_v3-plain", {{"qk_nope_head_dim", 0}}, ""},
                    {"deepseek_v3-plain", {{"v_head_dim", 0}}, ""},
                    {"deepseek_v3-plain", {{"kv_lora_rank", 0}}, ""},
                    {"deepseek_v3-plain", {{"q_lora_rank", 0}}, ""}});
}

TEST(BadConfig, Experts) {
  ExpectAllRefused({{"mixtral-plain", {{"num_experts_per_tok", 5}}, "num_experts_per_tok"},
                    {"mixtral-plain", {{"num_experts_per_tok", 0}}, "num_experts_per_tok"},
                    {"mixtral-plain", {{"num_experts_per_tok", -1}}, "num_experts_per_tok"},
                    {"mixtral-plain", {{"num_local_experts", 0}}, ""},
                    {"mixtral-plain", {{"num_local_experts", 3}}, ""},
                    {"mixtral-plain", {{"num_local_experts", 1 << 19}}, ""},
                    {"phimoe-plain", {{"num_experts_per_tok", 1}}, "num_experts_per_tok"},
                    {"phimoe-plain", {{"num_experts_per_tok", 3}}, "num_experts_per_tok"},
                    {"solar_open-plain", {{"n_group", 0}}, "n_group"},
                    {"solar_open-plain", {{"n_group", 5}, {"topk_group", 1}}, ""},
                    {"solar_open-plain", {{"topk_group", 0}}, "n_group"},
                    {"solar_open-plain", {{"topk_group", 2}}, "n_group"},
                    {"solar_open-plain", {{"norm_topk_prob", "yes"}}, "norm_topk_prob"},
                    {"solar_open-plain", {{"routed_scaling_factor", "2"}}, "routed_scaling_factor"},
                    {"glm4_moe-plain", {{"first_k_dense_replace", 99}}, "missing"},
                    {"glm4_moe-plain", {{"first_k_dense_replace", -1}}, "first_k_dense_replace"},
                    {"qwen3_moe-step", {{"decoder_sparse_step", 0}}, "decoder_sparse_step"},
                    {"qwen3_moe-mixed", {{"mlp_only_layers", "0"}}, "mlp_only_layers"},
                    {"qwen3_moe-mixed", {{"mlp_only_layers", {-1}}}, "mlp_only_layers"}});
  StoredModel stored = testing::ReadStored("solar_open-plain");
  const auto experts = stored.config["n_routed_experts"].get<std::uint64_t>();
  // Each expert a group of its own, one open: no second expert to go to.
  ExpectRefused({"solar_open-plain",
                 {{"n_group", experts}, {"topk_group", 1}, {"num_experts_per_tok", 2}},
                 "topk_group"});
}

TEST(BadConfig, Numbers) {
  ExpectAllRefused({{"llama-plain", {{"rms_norm_eps", "small"}}, "rms_norm_eps"},
                    {"llama-plain", {{"hidden_act", "tanhshrink"}}, "tanhshrink"},
                    {"llama-plain", {{"hidden_act", 7}}, "hidden_act"},
                    {"llama-plain", {{"rope_parameters", "default"}}, "rope_parameters"},
                    {"llama-plain", {{"attention_bias", "no"}}, "attention_bias"},
                    {"gemma2-plain", {{"query_pre_attn_scalar", 0}}, "query_pre_attn_scalar"},
                    {"gemma2-plain", {{"query_pre_attn_scalar", -4}}, "query_pre_attn_scalar"},
                    {"gemma2-plain", {{"attn_logit_softcapping", 0}}, "attn_logit_softcapping"},
                    {"gemma2-plain", {{"final_logit_softcapping", -30}}, "final_logit_softcapping"},
                    {"gpt_oss-plain", {{"swiglu_limit", -7}}, "swiglu_limit"},
                    {"gpt_oss-plain", {{"swiglu_limit", 0}}, "swiglu_limit"},
                    {"gpt2-plain", {{"scale_attn_weights", "yes"}}, "scale_attn_weights"}});
}

TEST(BadConfig, Windows) {
  const json twice = {"sliding_attention", "sliding_attention"};
  ExpectAllRefused({{"mistral-window", {{"sliding_window", 0}}, "sliding_window"},
                    {"mistral-window", {{"sliding_window", -3}}, "sliding_window"},
                    {"mistral-window", {{"sliding_window", "3"}}, "sliding_window"},
                    {"qwen3-layer-types", {{"layer_types", {"full_attention"}}}, "layer_types"},
                    {"qwen3-layer-types",
                     {{"layer_types", std::vector<std::string>(9, "linear_attention")}},
                     "layer_types"},
                    {"qwen3-layer-types", {{"layer_types", "full_attention"}}, "layer_types"},
                    {"qwen2-window", {{"use_sliding_window", "yes"}}, "use_sliding_window"},
                    {"qwen2-window", {{"max_window_layers", "1"}}, "max_window_layers"},
                    {"gemma2-plain", {{"sliding_window", 0}}, "sliding_window"}});
}

TEST(BadConfig, RotaryByLayer) {
  const json whole = {{"rope_type", "default"}, {"rope_theta", 10000}};
  ExpectAllRefused(
      {{"gemma3-layer-types", {{"rope_parameters", {{"full_attention", whole}}}}, "sliding"},
       {"olmo3-plain", {{"rope_parameters", {{"sliding_attention", whole}}}}, "full_attention"},
       {"olmo3-plain",
        {{"rope_parameters", {{"full_attention", whole}, {"sliding_attention", 5}}}},
        "sliding_attention"},
       {"gemma3-plain", {{"rope_local_base_freq", 0}}, "rope_local_base_freq"},
       {"gemma3-plain", {{"use_bidirectional_attention", true}}, "use_bidirectional_attention"},
       {"smollm3-plain", {{"no_rope_layers", {1, 0}}}, "no_rope_layers"},
       {"smollm3-plain", {{"no_rope_layers", {1, 0, "x", 1}}}, "no_rope_layers"},
       {"llama4-plain", {{"no_rope_layers", nullptr}, {"no_rope_layer_interval", 0}}, "interval"},
       {"llama4-plain", {{"attention_chunk_size", 0}}, "attention_chunk_size"},
       {"llama4-plain", {{"floor_scale", 0}}, "floor_scale"},
       {"ministral3-plain", {{"rope_parameters", nullptr}}, "rope_parameters"},
       {"ministral3-plain", {{"rope_parameters", whole}}, "llama_4_scaling_beta"},
       {"granite-plain", {{"logits_scaling", 0}}, "logits_scaling"},
       {"granite-plain", {{"residual_multiplier", "much"}}, "residual_multiplier"},
       {"cohere2-plain", {{"logit_scale", "much"}}, "logit_scale"}});
}

TEST(BadConfig, Rotary) {
  const auto with = [](const json& values) {
    json all = {{"rope_type", "default"}, {"rope_theta", 10000}};
    for (const auto& [key, value] : values.items()) all[key] = value;
    return json{{"rope_parameters", all}};
  };
  ExpectAllRefused(
      {{"llama-plain", with({{"rope_theta", 0}}), "rope_theta"},
       {"llama-plain", with({{"rope_theta", nullptr}, {"rope_type", "yarn"}, {"factor", 0}}),
        "factor"},
       {"llama-plain", with({{"rope_theta", "NaN"}}), "rope_theta"},
       {"llama-plain", with({{"rope_type", "spiral"}}), "spiral"},
       {"llama-plain", with({{"partial_rotary_factor", 7}}), "partial_rotary_factor"},
       {"llama-plain", with({{"partial_rotary_factor", -1}}), "partial_rotary_factor"},
       {"llama-plain", with({{"partial_rotary_factor", 0}}), "partial_rotary_factor"},
       {"llama-plain", {{"partial_rotary_factor", 7}}, "partial_rotary_factor"},
       {"llama-yarn", with({{"rope_type", "yarn"}, {"factor", 2}, {"rope_theta", 1}}),
        "rope_theta"}});
}

TEST(BadConfig, Families) {
  ExpectAllRefused({{"llama-plain", {{"model_type", "mamba"}}, "mamba"},
                    {"llama-plain", {{"model_type", 7}}, "model_type"},
                    {"llama-plain", {{"model_type", "x\n\x1B[31m"}}, "model_type"},
                    {"mixtral-plain", {{"model_type", "olmoe"}}, "olmoe"},
                    {"llama-plain", {{"model_type", "bert"}}, ""},
                    {"bert-plain", {{"model_type", "llama"}}, ""},
                    {"llama-plain", {{"model_type", "deepseek_v3"}}, ""}});
}

TEST(BadConfig, NoneOrNoJson) {
  const testing::TemporaryDirectory folder;
  testing::ReadStored("llama-plain").Write(folder);
  for (const char* text : {"", "[]", "7", "{", "{\"a\": NaN}", "{\"rope_theta\": 1e999}"}) {
    folder.WriteFile("config.json", text);
    testing::CatchError(ErrorKind::kBadInput, [&] { RunnableModel(OpenModel(folder.path()), 1); });
  }
  folder.WriteFile("config.json", std::string(100'000, '['));
  testing::CatchError(ErrorKind::kBadInput, [&] { RunnableModel(OpenModel(folder.path()), 1); });
  const testing::TemporaryDirectory bare;
  bare.WriteFile("model.safetensors", testing::ReadWholeFile(folder.File("model.safetensors")));
  const Error error =
      testing::CatchError(ErrorKind::kBadInput, [&] { RunnableModel(OpenModel(bare.path()), 1); });
  EXPECT_NE(error.message().find("config.json"), std::string::npos);
  const testing::TemporaryDirectory empty;
  EXPECT_THROW(RunnableModel(OpenModel(empty.path()), 1), Error);
}

}  // namespace bad_config_test
}  // namespace modelkin
