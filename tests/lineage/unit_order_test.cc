#include "lineage/unit_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace unit_order_test {

// A small net: 12 inputs, hidden layers of 20 and 30 units, 10 classes.
ToyModel Net(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  ToyModel model;
  for (const auto& [name, shape] :
       std::map<std::string, std::vector<std::uint64_t>>{{"fc1.weight", {20, 12}},
                                                         {"fc2.weight", {30, 20}},
                                                         {"fc3.weight", {20, 30}},
                                                         {"fc4.weight", {10, 20}},
                                                         {"fc1.bias", {20}}}) {
    ToyTensor tensor{.shape = shape, .values = {}};
    for (std::uint64_t i = 0; i < shape[0] * (shape.size() > 1 ? shape[1] : 1); ++i) {
      tensor.values.push_back(static_cast<float>(normal(random)));
    }
    model.tensors.emplace(name, std::move(tensor));
  }
  return model;
}

std::vector<TensorOrder> OrdersOf(const ToyModel& a, const ToyModel& b) {
  // Tensors are pointed to: kept for the test.
  static std::vector<std::unique_ptr<ModelParts>> kept;
  const StoredToy stored_a(a), stored_b(b);
  for (const StoredToy* stored : {&stored_a, &stored_b}) {
    kept.push_back(std::make_unique<ModelParts>(PartsOf(*stored->traced().checkpoint, nullptr)));
  }
  Progress progress;
  return OrderOfUnits(*kept[kept.size() - 2], *kept.back(), {}, 1, 2, progress);
}

TEST(UnitOrder, TakesAxesOfHiddenUnitsOnly) {
  std::vector<std::string> axes;
  for (const TensorOrder& order : OrdersOf(Net(1), Net(2))) {
    axes.push_back(order.b->name + " " + std::to_string(order.axis));
  }
  // Not the 12 inputs, nor the 10 classes.
  EXPECT_THAT(axes,
              ::testing::UnorderedElementsAre("fc1.weight 0", "fc2.weight 0", "fc2.weight 1",
                                              "fc3.weight 0", "fc3.weight 1", "fc4.weight 1"));
}

TEST(UnitOrder, SeesUnitsInPlace) {
  for (const TensorOrder& order : OrdersOf(Net(1), Net(1))) {
    EXPECT_EQ(order.in_place, order.units);
    EXPECT_LT(order.log_p, -30);
  }
}

TEST(UnitOrder, OfStrangersIsChance) {
  std::uint64_t in_place = 0, tests = 0;
  for (std::uint64_t seed = 2; seed < 20; ++seed) {
    for (const TensorOrder& order : OrdersOf(Net(1), Net(seed))) {
      in_place += order.in_place;
      ++tests;
      EXPECT_GT(order.log_p, std::log(1e-4));
    }
  }
  EXPECT_NEAR(static_cast<double>(in_place), static_cast<double>(tests),
              4 * std::sqrt(static_cast<double>(tests)));
}

TEST(UnitOrder, OfConstantTensorsIsChance) {
  ToyModel a = Net(1);
  for (auto& [name, tensor] : a.tensors) std::ranges::fill(tensor.values, 0.5F);
  for (const TensorOrder& order : OrdersOf(a, a)) EXPECT_LT(order.in_place, 8U);
}

}  // namespace unit_order_test
}  // namespace modelkin::testing
