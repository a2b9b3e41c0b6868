// Models of families without a table: what names and shapes tell of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "architecture/inspection.h"
#include "architecture/shape_only.h"

namespace modelkin {
namespace unlisted_families_test {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

json Listings() { return json::parse(std::ifstream(MODELKIN_TEST_DATA "/unlisted_families.json")); }

class UnlistedFamiliesTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    listing_ = Listings().at(GetParam());
    std::vector<testing::StoredShape> tensors;
    for (const json& tensor : listing_.at("tensors")) {
      tensors.push_back({.name = tensor[0], .shape = tensor[1]});
    }
    testing::WriteShapes(folder_.path(), tensors);
  }

  Inspection Inspected(const json& config) const {
    const Checkpoint checkpoint = OpenCheckpoint(folder_.path());
    if (config.is_null()) return Inspect(folder_.path(), &checkpoint, nullptr);
    const ModelConfig read("config.json", config);
    return Inspect(folder_.path(), &checkpoint, &read);
  }

  Component Kind() const {
    if (GetParam() == "wav2vec2") return Component::kAudio;
    const bool images =
        GetParam() == "beit" || GetParam() == "dinov3_vit" || GetParam() == "vit_mae";
    return images ? Component::kVision : Component::kText;
  }

  testing::TemporaryDirectory folder_;
  json listing_;
};

// Once without a config.json, and once with one of a type that nothing is known of.
TEST_P(UnlistedFamiliesTest, AreInferredFromNamesAndShapes) {
  for (const json& config : {json(nullptr), json{{"model_type", "of_tomorrow"}}}) {
    const Inspection result = Inspected(config);
    EXPECT_EQ(result.family, nullptr);
    ASSERT_THAT(result.components, SizeIs(1));
    EXPECT_EQ(result.components[0].kind, Kind());
    // That it is not known, and what was inferred: each said once.
    ASSERT_THAT(result.findings, SizeIs(2));
    const std::string& told = result.findings[1].message.english;
    EXPECT_THAT(told, HasSubstr("suggest 3 layers, width 24"));
    const bool has_vocabulary =
        Kind() == Component::kText && GetParam() != "ctrl";  // whose names say nothing of it
    EXPECT_EQ(told.find("vocabulary 53") != std::string::npos, has_vocabulary) << told;
    // Most weights are told to be of attention, MLPs and the like.
    EXPECT_LT(result.parameters.Of(ModuleKind::kOther), result.parameters.total / 2);
  }
}

TEST(UnlistedFamilies, AreTwentyAndMore) { EXPECT_GE(Listings().size(), 20U); }

std::vector<std::string> Names() {
  std::vector<std::string> names;
  const json listings = Listings();
  for (const auto& [name, listing] : listings.items()) names.push_back(name);
  return names;
}

std::string ParamName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Transformers, UnlistedFamiliesTest, ::testing::ValuesIn(Names()),
                         ParamName);

}  // namespace unlisted_families_test
}  // namespace modelkin
