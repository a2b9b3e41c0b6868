#include "architecture/config_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "architecture/configs.h"

namespace modelkin {
namespace config_comparison_test {

using nlohmann::json;
using testing::RealConfig;

ConfigComparison Compare(const std::vector<json>& values) {
  std::vector<std::unique_ptr<const ModelConfig>> configs;
  std::vector<const ModelConfig*> pointers;
  std::vector<std::string> names;
  for (const json& one : values) {
    names.push_back(std::string(1, static_cast<char>('a' + names.size())));
    configs.push_back(std::make_unique<const ModelConfig>("config.json", one));
    pointers.push_back(configs.back().get());
  }
  return CompareConfigs(names, pointers);
}

const ConfigGroup& Group(const ConfigComparison& comparison, std::string_view name) {
  const auto found = std::ranges::find(comparison.groups, name, &ConfigGroup::name);
  static const ConfigGroup none{};
  EXPECT_NE(found, comparison.groups.end()) << name;
  return found == comparison.groups.end() ? none : *found;
}

const ConfigRow& Row(const ConfigComparison& comparison, std::string_view key) {
  for (const ConfigGroup& group : comparison.groups) {
    for (const ConfigRow& row : group.rows) {
      if (row.key == key) return row;
    }
  }
  ADD_FAILURE() << "no row " << key;
  static const ConfigRow none{};
  return none;
}

std::vector<std::string> Values(const ConfigRow& row) {
  std::vector<std::string> values;
  for (const ConfigCell& cell : row.cells) {
    values.push_back(cell.source == CellSource::kAbsent ? "" : ConfigValueText(cell.value));
  }
  return values;
}

using Texts = std::vector<std::string>;

TEST(CompareConfigs, SolarOpenAgainstGlm45Air) {
  const ConfigComparison pair = Compare({RealConfig("solar-open-100b"), RealConfig("glm-4.5-air")});
  EXPECT_EQ(Values(Row(pair, "hidden_size")), (Texts{"4096", "4096"}));
  EXPECT_EQ(Row(pair, "hidden_size").same, true);
  EXPECT_EQ(Row(pair, "hidden_size").common->models, 40U);
  EXPECT_EQ(Row(pair, "hidden_size").common->of, 152U);
  EXPECT_EQ(Row(pair, "num_attention_heads").same, false);
  EXPECT_EQ(Row(pair, "num_attention_heads").common, std::nullopt);
  // Not in Solar's file: the family's default, shown as such.
  EXPECT_EQ(Row(pair, "attention_bias").cells[0].value, false);
  EXPECT_EQ(Row(pair, "attention_bias").cells[0].source, CellSource::kDefault);
  EXPECT_EQ(Row(pair, "attention_bias").cells[1].source, CellSource::kConfig);
  EXPECT_EQ(Row(pair, "attention_bias").same, false);
  EXPECT_EQ(Values(Row(pair, "n_group")), (Texts{"1", "1"}));
  EXPECT_EQ(Row(pair, "n_group").cells[0].source, CellSource::kDefault);
  EXPECT_EQ(Values(Row(pair, "rope_scaling")),
            (Texts{"factor 2, original_max_position_embeddings 65536, rope_type yarn", "null"}));
  EXPECT_EQ(Row(pair, "rope_scaling").same, false);
  // Said by one alone: neither the same nor different.
  EXPECT_EQ(Row(pair, "use_qk_norm").same, std::nullopt);
  EXPECT_EQ(Values(Row(pair, "width of the shared expert")), (Texts{"1280", "1408"}));
  EXPECT_EQ(Values(Row(pair, "query heads for a key and value head")), (Texts{"8", "12"}));
  EXPECT_EQ(Values(Row(pair, "dimensions of a head that rotate")), (Texts{"128", "64"}));
  EXPECT_EQ(Values(Row(pair, "parameters")), (Texts{"102651799552", "110468824832"}));
  const ConfigGroup& position = Group(pair, "position encoding");
  EXPECT_EQ(position.same(), 2U);
  EXPECT_EQ(position.compared(), 4U);
  EXPECT_TRUE(pair.findings.empty());
}

TEST(CompareConfigs, TalliesAddUp) {
  const ConfigComparison comparison = Compare(
      {RealConfig("solar-open-100b"), RealConfig("glm-4.5-air"), RealConfig("phi-3.5-moe")});
  std::uint64_t same = 0;
  std::uint64_t compared = 0;
  for (const ConfigGroup& group : comparison.groups) {
    for (const ConfigRow& row : group.rows) {
      ASSERT_EQ(row.cells.size(), 3U) << row.key;
      EXPECT_FALSE(row.derived && row.same.has_value()) << row.key;
      same += row.same.value_or(false) ? 1 : 0;
      compared += row.same.has_value() ? 1 : 0;
    }
  }
  EXPECT_EQ(comparison.same(), same);
  EXPECT_EQ(comparison.compared(), compared);
  EXPECT_GT(same, 0U);
  EXPECT_LT(same, compared);
}

// transformers 5 keeps together what transformers 4 has side by side.
TEST(CompareConfigs, OfTwoVersionsOfTransformers) {
  for (const char* type : {"llama", "glm4_moe", "nobodys"}) {
    json older = {{"model_type", type}, {"rope_theta", 10000}, {"torch_dtype", "bfloat16"}};
    json newer = {{"model_type", type}, {"dtype", "bfloat16"}};
    newer["rope_parameters"] = {{"rope_theta", 10000.0}, {"rope_type", "default"}};
    const auto expect_same = [&](std::uint64_t least) {
      for (const bool turned : {false, true}) {
        const ConfigComparison pair = turned ? Compare({newer, older}) : Compare({older, newer});
        EXPECT_EQ(Row(pair, "rope_theta").same, true) << type;
        EXPECT_EQ(pair.same(), pair.compared()) << type;
        EXPECT_GE(Group(pair, "position encoding").compared(), least) << type;
        for (const ConfigRow& row : Group(pair, "position encoding").rows) {
          EXPECT_NE(row.key, "rope_parameters") << type;
        }
      }
    };
    expect_same(1);
    older["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
    older["partial_rotary_factor"] = 0.25;
    newer["rope_parameters"].update(
        {{"rope_type", "linear"}, {"factor", 2.0}, {"partial_rotary_factor", 0.25}});
    expect_same(3);
    newer["rope_parameters"]["factor"] = 4.0;
    const ConfigComparison pair = Compare({older, newer});
    EXPECT_EQ(Row(pair, "rope_scaling").same, false) << type;
    EXPECT_EQ(Row(pair, "rope_theta").same, true) << type;
  }
}

// What one key can't say stays where it is.
TEST(CompareConfigs, RotaryEmbeddingByKindOfLayer) {
  const json parameters = {{"full_attention", {{"rope_theta", 1e6}, {"rope_type", "default"}}},
                           {"sliding_attention", {{"rope_theta", 1e4}}}};
  const json config = {{"model_type", "llama"}, {"rope_parameters", parameters}};
  EXPECT_EQ(Row(Compare({config, config}), "rope_parameters").same, true);
}

TEST(CompareConfigs, OneModelWithItself) {
  const ConfigComparison comparison =
      Compare({RealConfig("glm-4.5-air"), RealConfig("glm-4.5-air")});
  EXPECT_EQ(comparison.same(), comparison.compared());
  EXPECT_GE(comparison.compared(), 25U);
}

// One property under the names of different families, numbers however they are written.
TEST(CompareConfigs, NamesAndSpellings) {
  const json gpt2 = {{"model_type", "gpt2"}, {"n_embd", 64},      {"n_layer", 2},
                     {"n_head", 4},          {"n_positions", 32}, {"vocab_size", 10}};
  const json llama = {{"model_type", "llama"},   {"hidden_size", 64},
                      {"num_hidden_layers", 3},  {"num_attention_heads", 4},
                      {"intermediate_size", 16}, {"vocab_size", 10},
                      {"rope_theta", 10000.0}};
  json other = llama;
  other["rope_theta"] = 10000;
  EXPECT_EQ(Row(Compare({gpt2, llama}), "n_embd").same, true);
  EXPECT_EQ(Row(Compare({llama, gpt2}), "hidden_size").same, true);
  EXPECT_EQ(Row(Compare({gpt2, llama}), "n_layer").same, false);
  EXPECT_EQ(Row(Compare({llama, other}), "rope_theta").same, true);
}

// What is shown may be shortened or read alike; what is compared may not.
TEST(CompareConfigs, ByValue) {
  const auto same = [](const char* key, const json& one, const json& other) {
    const ConfigComparison comparison = Compare({{{key, one}}, {{key, other}}});
    EXPECT_EQ(comparison.compared(), 1U) << key;
    return Row(comparison, key).same.value_or(false);
  };
  EXPECT_TRUE(same("rope_theta", 1000000, 1000000.0));
  EXPECT_FALSE(same("rope_theta", 1000000.0, 1000001.0));
  EXPECT_FALSE(same("rms_norm_eps", 1e-5, 1.0000001e-5));
  EXPECT_FALSE(same("vocab_size", 1'000'000'000'000'001, 1'000'000'000'000'002));
  EXPECT_FALSE(same("bos_token_id", "2", 2));
  EXPECT_FALSE(same("bos_token_id", "null", nullptr));
  EXPECT_FALSE(same("rope_scaling", "null", "none"));
  EXPECT_FALSE(same("tie_word_embeddings", true, "true"));
  EXPECT_FALSE(same("tie_word_embeddings", true, 1));
  json one = {{"long_factor", std::vector<double>(48, 1.5)}, {"type", "longrope"}};
  json other = one;
  EXPECT_TRUE(same("rope_scaling", one, other));
  other["type"] = "su";  // an older name of it
  EXPECT_TRUE(same("rope_scaling", one, other));
  other["type"] = "yarn";
  EXPECT_FALSE(same("rope_scaling", one, other));
  other = one;
  other["long_factor"][47] = 1.25;
  EXPECT_FALSE(same("rope_scaling", one, other));
}

// A null that is written out can mean something else than a missing key.
TEST(CompareConfigs, NullAndMissing) {
  json said = RealConfig("glm-4.5-air");
  json null = said;
  json missing = said;
  null["num_key_value_heads"] = nullptr;
  missing.erase("num_key_value_heads");
  const ConfigComparison models = Compare({said, null, missing});
  EXPECT_EQ(Values(Row(models, "num_key_value_heads")), (Texts{"8", "96", "8"}));
  EXPECT_EQ(Row(models, "num_key_value_heads").cells[1].source, CellSource::kDefault);
  EXPECT_EQ(Row(models, "rope_scaling").cells[0].source, CellSource::kConfig);

  const json mistral = {{"model_type", "mistral"}, {"hidden_size", 64},
                        {"num_hidden_layers", 1},  {"num_attention_heads", 8},
                        {"intermediate_size", 8},  {"vocab_size", 8}};
  json no_window = mistral;
  no_window["sliding_window"] = nullptr;
  EXPECT_EQ(Values(Row(Compare({mistral, no_window}), "sliding_window")), (Texts{"4096", "null"}));
}

// What a family has not got has no default.
TEST(CompareConfigs, PositionsThatDoNotRotate) {
  const json gpt2 = {{"model_type", "gpt2"}, {"n_embd", 8},      {"n_layer", 1},
                     {"n_head", 2},          {"n_positions", 4}, {"vocab_size", 8}};
  const ConfigComparison pair = Compare({gpt2, RealConfig("solar-open-100b")});
  EXPECT_EQ(Row(pair, "partial_rotary_factor").same, std::nullopt);
  EXPECT_EQ(Row(pair, "rope_scaling").same, std::nullopt);
  EXPECT_EQ(Values(Row(pair, "intermediate_size")), (Texts{"32", "10240"}));
}

TEST(ConfigValueText, Numbers) {
  EXPECT_EQ(ConfigValueText(1000000.0), "1000000");
  EXPECT_EQ(ConfigValueText(1e6 + 1), "1000001");
  EXPECT_EQ(ConfigValueText(1e-5), "1e-05");
  EXPECT_EQ(ConfigValueText(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(ConfigValueText(-3.0), "-3");
  EXPECT_EQ(ConfigValueText(1e300), "1e+300");
  EXPECT_EQ(ConfigValueText(18446744073709551615U), "18446744073709551615");
  EXPECT_EQ(ConfigValueText(nullptr), "null");
}

TEST(CompareConfigs, UnknownFamiliesAndKeys) {
  const ConfigComparison comparison =
      Compare({{{"model_type", "mamba"}, {"hidden_size", 8}, {"state_size", 3}},
               {{"model_type", 7}, {"hidden_size", 8}, {"x\x1b[2J", {1, 2}}}});
  EXPECT_EQ(comparison.findings.size(), 2U);
  EXPECT_EQ(Row(comparison, "hidden_size").same, true);
  EXPECT_EQ(Row(comparison, "state_size").same, std::nullopt);
  EXPECT_EQ(Values(Row(comparison, "x\\x1b[2J")), (Texts{"", "[1,2]"}));
}

TEST(CommonnessOf, CountsModels) {
  EXPECT_EQ(CommonnessOf("hidden_size", "4096")->of, kPublicConfigs);  // all have one
  EXPECT_EQ(CommonnessOf("hidden_size", "4096")->models, 40U);
  EXPECT_EQ(CommonnessOf("hidden_size", "4097")->models, 0U);
  EXPECT_EQ(CommonnessOf("hidden_act", "silu")->models, 113U);
  EXPECT_EQ(CommonnessOf("no_such_key", "1"), std::nullopt);
}

}  // namespace config_comparison_test
}  // namespace modelkin
