// What a GGUF file says of a model is what its config.json said: tests/data/gguf_models.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "architecture/family_choice.h"
#include "architecture/inspection.h"
#include "architecture/model_spec.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {
namespace {

using nlohmann::json;

const std::string kModels = MODELKIN_TEST_DATA "/gguf_models/";

json DescribedModels() { return json::parse(std::ifstream(kModels + "models.json")); }

// Sizes of a model, and what else its forward pass depends on.
json Facts(const ModelSpec& spec) {
  json facts = {{"family", spec.family->name},
                {"flags", spec.flags},
                {"rotary", {spec.rotary.dims, spec.rotary.theta, spec.rotary.scaling}},
                {"layers", spec.layers.size()},
                {"dense", spec.CountLayers(LayerKind::kDense)},
                {"windowed", spec.CountWindowedLayers()}};
  if (spec.CountWindowedLayers() > 0) facts["window"] = *spec.window;
  for (const auto& [name, size] : spec.sizes) facts["sizes"][name] = size.value;
  return facts;
}

// What converters leave out, or replace by a number of their own.
const std::multimap<std::string, std::string> kLost = {
    {"bloom", "positions"},     {"gemma4-moe", "layer_vocab"}, {"glm-hf", "positions"},
    {"granite4", "positions"},  {"mamba", "positions"},        {"nemotron-h-moe", "positions"},
    {"nemotron-h-moe", "width"}};

class GgufSpecTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GgufSpecTest, IsThatOfTheConfig) {
  json stated = DescribedModels().at(GetParam()).at("config");
  stated.erase(
      "num_nextn_predict_layers");  // of which the converter keeps none, and there are none
  const ModelConfig published("config.json", std::move(stated));
  const Checkpoint checkpoint = OpenCheckpoint(kModels + GetParam() + ".gguf");
  ASSERT_NE(checkpoint.config(), nullptr);
  const ModelConfig config("model.gguf", *checkpoint.config());
  std::vector<Finding> findings;
  const Family* const family = ChooseFamily(config, &checkpoint);
  ASSERT_NE(family, nullptr);
  const auto spec = ResolveSpec(config, *family, findings);
  const auto expected = ResolveSpec(published, *FindFamily(published.model_type()), findings);
  ASSERT_TRUE(spec && expected) << findings.front().message.english;
  json facts = Facts(*spec), wanted = Facts(*expected);
  for (const auto& [name, key] : kLost) {
    if (name != GetParam()) continue;
    wanted["sizes"].erase(key);
    facts["sizes"].erase(key);
  }
  if (GetParam() == "phimoe") wanted["rotary"][2] = facts["rotary"][2];  // names no factor
  EXPECT_EQ(facts, wanted);
  for (const char* key : {"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_topk_prob",
                          "routed_scaling_factor", "final_logit_softcapping"}) {
    const auto* const number = published.Find(key);
    if (number == nullptr || config.Find(key) == nullptr) continue;
    EXPECT_EQ(*config.Find(key), *number) << key;
  }
}

TEST_P(GgufSpecTest, ExplainsEveryTensor) {
  const Checkpoint checkpoint = OpenCheckpoint(kModels + GetParam() + ".gguf");
  const ModelConfig config("model.gguf", *checkpoint.config());
  const Inspection result = Inspect("model.gguf", &checkpoint, &config);
  for (const Finding& finding : result.findings) {
    // Of Apertus' activation the file has keys, and no tensors.
    if (finding.message.english.find(".mlp.act_fn.") != std::string::npos) continue;
    EXPECT_EQ(finding.kind, FindingKind::kUnusedValue) << finding.message.english;
  }
  EXPECT_EQ(result.parameters.Of(ModuleKind::kOther), 0U);
}

std::vector<std::string> ModelNames() {
  std::vector<std::string> names;
  const json models = DescribedModels();
  for (const auto& [name, model] : models.items()) names.push_back(name);
  return names;
}

std::string NameOfParam(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Families, GgufSpecTest, ::testing::ValuesIn(ModelNames()), NameOfParam);

}  // namespace
}  // namespace modelkin
