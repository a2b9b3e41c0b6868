// Family tables held against what transformers stores of small models.
#include "architecture/stored_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "architecture/configs.h"
#include "architecture/inspection.h"
#include "architecture/named_by_role.h"
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
    ADD_FAILURE() << FindingKindName(finding.kind) << ": " << finding.message;
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

INSTANTIATE_TEST_SUITE_P(Small, StoredModelsTest, ::testing::ValuesIn(testing::StoredModels()),
                         [](const auto& of) {
                           std::string name = of.param.name;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

}  // namespace stored_models_test
}  // namespace modelkin
