#include "architecture/components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "architecture/component_names.h"
#include "architecture/configs.h"
#include "architecture/encoder_cases.h"
#include "architecture/shape_only.h"
#include "support/expect_error.h"

namespace modelkin {
namespace components_test {

using nlohmann::json;
using testing::Config;
using ::testing::ElementsAre;
using testing::StoredShape;
using Shapes = std::vector<StoredShape>;

TEST(ComponentNames, AreReadOffWhatComesBeforeTheLayer) {
  const std::vector<std::pair<const char*, Component>> names = {
      {"model.layers.0.self_attn.q_proj.weight", Component::kText},
      {"model.language_model.layers.0.mlp.up_proj.weight", Component::kText},
      {"lm_head.weight", Component::kText},
      {"model.layers.3.vision_gate.weight", Component::kText},
      {"model.visual.blocks.0.attn.qkv.weight", Component::kVision},
      {"visual.merger.mlp.0.weight", Component::kVision},
      {"vision_tower.vision_model.encoder.layers.1.mlp.fc1.weight", Component::kVision},
      {"model.image_newline", Component::kVision},
      {"audio_tower.layers.0.fc1.weight", Component::kAudio},
      {"thinker.audio_tower.conv1.weight", Component::kAudio},
      {"multi_modal_projector.linear_1.weight", Component::kProjector},
      {"vision_language_adapter.w_in.weight", Component::kProjector},
      {"model.embed_vision.embedding_projection.weight", Component::kProjector},
      {"mlp1.0.weight", Component::kProjector},
      {"mtp.layers.0.self_attn.q_proj.weight", Component::kPrediction},
      {"", Component::kText}};
  for (const auto& [name, component] : names) EXPECT_EQ(ComponentOfName(name), component) << name;
}

TEST(ComponentNames, OfEncodersLeaveOutWhatTheyAreWrappedIn) {
  EXPECT_EQ(InsideTower("model.vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight"),
            "encoder.layers.0.mlp.fc1.weight");
  EXPECT_EQ(InsideTower("model.visual.blocks.0.attn.qkv.weight"), "blocks.0.attn.qkv.weight");
  EXPECT_EQ(InsideTower("encoder.layers.0.mlp.fc1.weight"), "encoder.layers.0.mlp.fc1.weight");
  EXPECT_EQ(InsideTower("vision_tower."), "");
}

TEST(ComponentNames, AreThoseThatTheyAreReadBackFrom) {
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    EXPECT_EQ(ComponentNamed(kComponentNames[i]), static_cast<Component>(i));
  }
  EXPECT_FALSE(ComponentNamed("language"));
}

class ComponentsTest : public ::testing::Test {
 protected:
  const std::vector<ModelComponent>& Split(const Shapes& shapes, const json& config = nullptr) {
    testing::WriteShapes(folder_.path(), shapes);
    checkpoint_.emplace(OpenCheckpoint(folder_.path()));
    if (!config.is_null()) config_ = std::make_unique<ModelConfig>("config.json", config);
    components_ = SplitComponents(&*checkpoint_, config_.get());
    return components_;
  }

  static std::vector<std::string> KindsOf(const std::vector<ModelComponent>& components) {
    std::vector<std::string> kinds;
    for (const ModelComponent& component : components) {
      kinds.emplace_back(ComponentName(component.kind));
    }
    return kinds;
  }

  testing::TemporaryDirectory folder_;
  std::optional<Checkpoint> checkpoint_;
  std::unique_ptr<ModelConfig> config_;
  std::vector<ModelComponent> components_;
};

const Shapes kTower = {
    {"vision_tower.vision_model.embeddings.patch_embedding.weight", {8, 3, 2, 2}},
    {"vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight", {16, 8}}};
const Shapes kText = {{"language_model.model.embed_tokens.weight", {10, 8}},
                      {"language_model.model.layers.0.mlp.up_proj.weight", {16, 8}}};
const Shapes kProjector = {{"multi_modal_projector.linear_1.weight", {8, 8}}};

Shapes Joined(std::initializer_list<Shapes> parts) {
  Shapes all;
  for (const Shapes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST_F(ComponentsTest, ComeApartByName) {
  const auto& components = Split(Joined({kProjector, kTower, kText}));
  ASSERT_THAT(KindsOf(components), ElementsAre("text", "vision", "projector"));
  EXPECT_EQ(components[1].prefix, "vision_tower.vision_model.");
  EXPECT_NE(components[1].checkpoint->Find("encoder.layers.0.mlp.fc1.weight"), nullptr);
  EXPECT_EQ(components[1].checkpoint->Find("encoder.layers.0.mlp.fc1.weight")->stored_name(),
            "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight");
  // A text model's tensors keep their names: families know what may stand before them.
  EXPECT_NE(components[0].checkpoint->Find("language_model.model.embed_tokens.weight"), nullptr);
}

TEST_F(ComponentsTest, OfATextModelAreAllOfIt) {
  const auto& components = Split(kText);
  ASSERT_THAT(KindsOf(components), ElementsAre("text"));
  EXPECT_EQ(components[0].checkpoint.get(), &*checkpoint_);
}

TEST_F(ComponentsTest, OfABareEncoderAreToldByItsPatchEmbedding) {
  const auto& components = Split({{"embeddings.patch_embedding.weight", {8, 3, 2, 2}},
                                  {"encoder.layers.0.mlp.fc1.weight", {16, 8}}});
  EXPECT_THAT(KindsOf(components), ElementsAre("vision"));
}

// As a published model has it, whose "vision" lacks a letter.
TEST_F(ComponentsTest, OfAnEncoderOfAnyNameAreToldByItsPatchEmbedding) {
  const auto components = Split({{"llm.model.embed_tokens.weight", {9, 8}},
                                 {"llm.model.layers.0.input_layernorm.weight", {8}},
                                 {"vison.embeddings.patch_embedding.weight", {8, 3, 2, 2}},
                                 {"vison.encoder.layers.0.layer_norm1.weight", {8}}});
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(components[0].kind, Component::kText);
  EXPECT_EQ(components[0].checkpoint->tensors().size(), 2U);
  EXPECT_EQ(components[1].kind, Component::kVision);
  EXPECT_EQ(components[1].checkpoint->tensors().size(), 2U);
}

// Nothing but its head is beside the encoder; or its beginning is the text model's as well.
TEST_F(ComponentsTest, OfAnEncoderWithItsHeadAreOne) {
  EXPECT_EQ(Split({{"beit.embeddings.patch_embeddings.projection.weight", {8, 3, 2, 2}},
                   {"beit.encoder.layer.0.layernorm_before.weight", {8}},
                   {"classifier.weight", {4, 8}}})
                .size(),
            1U);
  EXPECT_EQ(Split({{"model.patch_embed.weight", {8, 3, 2, 2}},
                   {"model.embed_tokens.weight", {9, 8}},
                   {"model.layers.0.input_layernorm.weight", {8}},
                   {"draft.layers.0.input_layernorm.weight", {8}}})
                .size(),
            1U);
}

TEST_F(ComponentsTest, OfATextModelWithAPatchEmbeddingAreText) {
  const auto& components =
      Split({{"model.patch_embedding.weight", {8, 3, 2, 2}}, {"model.embed_tokens.weight", {9, 8}}},
            testing::Small("llama", nullptr));
  EXPECT_THAT(KindsOf(components), ElementsAre("text"));
}

TEST_F(ComponentsTest, TakeTheirPartOfTheConfiguration) {
  const json config = {{"model_type", "llava"},
                       {"torch_dtype", "bfloat16"},
                       {"text_config", {{"model_type", "llama"}, {"hidden_size", 8}}},
                       {"vision_config", {{"model_type", "some_tower"}, {"hidden_size", 9}}}};
  const auto& components = Split(Joined({kTower, kText, kProjector}), config);
  ASSERT_EQ(components.size(), 3U);
  EXPECT_EQ(components[0].config->model_type(), "llama");
  EXPECT_EQ(components[1].config->model_type(), "some_tower");
  EXPECT_EQ(components[1].config->Size("hidden_size"), 9U);
  EXPECT_EQ(components[1].config->Text("torch_dtype"), "bfloat16");
  EXPECT_EQ(components[2].config, nullptr);
}

// Whisper's names say "encoder" and "decoder", and config.json has no objects for them.
TEST_F(ComponentsTest, AreToldByFamiliesWhereNamesDoNot) {
  const json config = {{"model_type", "whisper"}, {"d_model", 8},
                       {"encoder_layers", 1},     {"encoder_attention_heads", 2},
                       {"encoder_ffn_dim", 16},   {"num_mel_bins", 4},
                       {"decoder_layers", 1},     {"decoder_attention_heads", 2},
                       {"decoder_ffn_dim", 12},   {"vocab_size", 10}};
  const auto& parts = Split({{"model.encoder.conv1.weight", {8, 4, 3}},
                             {"model.encoder.layers.0.fc1.weight", {16, 8}},
                             {"model.decoder.layers.0.fc1.weight", {12, 8}},
                             {"model.decoder.embed_tokens.weight", {10, 8}}},
                            config);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].kind, Component::kText);
  EXPECT_EQ(parts[1].kind, Component::kAudio);
  for (const ModelComponent& part : parts) {
    EXPECT_EQ(part.checkpoint->tensors().size(), 2U);
    ASSERT_NE(part.spec(), nullptr);
  }
  EXPECT_EQ(parts[0].spec()->family->name, "whisper");
  EXPECT_EQ(parts[1].spec()->family->name, "whisper_encoder");
}

// Every encoder of transformers', in a model with others, is one whose family is known.
TEST_F(ComponentsTest, OfTransformersHaveTheirFamilies) {
  for (const testing::EncoderCase& one : testing::EncoderCases()) {
    if (one.component == Component::kText || one.published.at("model_type") == "whisper") continue;
    SCOPED_TRACE(one.name);
    const std::string tower = one.component == Component::kVision ? "vision" : "audio";
    Shapes shapes = {{"model.language_model.norm.weight", {8}}};
    for (const StoredShape& tensor : one.stored) {
      shapes.push_back({"model." + tower + "_tower." + tensor.name, tensor.shape});
    }
    for (const bool typed : {true, false}) {
      json config = {{tower + "_config", one.small}};
      if (!typed) config[tower + "_config"].erase("model_type");
      const auto& parts = Split(shapes, config);
      const auto part = std::ranges::find(parts, one.component, &ModelComponent::kind);
      ASSERT_NE(part, parts.end());
      ASSERT_NE(part->spec(), nullptr);
      // Without a head, one is as good as the other.
      const bool headless = !typed && part->spec()->family->name == "siglip_tower";
      EXPECT_EQ(part->spec()->family->name, headless ? "siglip_tower" : one.family()->name);
      EXPECT_TRUE(part->resolved.findings.empty());
    }
  }
}

TEST_F(ComponentsTest, OfAWrapperWithoutATextPartAreThereAllTheSame) {
  const json config = {{"model_type", "llava"}, {"vision_config", 7}};
  const auto& components = Split(Joined({kTower, kText}), config);
  ASSERT_THAT(KindsOf(components), ElementsAre("text", "vision"));
  EXPECT_EQ(components[1].config, nullptr);
  EXPECT_EQ(components[0].resolved.family, nullptr);
}

TEST_F(ComponentsTest, OfOneKindAreTwoWhereNamesCollide) {
  const auto& components =
      Split(Joined({kText, kTower, {{"vision_encoder.encoder.layers.0.mlp.fc1.weight", {16, 8}}}}));
  ASSERT_THAT(KindsOf(components), ElementsAre("text", "vision", "vision"));
  EXPECT_EQ(components[1].checkpoint->tensors().size(), 2U);  // the larger first
  EXPECT_EQ(components[2].prefix, "vision_encoder.");
}

// A checkpoint whose names collide under any number of beginnings is one encoder with its names.
TEST_F(ComponentsTest, AreNotMadeWithoutEnd) {
  Shapes shapes = kText;
  std::string beginning;
  for (int i = 0; i < 12; ++i) {
    beginning += "vision.";
    shapes.push_back({beginning + "w", {2, 2}});
  }
  const auto& components = Split(shapes);
  ASSERT_THAT(KindsOf(components), ElementsAre("text", "vision"));
  EXPECT_EQ(components[1].checkpoint->tensors().size(), 12U);
  EXPECT_NE(components[1].checkpoint->Find("vision.vision.w"), nullptr);
}

// Of older Qwen2.5-VL files.
TEST_F(ComponentsTest, WithoutATypeAreOfTheWholesType) {
  const ModelConfig config =
      Config({{"model_type", "qwen2_5_vl"}, {"vision_config", json::object()}});
  const auto components = SplitComponents(nullptr, &config);
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(components[1].config->model_type(), "qwen2_5_vl");
  ASSERT_NE(components[1].resolved.family, nullptr);
  EXPECT_EQ(components[1].resolved.family->component, Component::kVision);
}

TEST_F(ComponentsTest, OfAConfigurationAloneAreThoseThatItDescribes) {
  const ModelConfig config =
      Config({{"model_type", "x"}, {"vision_config", json::object()}, {"audio_config", nullptr}});
  EXPECT_THAT(KindsOf(SplitComponents(nullptr, &config)), ElementsAre("text", "vision"));
}

TEST_F(ComponentsTest, AreTakenAlone) {
  Split(Joined({kTower, kText, kProjector}));
  const std::vector<Component> wanted = {Component::kVision, Component::kAudio};
  const Checkpoint only = OnlyComponents(*checkpoint_, nullptr, wanted);
  EXPECT_EQ(only.tensors().size(), kTower.size());
  const std::vector<Component> absent = {Component::kAudio};
  const Error error = testing::CatchError(ErrorKind::kBadInput,
                                          [&] { OnlyComponents(*checkpoint_, nullptr, absent); });
  EXPECT_EQ(error.message(), "has no audio component: it has text, vision, projector");
}

}  // namespace components_test
}  // namespace modelkin
