// Family tables held against what transformers stores of small models.
#include "architecture/stored_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "architecture/configs.h"
#include "architecture/inspection.h"
#include "architecture/named_by_role.h"
#include "architecture/parameter_count.h"
#include "architecture/placed_tensor.h"

namespace modelkin {
namespace stored_models_test {

using testing::StoredModel;

class StoredModelsTest : public ::testing::TestWithParam<StoredModel> {
 protected:
  void SetUp() override {
    testing::WriteShapes(folder_.path(), GetParam().tensors);
    checkpoint_ = std::make_unique<Checkpoint>(OpenCheckpoint(folder_.path()));
    config_ = std::make_unique<ModelConfig>("config.json", GetParam().config);
  }

  ModelSpec Spec() const { return *ResolveModel(*config_, checkpoint_.get()).spec; }

  testing::TemporaryDirectory folder_;
  std::unique_ptr<Checkpoint> checkpoint_;
  std::unique_ptr<ModelConfig> config_;
};

// Every tensor is explained, in its layers and in its shape, and none is missing.
TEST_P(StoredModelsTest, AreExplained) {
  const Inspection inspection = Inspect(folder_.path(), checkpoint_.get(), config_.get());
  ASSERT_TRUE(inspection.spec);
  for (const Finding& finding : inspection.findings) {
    if (finding.kind == FindingKind::kContradiction && finding.config_key == "torch_dtype")
      continue;
    ADD_FAILURE() << FindingKindName(finding.kind) << ": " << finding.message.english;
  }
  ASSERT_TRUE(inspection.claimed);
  EXPECT_EQ(inspection.claimed->total, inspection.parameters.total);
  EXPECT_EQ(inspection.claimed->by_layer, inspection.parameters.by_layer);
  EXPECT_EQ(inspection.parameters.Of(ModuleKind::kOther), 0U);
}

// What reads and writes the residual stream is found by the tests of lineage, and only that.
TEST_P(StoredModelsTest, HaveResidualAxesWhereTheFamilySaysSo) {
  const ModelSpec spec = Spec();
  const Checkpoint named = NamedByRole(*checkpoint_, &spec);
  EXPECT_GE(named.tensors().size(), checkpoint_->tensors().size());
  const TensorPlacer placer(&spec);
  std::vector<PlacedTensor> placed;
  for (const Tensor& tensor : named.tensors()) placed.push_back(placer.Place(tensor));
  placer.PlaceAxes(*spec.Size("residual"), placed);
  for (const PlacedTensor& tensor : placed) {
    SCOPED_TRACE(tensor.tensor->name);
    EXPECT_NE(tensor.module, ModuleKind::kOther);
    EXPECT_LE(std::ranges::count(tensor.axes, Axis::kResidual), 1);
    const bool is_convolution =
        tensor.tensor->name.find("conv") != std::string::npos && tensor.tensor->shape.size() != 2;
    EXPECT_FALSE(is_convolution && tensor.residual_axis());
  }
}

// Of layers that use an earlier one's keys, published files hold keys of their own.
TEST(StoredModels, KeysThatAreNotUsed) {
  const std::vector<StoredModel> models = testing::StoredModels();
  const auto gemma = std::ranges::find(models, "gemma3n", &StoredModel::name);
  ASSERT_NE(gemma, models.end());
  std::vector<testing::StoredShape> tensors = gemma->tensors;
  tensors.push_back({"model.layers.5.self_attn.k_proj.weight", {24, 32}});
  const testing::TemporaryDirectory folder;
  testing::WriteShapes(folder.path(), tensors);
  const Checkpoint checkpoint = OpenCheckpoint(folder.path());
  const ModelConfig config("config.json", gemma->config);
  const Inspection inspection = Inspect(folder.path(), &checkpoint, &config);
  ASSERT_EQ(inspection.findings.size(), 1U);
  EXPECT_EQ(inspection.findings[0].kind, FindingKind::kNote);
  EXPECT_THAT(inspection.findings[0].message.english, ::testing::HasSubstr("no use for it"));
}

// Layers that predict further tokens are a model of their own beside the text model, with names
// below "mtp.", and full attention whatever the text model's layers have.
TEST(StoredModels, PredictionOfQwen35) {
  const nlohmann::json config = testing::RealConfig("qwen3.5-27b");
  const Family* const family = FindFamily("qwen3_5_text", Component::kPrediction);
  ASSERT_NE(family, nullptr);
  std::vector<Finding> findings;
  const auto spec = ResolveSpec(testing::Config(config), *family, findings);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->layers.size(), 1U);
  // fc, three norms; q with gates, k, v, o, their norms; norms of the layer; the MLP.
  constexpr std::uint64_t kWidth = 5120, kHead = 256;
  EXPECT_EQ(ExpectedParameters(*spec)->count.total,
            2 * kWidth * kWidth + 3 * kWidth +
                (24 * 2 * kHead + 2 * 4 * kHead + 24 * kHead) * kWidth + 2 * kHead + 2 * kWidth +
                3 * 17408 * kWidth);
}

INSTANTIATE_TEST_SUITE_P(Small, StoredModelsTest, ::testing::ValuesIn(testing::StoredModels()),
                         [](const auto& of) {
                           std::string name = of.param.name;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

}  // namespace stored_models_test
}  // namespace modelkin
