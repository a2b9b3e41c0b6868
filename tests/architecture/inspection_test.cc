#include "architecture/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "architecture/configs.h"
#include "architecture/shape_only.h"

namespace modelkin {
namespace inspection_test {

using nlohmann::json;
using testing::Config;
using ::testing::HasSubstr;
using testing::RealConfig;
using testing::StoredShape;
using Shapes = std::vector<StoredShape>;

class InspectTest : public ::testing::Test {
 protected:
  Inspection InspectShapes(const Shapes& shapes, const json* config_values) {
    testing::WriteShapes(folder_.path(), shapes);
    const Checkpoint checkpoint = OpenCheckpoint(folder_.path());
    if (config_values == nullptr) return Inspect(folder_.path(), &checkpoint, nullptr);
    const ModelConfig config = Config(*config_values);
    return Inspect(folder_.path(), &checkpoint, &config);
  }
  Inspection InspectShapes(const Shapes& shapes, const json& config) {
    return InspectShapes(shapes, &config);
  }

  testing::TemporaryDirectory folder_;
};

std::vector<std::string> Messages(const Inspection& inspection) {
  std::vector<std::string> messages;
  for (const Finding& finding : inspection.findings) {
    messages.push_back(std::string(FindingKindName(finding.kind)) + ": " + finding.message.english);
  }
  return messages;
}

// Of names and values alone there need be none.
bool HasKoreanWords(const Finding& finding) {
  return finding.message.korean.find_first_of("\xea\xeb\xec\xed") != std::string::npos;
}

const Finding& Only(const Inspection& inspection, FindingKind kind) {
  EXPECT_TRUE(std::ranges::all_of(inspection.findings, HasKoreanWords));
  const auto of_kind = [&](const Finding& finding) { return finding.kind == kind; };
  EXPECT_EQ(std::ranges::count_if(inspection.findings, of_kind), 1)
      << ::testing::PrintToString(Messages(inspection));
  const auto found = std::ranges::find_if(inspection.findings, of_kind);
  static const Finding none{.kind = FindingKind::kNote};
  return found == inspection.findings.end() ? none : *found;
}

const json kTinyLlama = {{"model_type", "llama"},      {"hidden_size", 8},
                         {"num_hidden_layers", 1},     {"num_attention_heads", 2},
                         {"intermediate_size", 16},    {"vocab_size", 10},
                         {"tie_word_embeddings", true}};

TEST_F(InspectTest, AWrapperWithoutATextPartIsToldOnce) {
  for (const json& text : {json(nullptr), json::array({1, 2}), json("llama")}) {
    const json config = {{"model_type", "qwen3_vl"},
                         {"text_config", text},
                         {"vision_config", {{"model_type", "qwen3_vl"}}}};
    const Inspection result = InspectShapes(
        {{"model.language_model.norm.weight", {8}}, {"model.visual.patch_embed.proj.bias", {1152}}},
        config);
    EXPECT_EQ(Only(result, FindingKind::kBadValue).config_key, "text_config");
    EXPECT_EQ(result.components.front().spec, std::nullopt);
  }
}

TEST_F(InspectTest, TwoTensorsOfOneNameAreAContradiction) {
  const Inspection result = InspectShapes(
      {{"model.norm.weight", {8}}, {"language_model.model.norm.weight", {8}}}, kTinyLlama);
  EXPECT_THAT(Only(result, FindingKind::kContradiction).message.english,
              HasSubstr("one name but for"));
  const Inspection whole = InspectShapes({{"model.norm.weight", {8}}}, kTinyLlama);
  EXPECT_TRUE(std::ranges::none_of(whole.findings, [](const Finding& finding) {
    return finding.kind == FindingKind::kContradiction;
  }));
}

TEST_F(InspectTest, TwoEncodersOfOneKindAreNoted) {
  const Inspection result = InspectShapes({{"model.embed_tokens.weight", {10, 8}},
                                           {"vision_tower.patch_embed.proj.bias", {8}},
                                           {"vision_encoder.patch_embed.proj.bias", {8}}},
                                          kTinyLlama);
  EXPECT_THAT(Messages(result),
              ::testing::Contains(HasSubstr("vision: vision_encoder. and vision_tower. are two")));
}

TEST_F(InspectTest, SolarOpen100B) {
  const Inspection solar = InspectShapes(testing::SolarOpen100B(), RealConfig("solar-open-100b"));
  EXPECT_EQ(solar.family->name, "solar_open");
  EXPECT_EQ(solar.tensors, 18'963U);
  EXPECT_EQ(solar.parameters.total, 102'651'799'552U);
  EXPECT_EQ(solar.active, 12'054'833'152U);
  EXPECT_EQ(solar.bytes, 205'303'611'392U);
  EXPECT_EQ(solar.by_type.at("F32").elements, 6'144U);
  EXPECT_EQ(solar.claimed->by_module, solar.parameters.by_module);
  EXPECT_EQ(solar.claimed->by_layer, solar.parameters.by_layer);
  // The one thing in its config.json that no tensor has to do with.
  EXPECT_EQ(Only(solar, FindingKind::kUnusedValue).config_key, "intermediate_size");
  EXPECT_EQ(solar.findings.size(), 1U);
}

TEST_F(InspectTest, Glm45Air) {
  const Inspection glm = InspectShapes(testing::Glm45Air(), RealConfig("glm-4.5-air"));
  EXPECT_EQ(glm.tensors, 18'329U);
  EXPECT_EQ(glm.parameters.total, 110'468'824'832U);
  EXPECT_EQ(glm.parameters.without_prediction(), 106'852'251'264U);
  EXPECT_EQ(glm.active, 13'424'129'664U);
  EXPECT_EQ(glm.bytes, 220'937'661'440U);
  EXPECT_EQ(glm.claimed->by_layer, glm.parameters.by_layer);
  EXPECT_THAT(Messages(glm), ::testing::IsEmpty());
}

TEST_F(InspectTest, Phi35Moe) {
  const Inspection phi = InspectShapes(testing::Phi35Moe(), RealConfig("phi-3.5-moe"));
  EXPECT_EQ(phi.tensors, 1'957U);
  EXPECT_EQ(phi.parameters.total, 41'873'153'344U);
  EXPECT_EQ(phi.active, 6'640'999'744U);
  EXPECT_EQ(phi.bytes, 83'746'306'688U);
  EXPECT_EQ(phi.claimed->by_layer, phi.parameters.by_layer);
  EXPECT_THAT(Messages(phi), ::testing::IsEmpty());
}

// A small Solar with fused experts, or with each on its own.
json SmallSolar() {
  return {
      {"model_type", "solar_open"},   {"hidden_size", 8},         {"num_hidden_layers", 2},
      {"num_attention_heads", 4},     {"num_key_value_heads", 2}, {"head_dim", 2},
      {"moe_intermediate_size", 6},   {"n_routed_experts", 3},    {"num_experts_per_tok", 2},
      {"n_shared_experts", 1},        {"vocab_size", 10},         {"tie_word_embeddings", false},
      {"max_position_embeddings", 32}};
}

Shapes SmallSolarShapes(bool fused, std::uint64_t shared_width = 6) {
  Shapes all = {{"model.embed_tokens.weight", {10, 8}},
                {"model.norm.weight", {8}},
                {"lm_head.weight", {10, 8}}};
  for (const std::string layer : {"model.layers.0.", "model.layers.1."}) {
    const Shapes of_layer = {{"input_layernorm.weight", {8}},
                             {"post_attention_layernorm.weight", {8}},
                             {"self_attn.q_proj.weight", {8, 8}},
                             {"self_attn.k_proj.weight", {4, 8}},
                             {"self_attn.v_proj.weight", {4, 8}},
                             {"self_attn.o_proj.weight", {8, 8}},
                             {"mlp.gate.weight", {3, 8}},
                             {"mlp.gate.e_score_correction_bias", {3}, "F32"},
                             {"mlp.shared_experts.gate_proj.weight", {shared_width, 8}},
                             {"mlp.shared_experts.up_proj.weight", {shared_width, 8}},
                             {"mlp.shared_experts.down_proj.weight", {8, shared_width}}};
    for (StoredShape tensor : of_layer) {
      tensor.name = layer + tensor.name;
      all.push_back(tensor);
    }
    if (fused) {
      all.push_back({layer + "mlp.experts.gate_up_proj", {3, 12, 8}});
      all.push_back({layer + "mlp.experts.down_proj", {3, 8, 6}});
      continue;
    }
    for (const std::string expert : {"0", "1", "2"}) {
      all.push_back({layer + "mlp.experts." + expert + ".gate_proj.weight", {6, 8}});
      all.push_back({layer + "mlp.experts." + expert + ".up_proj.weight", {6, 8}});
      all.push_back({layer + "mlp.experts." + expert + ".down_proj.weight", {8, 6}});
    }
  }
  return all;
}

TEST_F(InspectTest, ExpertsFusedOrNot) {
  const Inspection fused = InspectShapes(SmallSolarShapes(true), SmallSolar());
  const Inspection separate = InspectShapes(SmallSolarShapes(false), SmallSolar());
  EXPECT_THAT(Messages(fused), ::testing::IsEmpty());
  EXPECT_THAT(Messages(separate), ::testing::IsEmpty());
  EXPECT_EQ(fused.parameters.by_module, separate.parameters.by_module);
  EXPECT_EQ(fused.active, separate.active);
}

// The seed of many errors: a width that config.json has under another name.
TEST_F(InspectTest, TensorsContradictAWidth) {
  const Inspection inspection = InspectShapes(SmallSolarShapes(false, 9), SmallSolar());
  ASSERT_EQ(inspection.findings.size(), 3U) << ::testing::PrintToString(Messages(inspection));
  const Finding& finding = inspection.findings.front();
  EXPECT_EQ(finding.kind, FindingKind::kContradiction);
  EXPECT_EQ(finding.config_key, "moe_intermediate_size");
  EXPECT_EQ(finding.config_value, "6");
  EXPECT_EQ(finding.tensor_value, "[9, 8]");
  EXPECT_EQ(finding.tensors, 2U);
  EXPECT_THAT(finding.message.english, HasSubstr("its axis 0 is 9, but config.json makes it 6"));
  EXPECT_THAT(finding.message.english, HasSubstr("moe_intermediate_size 6, n_shared_experts 1"));
}

TEST_F(InspectTest, MissingAndUnexplained) {
  Shapes shapes = SmallSolarShapes(false);
  std::erase_if(shapes, [](const StoredShape& tensor) {
    return tensor.name == "model.layers.1.mlp.experts.2.up_proj.weight";
  });
  shapes.push_back({"model.layers.0.mystery.weight", {5, 5}});
  shapes.push_back({"model.layers.1.mystery.weight", {5, 5}});
  const Inspection inspection = InspectShapes(shapes, SmallSolar());
  EXPECT_EQ(inspection.findings.size(), 2U);
  const Finding& missing = Only(inspection, FindingKind::kMissing);
  EXPECT_EQ(missing.tensors, 1U);
  EXPECT_THAT(missing.message.english, HasSubstr("of 6 tensors"));
  EXPECT_THAT(missing.message.english, HasSubstr("first missing in layer 1"));
  const Finding& unexplained = Only(inspection, FindingKind::kUnexplained);
  EXPECT_EQ(unexplained.tensor, "model.layers.0.mystery.weight");
  EXPECT_EQ(unexplained.tensors, 2U);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kOther), 50U);
}

TEST_F(InspectTest, FewerLayersThanStored) {
  json config = SmallSolar();
  config["num_hidden_layers"] = 1;
  const Inspection inspection = InspectShapes(SmallSolarShapes(true), config);
  const Finding& finding = Only(inspection, FindingKind::kContradiction);
  EXPECT_EQ(finding.config_key, "num_hidden_layers");
  EXPECT_EQ(finding.config_value, "1");
  EXPECT_EQ(finding.tensor_value, "layer 1");
}

TEST_F(InspectTest, BiasesThatConfigDenies) {
  Shapes shapes = SmallSolarShapes(true);
  for (const std::string layer : {"model.layers.0.", "model.layers.1."}) {
    shapes.push_back({layer + "self_attn.q_proj.bias", {8}});
  }
  const Inspection inspection = InspectShapes(shapes, SmallSolar());
  const Finding& finding = Only(inspection, FindingKind::kContradiction);
  EXPECT_EQ(finding.config_key, "attention_bias");
  EXPECT_EQ(finding.tensors, 2U);
}

TEST_F(InspectTest, TiedWithAndWithoutAHead) {
  json config = SmallSolar();
  config["tie_word_embeddings"] = true;
  Shapes shapes = SmallSolarShapes(true);
  const Inspection redundant = InspectShapes(shapes, config);
  EXPECT_THAT(Only(redundant, FindingKind::kNote).message.english,
              HasSubstr("lm_head.weight is stored"));
  std::erase_if(shapes, [](const StoredShape& t) { return t.name == "lm_head.weight"; });
  EXPECT_THAT(Messages(InspectShapes(shapes, config)), ::testing::IsEmpty());
  config["tie_word_embeddings"] = false;
  EXPECT_EQ(Only(InspectShapes(shapes, config), FindingKind::kMissing).tensor, "lm_head.weight");
}

TEST_F(InspectTest, ScalesOfQuantisedWeights) {
  Shapes shapes = SmallSolarShapes(true);
  shapes.push_back({"model.layers.0.self_attn.q_proj.weight_scale_inv", {1, 1}, "F32"});
  const Inspection inspection = InspectShapes(shapes, SmallSolar());
  EXPECT_THAT(Messages(inspection), ::testing::IsEmpty());
  EXPECT_EQ(inspection.parameters.total, inspection.claimed->total);
}

// The layers of a vision tower are no layers of the language model.
TEST_F(InspectTest, LayersOfAnotherPart) {
  Shapes shapes = SmallSolarShapes(true);
  const Inspection alone = InspectShapes(shapes, SmallSolar());
  for (const std::string layer : {"0", "1", "2", "3"}) {
    shapes.push_back({"vision_tower.encoder.layers." + layer + ".norm.weight", {8}});
  }
  const Inspection inspection = InspectShapes(shapes, SmallSolar());
  EXPECT_EQ(Only(inspection, FindingKind::kNote).message.english,
            "vision: names and shapes suggest 4 layers, width 8");
  EXPECT_EQ(inspection.findings.size(), 1U);
  EXPECT_EQ(inspection.parameters.by_layer, alone.parameters.by_layer);
  ASSERT_EQ(inspection.components.size(), 2U);
  EXPECT_EQ(inspection.components[0].parameters->total, alone.parameters.total);
  EXPECT_EQ(inspection.components[1].kind, Component::kVision);
  EXPECT_EQ(inspection.components[1].parameters->total, 32U);
  EXPECT_EQ(inspection.parameters.total, alone.parameters.total + 32);
}

// What the hub shows of both models as a whole.
TEST_F(InspectTest, PublishedModelsOfTwoComponents) {
  const auto total = [](const char* name) {
    const ModelConfig config = Config(RealConfig(name));
    const Inspection inspection = Inspect(name, nullptr, &config);
    EXPECT_EQ(inspection.components.size(), 2U) << name;
    return inspection.parameters.total;
  };
  EXPECT_EQ(total("qwen3-vl-4b"), 4'437'815'808U);
  EXPECT_EQ(total("qwen3-vl-30b-a3b"), 31'070'754'032U);
}

TEST_F(InspectTest, StoredInAnotherType) {
  json config = SmallSolar();
  config["torch_dtype"] = "bfloat16";
  EXPECT_EQ(InspectShapes(SmallSolarShapes(true), config).findings.size(), 0U);
  config["torch_dtype"] = "float16";
  const Inspection other = InspectShapes(SmallSolarShapes(true), config);
  EXPECT_EQ(Only(other, FindingKind::kContradiction).message.english,
            "torch_dtype is float16, but most bytes are stored as BF16");
  config["quantization_config"] = json::object();
  EXPECT_EQ(InspectShapes(SmallSolarShapes(true), config).findings.size(), 0U);
}

// How much of the experts is active takes both the stored and the claimed number.
TEST_F(InspectTest, ActiveOnlyWhereExpertsAgree) {
  EXPECT_TRUE(InspectShapes(SmallSolarShapes(false), SmallSolar()).active);
  for (const int experts : {2, 4}) {
    json config = SmallSolar();
    config["n_routed_experts"] = experts;
    EXPECT_EQ(InspectShapes(SmallSolarShapes(false), config).active, std::nullopt);
  }
}

// Two layouts go by "gpt2": the shapes tell them apart, even where a matrix is square.
TEST_F(InspectTest, LayoutsOfOneType) {
  const json config = {{"model_type", "gpt2"}, {"n_embd", 8},  {"n_layer", 1},
                       {"n_head", 2},          {"n_inner", 8}, {"n_positions", 16},
                       {"vocab_size", 10}};
  const auto family = [&](const Shapes& shapes) {
    return InspectShapes(shapes, config).family->name;
  };
  const StoredShape square = {"transformer.h.0.mlp.c_fc.weight", {8, 8}};
  EXPECT_EQ(family({{"transformer.h.0.attn.c_attn.weight", {8, 24}}, square}), "gpt2");
  EXPECT_EQ(family({{"transformer.h.0.attn.c_attn.weight", {24, 8}}, square}), "nanogpt");
  EXPECT_EQ(family({square}), "gpt2");
  EXPECT_EQ(Inspect("alone", nullptr, std::make_unique<const ModelConfig>("c", config).get())
                .family->name,
            "gpt2");
}

TEST_F(InspectTest, LayerNormsByTheirOldNames) {
  const json bert = {{"model_type", "bert"},        {"hidden_size", 8},
                     {"num_hidden_layers", 1},      {"num_attention_heads", 2},
                     {"intermediate_size", 16},     {"vocab_size", 10},
                     {"max_position_embeddings", 4}};
  const Inspection inspection = InspectShapes(
      {{"bert.embeddings.LayerNorm.gamma", {8}}, {"bert.embeddings.LayerNorm.beta", {8}}}, bert);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kNorm), 16U);
}

// Published sentence encoders are BERTs whose config.json has no "model_type".
Shapes SmallBertShapes() {
  Shapes shapes = {{"embeddings.word_embeddings.weight", {10, 8}},
                   {"embeddings.position_embeddings.weight", {4, 8}},
                   {"embeddings.token_type_embeddings.weight", {2, 8}},
                   {"embeddings.LayerNorm.weight", {8}},
                   {"embeddings.LayerNorm.bias", {8}}};
  const std::string layer = "encoder.layer.0.";
  for (const char* const square : {"attention.self.query", "attention.self.key",
                                   "attention.self.value", "attention.output.dense"}) {
    shapes.push_back({layer + square + ".weight", {8, 8}});
    shapes.push_back({layer + square + ".bias", {8}});
  }
  for (const char* const norm : {"attention.output.LayerNorm", "output.LayerNorm"}) {
    shapes.push_back({layer + norm + ".weight", {8}});
    shapes.push_back({layer + norm + ".bias", {8}});
  }
  shapes.push_back({layer + "intermediate.dense.weight", {16, 8}});
  shapes.push_back({layer + "intermediate.dense.bias", {16}});
  shapes.push_back({layer + "output.dense.weight", {8, 16}});
  shapes.push_back({layer + "output.dense.bias", {8}});
  return shapes;
}

TEST_F(InspectTest, FamilyOfConfigWithoutModelType) {
  const json encoder = {{"hidden_size", 8},         {"num_hidden_layers", 1},
                        {"num_attention_heads", 2}, {"intermediate_size", 16},
                        {"vocab_size", 10},         {"max_position_embeddings", 4}};
  const Inspection inspection = InspectShapes(SmallBertShapes(), encoder);
  ASSERT_NE(inspection.family, nullptr);
  EXPECT_EQ(inspection.family->name, "bert");
  EXPECT_TRUE(inspection.family_inferred);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kDenseMlp), 16U * 8 * 2 + 16 + 8);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kOther), 0U);
  EXPECT_THAT(Only(inspection, FindingKind::kNote).message.english,
              HasSubstr("no \"model_type\"; tensors are named and shaped as in bert"));

  json named = encoder;
  named["model_type"] = "bert";
  const Inspection told = InspectShapes(SmallBertShapes(), named);
  EXPECT_FALSE(told.family_inferred);
  EXPECT_EQ(told.parameters.by_module, inspection.parameters.by_module);
}

// Other shapes than config.json gives, no sizes, or names that several families have.
TEST_F(InspectTest, FamilyThatCannotBeInferred) {
  const json encoder = {{"hidden_size", 16},        {"num_hidden_layers", 1},
                        {"num_attention_heads", 2}, {"intermediate_size", 16},
                        {"vocab_size", 10},         {"max_position_embeddings", 4}};
  EXPECT_EQ(InspectShapes(SmallBertShapes(), encoder).family, nullptr);
  EXPECT_EQ(InspectShapes(SmallBertShapes(), json{{"vocab_size", 10}}).family, nullptr);
  const json decoder = {{"hidden_size", 8},         {"num_hidden_layers", 1},
                        {"num_attention_heads", 2}, {"num_key_value_heads", 2},
                        {"intermediate_size", 16},  {"vocab_size", 10}};
  const Inspection inspection = InspectShapes({{"model.embed_tokens.weight", {10, 8}},
                                               {"model.norm.weight", {8}},
                                               {"lm_head.weight", {10, 8}}},
                                              decoder);
  EXPECT_EQ(inspection.family, nullptr);
  Only(inspection, FindingKind::kUnknownFamily);
}

TEST_F(InspectTest, WithoutConfig) {
  const Inspection inspection = InspectShapes(SmallSolarShapes(true), nullptr);
  EXPECT_EQ(inspection.family, nullptr);
  EXPECT_EQ(inspection.active, std::nullopt);
  Only(inspection, FindingKind::kNoConfig);
  EXPECT_THAT(Only(inspection, FindingKind::kNote).message.english, HasSubstr("glm4_moe"));
  EXPECT_THAT(Only(inspection, FindingKind::kNote).message.english,
              HasSubstr("names and shapes suggest 2 layers, width 8, vocabulary 10"));
  EXPECT_THAT(
      Only(InspectShapes(SmallSolarShapes(false), nullptr), FindingKind::kNote).message.english,
      HasSubstr("3 experts"));
  EXPECT_EQ(inspection.parameters.by_module,
            InspectShapes(SmallSolarShapes(true), SmallSolar()).parameters.by_module);
}

TEST_F(InspectTest, UnknownFamily) {
  const Shapes shapes = {{"core.embeddings.weight", {10, 8}},
                         {"core.layers.0.mixer.input.weight", {32, 8}},
                         {"core.layers.0.norm.weight", {8}}};
  const Inspection inspection = InspectShapes(shapes, json{{"model_type", "none_such"}});
  EXPECT_EQ(Only(inspection, FindingKind::kUnknownFamily).config_value, "\"none_such\"");
  EXPECT_EQ(Only(inspection, FindingKind::kNote).message.english,
            "names and shapes suggest 1 layer, width 8, vocabulary 10");
  EXPECT_EQ(inspection.parameters.total, 80 + 256 + 8U);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kEmbedding), 80U);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kNorm), 8U);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kOther), 256U);
}

// A config.json that lies about sizes costs a finding, not memory or time.
TEST_F(InspectTest, AbsurdSizes) {
  json config = SmallSolar();
  config["n_routed_experts"] = std::uint64_t{1} << 60;
  const Inspection inspection = InspectShapes(SmallSolarShapes(true), config);
  EXPECT_EQ(Only(inspection, FindingKind::kBadValue).config_key, "n_routed_experts");
  EXPECT_EQ(inspection.spec, std::nullopt);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kAttention), 2 * 192U);
}

// Layer and expert numbers that only a name claims.
TEST_F(InspectTest, AbsurdNumbersInNames) {
  Shapes shapes = SmallSolarShapes(true);
  shapes.push_back({"model.layers.4294967295.input_layernorm.weight", {8}});
  shapes.push_back({"model.layers.99999999999.input_layernorm.weight", {8}});
  const Inspection inspection = InspectShapes(shapes, SmallSolar());
  EXPECT_EQ(Only(inspection, FindingKind::kContradiction).tensor_value, "layer 4294967295");
  EXPECT_EQ(Only(inspection, FindingKind::kUnexplained).tensors, 1U);
  EXPECT_LE(inspection.parameters.by_layer.size(), 2U);
}

}  // namespace inspection_test
}  // namespace modelkin
