#include "lineage/rotary_layout.h"

#include <gtest/gtest.h>

#include <random>

#include "lineage/toy_model.h"
#include "lineage/unit_matrix.h"

namespace modelkin::testing {
namespace rotary_layout_test {

constexpr std::uint64_t kWidth = 40, kHeadSize = 16, kHeads = 4, kGroups = 2;
const std::string kPrefix = "model.layers.1.self_attn.";

ToyTensor Normal(std::vector<std::uint64_t> shape, std::uint64_t seed) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  ToyTensor tensor{.shape = std::move(shape), .values = std::vector<float>(count)};
  for (float& value : tensor.values) value = normal(random);
  return tensor;
}

ToyModel Attention(std::uint64_t seed) {
  ToyModel model;
  model.tensors[kPrefix + "q_proj.weight"] = Normal({kHeads * kHeadSize, kWidth}, seed);
  model.tensors[kPrefix + "k_proj.weight"] = Normal({kGroups * kHeadSize, kWidth}, seed + 1);
  model.tensors[kPrefix + "v_proj.weight"] = Normal({kGroups * kHeadSize, kWidth}, seed + 2);
  model.tensors[kPrefix + "k_proj.bias"] = Normal({kGroups * kHeadSize}, seed + 3);
  model.tensors[kPrefix + "q_norm.weight"] = Normal({kHeadSize}, seed + 4);
  return model;
}

// Row 2i + j of a head becomes what row j * half + i was.
void PutInPairs(ToyTensor& tensor) {
  const ToyTensor halves = tensor;
  const std::uint64_t row = tensor.shape.size() == 2 ? tensor.shape[1] : 1;
  for (std::uint64_t to = 0; to < tensor.shape[0]; ++to) {
    const std::uint64_t head = to / kHeadSize * kHeadSize, inside = to % kHeadSize;
    const std::uint64_t from = head + inside % 2 * (kHeadSize / 2) + inside / 2;
    for (std::uint64_t c = 0; c < row; ++c) {
      tensor.values[to * row + c] = halves.values[from * row + c];
    }
  }
}

ToyModel InPairs(ToyModel model) {
  for (const char* name : {"q_proj.weight", "k_proj.weight", "k_proj.bias", "q_norm.weight"}) {
    PutInPairs(model.At(kPrefix + name));
  }
  return model;
}

RotaryOrder OrderOf(const ToyModel& a, const ToyModel& b) {
  const StoredToy stored_a(a), stored_b(b);
  return FindRotaryOrder(*stored_a.traced().checkpoint, *stored_b.traced().checkpoint, 2);
}

TEST(RotaryLayout, IsFoundBothWaysRound) {
  for (const double noise : {0.0, 0.2}) {
    const ToyModel halves = Attention(1);
    ToyModel pairs = InPairs(halves);
    AddNoise(pairs, noise, 9);
    const RotaryOrder order = OrderOf(halves, pairs), back = OrderOf(pairs, halves);
    EXPECT_EQ(order.layout, RotaryLayout::kPairsInB) << noise;
    EXPECT_EQ(order.head_size, kHeadSize) << noise;
    EXPECT_EQ(back.layout, RotaryLayout::kHalvesInB) << noise;
    EXPECT_EQ(back.head_size, kHeadSize) << noise;
  }
}

TEST(RotaryLayout, WhateverTheOrderOfResidualCoordinates) {
  const ToyModel halves = Attention(1);
  ToyModel pairs = InPairs(halves);
  for (auto& [name, tensor] : pairs.tensors) {
    if (tensor.shape.size() != 2) continue;
    for (std::uint64_t row = 0; row < tensor.shape[0]; ++row) {
      const auto begin = tensor.values.begin() + static_cast<std::ptrdiff_t>(row * kWidth);
      std::rotate(begin, begin + 7, begin + kWidth);
    }
  }
  EXPECT_EQ(OrderOf(halves, pairs).layout, RotaryLayout::kPairsInB);
}

TEST(RotaryLayout, IsNotSeenWhereThereIsNone) {
  EXPECT_TRUE(OrderOf(Attention(1), Attention(1)).is_same());
  for (std::uint64_t seed = 10; seed < 30; seed += 5) {
    EXPECT_TRUE(OrderOf(Attention(1), Attention(seed)).is_same());
    EXPECT_TRUE(OrderOf(Attention(1), InPairs(Attention(seed))).is_same());
  }
  ToyModel not_finite = InPairs(Attention(1));
  for (auto& [name, tensor] : not_finite.tensors) tensor.values[0] = NAN;
  EXPECT_TRUE(OrderOf(Attention(1), not_finite).is_same());
}

// Weights, and biases and norms that come nearer by it: here those of keys did not move.
TEST(RotaryLayout, GivesValuesInTheOtherOrder) {
  const ToyModel halves = Attention(1);
  ToyModel pairs = InPairs(halves);
  pairs.At(kPrefix + "k_proj.bias") = halves.tensors.at(kPrefix + "k_proj.bias");
  for (const bool back : {false, true}) {
    const ToyModel& a = back ? pairs : halves;
    const ToyModel& b = back ? halves : pairs;
    const StoredToy stored_a(a), stored_b(b);
    const Checkpoint& of_a = *stored_a.traced().checkpoint;
    const RotaryOrder order = FindRotaryOrder(of_a, *stored_b.traced().checkpoint, 1);
    const Checkpoint ordered = InRotaryOrder(*stored_b.traced().checkpoint, of_a, order);
    for (const Tensor& tensor : ordered.tensors()) {
      std::vector<float> values;
      ReadByUnit(ordered, tensor, 0, values);
      EXPECT_EQ(values, a.tensors.at(tensor.name).values) << tensor.name;
    }
  }
}

}  // namespace rotary_layout_test
}  // namespace modelkin::testing
