#include "lineage/shape_pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/toy_model.h"
#include "lineage/unit_matrix.h"

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

ToyTensor Transposed(const ToyTensor& tensor) {
  ToyTensor turned{.shape = {tensor.shape[1], tensor.shape[0]}, .values = tensor.values};
  for (std::uint64_t row = 0; row < tensor.shape[0]; ++row) {
    for (std::uint64_t column = 0; column < tensor.shape[1]; ++column) {
      turned.values[column * tensor.shape[0] + row] = tensor.values[row * tensor.shape[1] + column];
    }
  }
  return turned;
}

// Of three MLPs and a square in each of their layers.
ToyModel Mlps() {
  ToyModel model;
  for (int i = 0; i < 3; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    const auto seed = static_cast<std::uint64_t>(10 * i);
    model.tensors[layer + "mlp.gate_proj.weight"] = Noise({48, 16}, 1 + 0.1 * i, seed);
    model.tensors[layer + "mlp.up_proj.weight"] = Noise({48, 16}, 2 + 0.1 * i, seed + 1);
    model.tensors[layer + "mlp.down_proj.weight"] = Noise({16, 48}, 3 + 0.1 * i, seed + 2);
    model.tensors[layer + "self_attn.o_proj.weight"] = Noise({16, 16}, 4 + 0.1 * i, seed + 3);
  }
  return model;
}

std::string Unknown(const std::string& name) {
  return "blob." + std::to_string(std::hash<std::string>()(name) % 100'000);
}

// What tensors hold that were named after A's.
void ExpectValuesOf(const ToyModel& a, const ToyModel& b, std::size_t named) {
  const StoredToy stored_a(a), stored_b(b);
  const Checkpoint renamed =
      NamedAfter(*stored_b.traced().checkpoint, *stored_a.traced().checkpoint, 2).checkpoint;
  std::size_t found = 0;
  for (const auto& [name, tensor] : a.tensors) {
    const Tensor* const given = renamed.Find(name);
    if (given == nullptr) continue;
    ++found;
    EXPECT_EQ(given->shape, tensor.shape) << name;
    std::vector<float> values;
    ReadByUnit(renamed, *given, 0, values);
    EXPECT_EQ(values, tensor.values) << name;
  }
  EXPECT_EQ(found, named);
}

TEST(ShapePairing, TurnsTransposedMatrices) {
  const ToyModel a = Mlps();
  ToyModel as_stored, turned;
  for (const auto& [name, tensor] : a.tensors) {
    as_stored.tensors[Unknown(name)] = tensor;
    turned.tensors[Unknown(name)] = Transposed(tensor);
  }
  ExpectValuesOf(a, as_stored, a.tensors.size());
  ExpectValuesOf(a, turned, a.tensors.size());
}

// As many of one shape as of the other: values tell.
TEST(ShapePairing, TurnsMatricesOfMlpsWithoutGates) {
  ToyModel a = Mlps(), turned;
  std::erase_if(a.tensors, [](const auto& entry) {
    return entry.first.find("gate_proj") != std::string::npos;
  });
  for (const auto& [name, tensor] : a.tensors) turned.tensors[Unknown(name)] = Transposed(tensor);
  ExpectValuesOf(a, turned, a.tensors.size());
}

enum class Fusing : std::uint8_t { kGateFirst, kUpFirst, kInTurn };

ToyTensor Fused(const ToyTensor& gate, const ToyTensor& up, Fusing how) {
  ToyTensor both{.shape = {2 * gate.shape[0], gate.shape[1]}, .values = {}};
  const auto add = [&](const ToyTensor& from, std::uint64_t first, std::uint64_t rows) {
    const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>(first * from.shape[1]);
    both.values.insert(both.values.end(), begin,
                       begin + static_cast<std::ptrdiff_t>(rows * from.shape[1]));
  };
  if (how == Fusing::kInTurn) {
    for (std::uint64_t row = 0; row < gate.shape[0]; ++row) {
      add(gate, row, 1);
      add(up, row, 1);
    }
    return both;
  }
  add(how == Fusing::kGateFirst ? gate : up, 0, gate.shape[0]);
  add(how == Fusing::kGateFirst ? up : gate, 0, gate.shape[0]);
  return both;
}

TEST(ShapePairing, TakesGateAndUpApart) {
  for (const Fusing how : {Fusing::kGateFirst, Fusing::kUpFirst, Fusing::kInTurn}) {
    for (const bool turned : {false, true}) {
      const ToyModel a = Mlps();
      ToyModel b;
      for (const auto& [name, tensor] : a.tensors) {
        if (name.find("up_proj") != std::string::npos) continue;
        ToyTensor stored = tensor;
        if (const auto at = name.find("gate_proj"); at != std::string::npos) {
          std::string up = name;
          stored = Fused(tensor, a.tensors.at(up.replace(at, 4, "up")), how);
        }
        b.tensors[Unknown(name)] = turned ? Transposed(stored) : stored;
      }
      ExpectValuesOf(a, b, a.tensors.size());
    }
  }
}

}  // namespace shape_pairing_test
}  // namespace modelkin::testing
