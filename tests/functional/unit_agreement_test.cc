#include "functional/unit_agreement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "random_states.h"

namespace modelkin {
namespace unit_agreement_test {

using testing::RandomRows;

constexpr std::size_t kTokens = 100, kUnits = 60;

std::vector<RowPair> InPlace(std::size_t count) {
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < count; ++i) pairs.push_back({i, i});
  return pairs;
}

ModelRecord With(Activations gate, Activations up) {
  ModelRecord record;
  record.units.push_back({0, std::move(gate), std::move(up)});
  return record;
}

Activations Permuted(const Activations& x, const std::vector<std::uint32_t>& order, float scale) {
  Activations out(x.rows, order.size());
  for (std::size_t row = 0; row < x.rows; ++row) {
    for (std::size_t k = 0; k < order.size(); ++k) out.Row(row)[k] = scale * x.Row(row)[order[k]];
  }
  return out;
}

TEST(UnitAgreement, FindsPermutedAndRescaledUnits) {
  std::mt19937 random(1);
  const Activations gate = RandomRows(kTokens, kUnits, random);
  const Activations up = RandomRows(kTokens, kUnits, random);
  std::vector<std::uint32_t> order(kUnits);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::shuffle(order, random);
  const auto layers =
      CompareUnits(With(gate, up), With(Permuted(gate, order, 3), Permuted(up, order, 0.5F)),
                   InPlace(kTokens), 2);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_TRUE(layers[0].skipped.empty());
  EXPECT_EQ(layers[0].agreed, kUnits);
  EXPECT_EQ(layers[0].share(), 1);
  EXPECT_DOUBLE_EQ(layers[0].expected, 1);
}

TEST(UnitAgreement, OfUnrelatedUnitsIsWhatChanceGives) {
  std::mt19937 random(2);
  std::uint64_t agreed = 0;
  constexpr int kRuns = 100;
  for (int run = 0; run < kRuns; ++run) {
    const auto a = With(RandomRows(40, 20, random), RandomRows(40, 20, random));
    const auto b = With(RandomRows(40, 20, random), RandomRows(40, 20, random));
    agreed += CompareUnits(a, b, InPlace(40), 1).front().agreed;
  }
  // One a run expected, with a standard deviation of 10 in all.
  EXPECT_NEAR(static_cast<double>(agreed), kRuns, 50);
}

TEST(UnitAgreement, LeavesOutUnitsThatDoNotVary) {
  std::mt19937 random(3);
  Activations gate = RandomRows(kTokens, kUnits, random);
  const Activations up = RandomRows(kTokens, kUnits, random);
  for (std::size_t row = 0; row < kTokens; ++row) gate.Row(row)[5] = 0.1F;
  const auto agreement = CompareUnits(With(gate, up), With(gate, up), InPlace(kTokens), 1).front();
  EXPECT_EQ(agreement.units_a, kUnits - 1);
  EXPECT_EQ(agreement.agreed, kUnits - 1);
}

TEST(UnitAgreement, SaysWhyThereIsNone) {
  std::mt19937 random(4);
  const auto gated = With(RandomRows(kTokens, 5, random), RandomRows(kTokens, 5, random));
  const auto plain = With(RandomRows(kTokens, 5, random), {});
  const auto dead = With(Activations(kTokens, 5), Activations(kTokens, 5));
  const auto why = [](const ModelRecord& a, const ModelRecord& b, std::size_t positions) {
    return CompareUnits(a, b, InPlace(positions), 1).front().skipped;
  };
  EXPECT_EQ(why(gated, plain, kTokens), SkipReason::kNotGated);
  EXPECT_EQ(why(gated, dead, kTokens), SkipReason::kTooFewVaryingUnits);
  EXPECT_EQ(why(gated, gated, 31), SkipReason::kTooFewPositions);
  EXPECT_TRUE(why(gated, gated, 32).empty());
  EXPECT_TRUE(CompareUnits(gated, ModelRecord(), InPlace(kTokens), 1).empty());
}

}  // namespace unit_agreement_test
}  // namespace modelkin
