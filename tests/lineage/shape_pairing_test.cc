#include "lineage/shape_pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace shape_pairing_test {

ToyTensor Noise(std::vector<std::uint64_t> shape, double deviation, std::uint64_t seed) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, deviation);
  ToyTensor tensor{.shape = std::move(shape), .values = std::vector<float>(count)};
  for (float& value : tensor.values) value = static_cast<float>(normal(random));
  return tensor;
}

std::map<std::string, std::string> Given(const ToyModel& b, const ToyModel& a) {
  const StoredToy stored_a(a), stored_b(b);
  std::map<std::string, std::string> given;
  for (const NameGiven& name :
       NamedAfter(*stored_b.traced().checkpoint, *stored_a.traced().checkpoint, 2).given) {
    given.emplace(name.from, name.to);
  }
  return given;
}

using Names = std::map<std::string, std::string>;

TEST(ShapePairing, ByShapesOfTheirOwn) {
  const ToyModel a{.tensors = {{"x", Noise({4, 5}, 1, 1)}, {"y", Noise({5, 4}, 1, 2)}},
                   .config = {}};
  const ToyModel b{.tensors = {{"1", Noise({5, 4}, 1, 3)}, {"2", Noise({4, 5}, 9, 4)}},
                   .config = {}};
  EXPECT_EQ(Given(b, a), (Names{{"1", "y"}, {"2", "x"}}));
}

// The values of a copy have its moments, whatever their order.
TEST(ShapePairing, ByMomentsWhereShapesAreShared) {
  ToyModel a, b;
  for (int i = 0; i < 6; ++i) {
    ToyTensor tensor = Noise({20, 30}, 0.02 * (1 + 0.1 * i), static_cast<std::uint64_t>(i));
    a.tensors.emplace("a" + std::to_string(i), tensor);
    std::shuffle(tensor.values.begin(), tensor.values.end(), std::mt19937_64(9));
    b.tensors.emplace("b" + std::to_string((5 * i) % 6), tensor);
  }
  EXPECT_EQ(
      Given(b, a),
      (Names{{"b0", "a0"}, {"b5", "a1"}, {"b4", "a2"}, {"b3", "a3"}, {"b2", "a4"}, {"b1", "a5"}}));
}

TEST(ShapePairing, LeavesSharedNamesAndLeftOversAlone) {
  const ToyModel a{.tensors = {{"same", Noise({6}, 1, 1)}, {"x", Noise({6}, 1, 2)}}, .config = {}};
  const ToyModel b{.tensors = {{"same", Noise({6}, 1, 3)},
                               {"y", Noise({6}, 1, 4)},
                               {"z", Noise({7}, 1, 5)},
                               {"zz", Noise({6}, 1000, 6)}},
                   .config = {}};
  EXPECT_EQ(Given(b, a), (Names{{"y", "x"}}));
}

TEST(ShapePairing, OfEqualNamesGivesNone) {
  const ToyModel a{.tensors = {{"x", Noise({6}, 1, 1)}}, .config = {}};
  EXPECT_TRUE(Given(a, a).empty());
}

TEST(ShapePairing, TakesValuesOfAnyKind) {
  ToyTensor zeros{{6}, std::vector<float>(6, 0)}, infinite{{6}, std::vector<float>(6, INFINITY)};
  const ToyModel a{.tensors = {{"x", zeros}, {"y", infinite}}, .config = {}};
  const ToyModel b{.tensors = {{"1", zeros}, {"2", infinite}}, .config = {}};
  EXPECT_EQ(Given(b, a).size(), 2U);
}

}  // namespace shape_pairing_test
}  // namespace modelkin::testing
