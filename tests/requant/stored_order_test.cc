#include "requant/stored_order.h"

#include <gtest/gtest.h>

#include <numeric>

#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace stored_order_test {

// A model of one tensor [4, 8] whose values are their places.
class StoredOrderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<float> values(32);
    std::iota(values.begin(), values.end(), 0.0F);
    const std::string bytes(reinterpret_cast<const char*>(values.data()),
                            values.size() * sizeof(float));
    model_.emplace(OpenCheckpoint(folder_.WriteFile(
        "m.safetensors", testing::SafetensorsFile({{"w", "F32", {4, 8}, bytes}}))));
  }

  Tensor Viewed(TensorView view) const {
    Tensor tensor = *model_->Find("w");
    tensor.view = std::make_shared<const TensorView>(std::move(view));
    return tensor;
  }

  std::vector<float> Original(const StoredOrder& order) const {
    std::vector<float> values(32);
    order.ReadOriginal(0, values.size(), values.data());
    return values;
  }

  testing::TemporaryDirectory folder_;
  std::optional<Checkpoint> model_;
};

TEST_F(StoredOrderTest, OfRowsInAnotherOrderIsTheWeights) {
  // Rows 0 2 1 3.
  const Tensor q = Viewed({"w", 0, {2, 2, 8}, {8, 16, 1}});
  const auto order = StoredOrder::Find(*model_, *model_->Find("w"), q, 4);
  ASSERT_TRUE(order);
  const std::vector<StoredRun> runs = order->Runs(4, 16);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].place, 4U);
  EXPECT_EQ(runs[1].place, 16U);
  EXPECT_EQ(runs[2].place, 8U);
  EXPECT_EQ(runs[2].count, 4U);
  EXPECT_EQ(Original(*order)[8], 8);
}

TEST_F(StoredOrderTest, OfATurnedMatrixIsThatOfWhatIsStored) {
  // Stored as [8, 4].
  const Tensor q = Viewed({"w", 0, {4, 8}, {1, 4}});
  const auto order = StoredOrder::Find(*model_, *model_->Find("w"), q, 2);
  ASSERT_TRUE(order);
  const std::vector<float> values = Original(*order);
  // Place (i, j) of [8, 4] is element (j, i).
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[1], 8);
  EXPECT_EQ(values[4], 1);
  EXPECT_EQ(order->Runs(0, 32).size(), 1U);
}

TEST_F(StoredOrderTest, IsNoneWhereBlocksLieAcrossRows) {
  const Tensor q = Viewed({"w", 2, {2, 4}, {8, 1}});
  EXPECT_FALSE(StoredOrder::Find(*model_, *model_->Find("w"), q, 4));
}

}  // namespace stored_order_test
}  // namespace modelkin
