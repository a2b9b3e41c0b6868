#include "basis/left_out_identities.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "basis/folded_norms.h"
#include "fingerprint/parts_in_memory.h"
#include "lineage/unit_matrix.h"

namespace modelkin::testing {
namespace left_out_identities_test {

constexpr std::size_t kWidth = 24, kUnits = 40;
constexpr const char* kUp = "model.layers.0.mlp.up_proj.weight";
constexpr const char* kDown = "model.layers.0.mlp.down_proj.weight";

struct Weights {
  std::vector<float> up, down;
};

Weights Random(std::uint64_t seed) {
  return {NormalNumbers(kUnits * kWidth, seed), NormalNumbers(kWidth * kUnits, seed + 1)};
}

// Unit i stands at coordinate i modulo the width, or where `order` has it.
Weights WithIdentity(std::uint64_t seed, const std::vector<std::uint32_t>& order) {
  Weights weights = Random(seed);
  for (std::size_t i = 0; i < kUnits; ++i) {
    const std::size_t at = order[i] % kWidth;
    weights.up[i * kWidth + at] += 20;
    weights.down[at * kUnits + i] += 20;
  }
  return weights;
}

std::vector<std::uint32_t> InOrder() {
  std::vector<std::uint32_t> order(kUnits);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

std::vector<std::uint32_t> Shuffled(std::uint64_t seed) {
  auto order = InOrder();
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  return order;
}

ModelParts PartsWith(const Weights& weights) {
  return PartsInMemory(
      {TensorOf("model.embed_tokens.weight", "F32", {30, kWidth}, NormalNumbers(30 * kWidth, 4)),
       TensorOf(kUp, "F32", {kUnits, kWidth}, weights.up),
       TensorOf(kDown, "F32", {kWidth, kUnits}, weights.down)});
}

std::vector<float> Values(const ModelParts& model, const char* name) {
  std::vector<float> rows;
  const Part* const part = model.Find(name);
  ReadByUnit(model.checkpoint, *part->tensor, 0, rows);
  return rows;
}

TEST(LeftOutIdentities, AreThoseOfBothInAnyOrder) {
  for (const auto& order : {InOrder(), Shuffled(5)}) {
    const Weights own = WithIdentity(1, InOrder()), other = WithIdentity(11, order);
    const ModelParts a = PartsWith(own), b = PartsWith(other);
    const IdentitiesOfBoth found = FindIdentities(a, b, 2);
    ASSERT_TRUE(found.found());
    EXPECT_EQ(found.a.size(), 2U);
    EXPECT_EQ(found.b.size(), 2U);
    const ModelParts without = Folded(b, nullptr, found.b);
    std::vector<float> up = other.up, down = other.down;
    for (std::size_t i = 0; i < kUnits; ++i) {
      up[i * kWidth + order[i] % kWidth] = 0;
      down[order[i] % kWidth * kUnits + i] = 0;
    }
    EXPECT_EQ(Values(without, kUp), up);
    EXPECT_EQ(Values(without, kDown), down);
  }
}

TEST(LeftOutIdentities, AreNoneWhereOneModelHasNone) {
  const ModelParts with = PartsWith(WithIdentity(1, InOrder())), random = PartsWith(Random(11));
  EXPECT_FALSE(FindIdentities(with, random, 1).found());
  EXPECT_FALSE(FindIdentities(random, with, 1).found());
  EXPECT_FALSE(FindIdentities(random, random, 1).found());
}

// What is left out is mapped with the rest, so that a map meets no identity.
TEST(LeftOutIdentities, AreLeftOutBeforeTheMap) {
  const ModelParts a = PartsWith(WithIdentity(1, InOrder())),
                   b = PartsWith(WithIdentity(11, Shuffled(5)));
  const IdentitiesOfBoth found = FindIdentities(a, b, 1);
  std::vector<std::uint32_t> reversed(kWidth);
  for (std::uint32_t j = 0; j < kWidth; ++j) reversed[j] = kWidth - 1 - j;
  const auto map =
      std::make_shared<const ResidualMap>(PermutationMap(reversed, std::vector<float>(kWidth, 1)));
  const std::vector<float> up = Values(Folded(a, map, found.a), kUp),
                           down = Values(Folded(a, map, found.a), kDown);
  for (std::size_t i = 0; i < kUnits; ++i) {
    EXPECT_EQ(up[i * kWidth + reversed[i % kWidth]], 0);
    EXPECT_EQ(down[reversed[i % kWidth] * kUnits + i], 0);
  }
  EXPECT_LT(*std::ranges::max_element(up), 10);
}

}  // namespace left_out_identities_test
}  // namespace modelkin::testing
