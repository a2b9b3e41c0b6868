// Which axes are taken for hidden units, and orders that are planted in part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "lineage/toy_model.h"
#include "lineage/unit_order.h"

namespace modelkin::testing {
namespace unit_order_axes_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Shapes = std::map<std::string, std::vector<std::uint64_t>>;

ToyModel Model(const Shapes& shapes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  ToyModel model;
  for (const auto& [name, shape] : shapes) {
    ToyTensor tensor{.shape = shape, .values = {}};
    std::uint64_t count = 1;
    for (const std::uint64_t length : shape) count *= length;
    for (std::uint64_t i = 0; i < count; ++i) tensor.values.push_back(normal(random));
    model.tensors.emplace(name, std::move(tensor));
  }
  return model;
}

// Images of 3 channels to 12 and 20 hidden ones, and 10 classes.
const Shapes kConvolutions = {
    {"conv1", {12, 3, 3, 3}}, {"conv2", {20, 12, 3, 3}}, {"fc", {10, 20}}, {"bias", {20}}};

struct Ordered {
  ModelParts a, b;
  std::vector<TensorOrder> orders;
};

Ordered OrderOf(const ToyModel& a, const ToyModel& b, const std::string& excluded = "",
                unsigned threads = 2) {
  const StoredToy stored_a(a), stored_b(b);
  Ordered ordered{.a = PartsOf(*stored_a.traced().checkpoint, nullptr),
                  .b = PartsOf(*stored_b.traced().checkpoint, nullptr),
                  .orders = {}};
  std::vector<const Tensor*> left_out;
  if (!excluded.empty()) left_out.push_back(ordered.b.checkpoint.Find(excluded));
  Progress progress;
  ordered.orders = OrderOfUnits(ordered.a, ordered.b, left_out, 1, threads, progress);
  return ordered;
}

std::vector<std::string> Axes(const Ordered& ordered) {
  std::vector<std::string> axes;
  for (const TensorOrder& order : ordered.orders) {
    axes.push_back(order.b->name + " " + std::to_string(order.axis));
  }
  return axes;
}

TEST(UnitOrderAxes, AreThoseOfHiddenChannelsOnly) {
  const ToyModel a = Model(kConvolutions, 1);
  EXPECT_THAT(Axes(OrderOf(a, Model(kConvolutions, 2))),
              UnorderedElementsAre("conv1 0", "conv2 0", "conv2 1", "fc 1"));
}

// As many classes as hidden channels: the length is then taken for one of hidden units.
TEST(UnitOrderAxes, AreFoundByTheirLengths) {
  Shapes shapes = kConvolutions;
  shapes["fc"] = {12, 20};
  EXPECT_THAT(Axes(OrderOf(Model(shapes, 1), Model(shapes, 2))),
              UnorderedElementsAre("conv1 0", "conv2 0", "conv2 1", "fc 0", "fc 1"));
}

TEST(UnitOrderAxes, OfExcludedOtherwiseShapedOrMissingTensorsDoNotTakePart) {
  const ToyModel a = Model(kConvolutions, 1);
  EXPECT_THAT(Axes(OrderOf(a, a, "conv2")), UnorderedElementsAre("conv1 0", "fc 1"));
  Shapes other = kConvolutions;
  other["fc"] = {11, 20};
  EXPECT_THAT(Axes(OrderOf(a, Model(other, 2))),
              UnorderedElementsAre("conv1 0", "conv2 0", "conv2 1"));
  other.erase("fc");  // then 20 is no input any more
  EXPECT_THAT(Axes(OrderOf(a, Model(other, 2))), UnorderedElementsAre("conv1 0", "conv2 1"));
}

TEST(UnitOrderAxes, UnderEightUnitsDoNotTakePart) {
  for (const std::uint64_t hidden : {7, 8}) {
    const Shapes shapes = {{"x", {hidden, 30}}, {"y", {5, hidden}}};
    EXPECT_EQ(OrderOf(Model(shapes, 1), Model(shapes, 2)).orders.size(), hidden == 8 ? 2U : 0U);
  }
}

TEST(UnitOrderAxes, OfTensorsThatAreNotFiniteDoNotTakePart) {
  const ToyModel a = Model(kConvolutions, 1);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    ToyModel b = a;
    b.At("conv2").values[9] = bad;
    EXPECT_THAT(Axes(OrderOf(a, b)), UnorderedElementsAre("conv1 0", "fc 1"));
    EXPECT_THAT(Axes(OrderOf(b, a)), UnorderedElementsAre("conv1 0", "fc 1"));
  }
}

TEST(UnitOrderAxes, OfNoTensorsAreNone) {
  const ToyModel vectors = Model({{"x", {30}}, {"y", {20}}}, 1);
  EXPECT_THAT(Axes(OrderOf(vectors, vectors)), IsEmpty());
}

// The last 15 of 40 rows of every matrix turned round: 25 stay in place, and the one in the middle.
TEST(UnitOrderAxes, UnitsThatWereMovedAreNotInPlace) {
  const Shapes shapes = {{"x", {40, 30}}, {"y", {6, 40}}};
  const ToyModel a = Model(shapes, 1);
  ToyModel b = a;
  for (std::size_t unit = 25; unit < 40; ++unit) {
    for (std::size_t i = 0; i < 30; ++i) {
      b.At("x").values[unit * 30 + i] = a.tensors.at("x").values[(64 - unit) * 30 + i];
    }
  }
  const Ordered ordered = OrderOf(a, b);
  ASSERT_THAT(Axes(ordered), ElementsAre("x 0", "y 1"));
  EXPECT_EQ(ordered.orders[0].in_place, 26U);
  EXPECT_DOUBLE_EQ(ordered.orders[0].share(), 26.0 / 40);
  EXPECT_EQ(ordered.orders[1].in_place, 40U);
}

TEST(UnitOrderAxes, SameForAnyNumberOfThreads) {
  const ToyModel a = Model(kConvolutions, 1);
  ToyModel b = a;
  AddNoise(b, 2, 5);
  const Ordered one = OrderOf(a, b, "", 1);
  for (const unsigned threads : {2U, 7U}) {
    const Ordered other = OrderOf(a, b, "", threads);
    ASSERT_EQ(one.orders.size(), other.orders.size());
    for (std::size_t i = 0; i < one.orders.size(); ++i) {
      EXPECT_EQ(one.orders[i].in_place, other.orders[i].in_place);
      EXPECT_EQ(one.orders[i].log_p, other.orders[i].log_p);
    }
  }
}

}  // namespace unit_order_axes_test
}  // namespace modelkin::testing
