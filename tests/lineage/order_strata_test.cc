#include "lineage/order_strata.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "lineage/diagonal_mean.h"
#include "statistics/random.h"

namespace modelkin {
namespace order_strata_test {

UnitRows RandomRows(std::size_t units, std::size_t columns, std::uint64_t seed) {
  Random random(seed, 1);
  UnitRows rows{.rows = std::vector<float>(units * columns), .units = units, .columns = columns};
  for (float& value : rows.rows) {
    value = static_cast<float>(random.Uniform() + random.Uniform() + random.Uniform() - 1.5);
  }
  rows.Normalise();
  return rows;
}

// `share` of the first, the rest of another.
UnitRows Mixed(const UnitRows& first, const UnitRows& second, double share) {
  UnitRows mixed = first;
  for (std::size_t i = 0; i < mixed.rows.size(); ++i) {
    mixed.rows[i] = static_cast<float>(share * first.rows[i] + (1 - share) * second.rows[i]);
  }
  mixed.Normalise();
  return mixed;
}

std::vector<std::size_t> StrataOf(const std::vector<UnitRows>& all, unsigned threads = 1) {
  std::vector<OrderSketch> sketches;
  for (const UnitRows& rows : all) sketches.push_back(SketchOrder(rows));
  std::vector<const OrderSketch*> pointers;
  for (const OrderSketch& sketch : sketches) pointers.push_back(&sketch);
  return OrderStrata(pointers, threads);
}

using Strata = std::vector<std::size_t>;

TEST(OrderStrata, CopiesWithNoiseShareAnOrder) {
  const UnitRows one = RandomRows(96, 64, 1), other = RandomRows(96, 64, 2);
  std::vector<UnitRows> all = {one, other};
  for (std::uint64_t seed = 3; seed < 7; ++seed) {
    all.push_back(Mixed(one, RandomRows(96, 64, seed), 0.7));
  }
  EXPECT_EQ(StrataOf(all), (Strata{0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(StrataOf(all, 3), (Strata{0, 1, 0, 0, 0, 0}));
}

// 2,000 pairs of strangers: none is taken for one that shares its order.
TEST(OrderStrata, StrangersHaveOrdersOfTheirOwn) {
  for (const std::size_t units : {8U, 40U, 300U}) {
    std::vector<UnitRows> all;
    for (std::uint64_t seed = 0; seed < 64; ++seed) all.push_back(RandomRows(units, 48, seed));
    const Strata strata = StrataOf(all);
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(strata[i], i) << units;
  }
}

// What all units have in common says nothing of their order.
TEST(OrderStrata, ADirectionThatAllUnitsShareIsNoOrder) {
  const UnitRows direction = RandomRows(1, 64, 9);
  std::vector<UnitRows> all;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    UnitRows rows = RandomRows(100, 64, seed);
    for (std::size_t i = 0; i < rows.rows.size(); ++i) rows.rows[i] += 3 * direction.rows[i % 64];
    rows.Normalise();
    all.push_back(rows);
  }
  EXPECT_EQ(StrataOf(all), (Strata{0, 1, 2, 3}));
}

TEST(OrderStrata, LinksAreFollowed) {
  const UnitRows one = RandomRows(200, 64, 1), other = RandomRows(200, 64, 2);
  // The second is half of either, the first and the third have nothing in common.
  EXPECT_EQ(StrataOf({one, other, Mixed(one, other, 0.5)}), (Strata{0, 0, 0}));
}

TEST(OrderStrata, OtherNumbersOfUnitsAreOtherOrders) {
  EXPECT_EQ(StrataOf({RandomRows(10, 8, 1), RandomRows(12, 8, 1)}), (Strata{0, 1}));
}

TEST(OrderStrata, EmptyAndConstantUnitsHaveNone) {
  UnitRows zeros{.rows = std::vector<float>(40, 0), .units = 10, .columns = 4};
  zeros.Normalise();
  EXPECT_TRUE(SketchOrder(zeros).empty());
  EXPECT_TRUE(SketchOrder(UnitRows{}).empty());
  EXPECT_EQ(StrataOf({zeros, zeros}), (Strata{0, 1}));
  EXPECT_TRUE(OrderStrata({}, 1).empty());
}

TEST(OrderStrata, SketchesHaveANormOfOne) {
  double squares = 0;
  for (const float value : SketchOrder(RandomRows(30, 20, 1))) squares += value * value;
  EXPECT_NEAR(squares, 1, 1e-5);
}

UnitRows IdentityAndNoise(std::size_t units, std::size_t columns, float identity,
                          std::uint64_t seed) {
  UnitRows rows = RandomRows(units, columns, seed);
  for (std::size_t i = 0; i < std::min(units, columns); ++i) {
    rows.rows[i * (columns + 1)] += identity;
  }
  return rows;
}

TEST(DiagonalMean, IsThatOfItsDefinition) {
  const UnitRows rows = RandomRows(5, 7, 1);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 5; ++i) sum += rows.rows[i * 7 + i];
  for (const float value : rows.rows) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(DiagonalOf(rows.rows, 7).value(), sum / 5 / std::sqrt(squares / 35), 1e-9);
  EXPECT_EQ(DiagonalOf({}, 3).value(), 0);
}

TEST(DiagonalMean, SeesIdentitiesOfBothAlone) {
  for (const auto& [units, columns] : {std::pair(128U, 64U), std::pair(64U, 256U)}) {
    const DiagonalMean with = DiagonalOf(IdentityAndNoise(units, columns, 1, 1).rows, columns);
    const DiagonalMean without = DiagonalOf(IdentityAndNoise(units, columns, 0, 2).rows, columns);
    EXPECT_TRUE(AreIdentityLike(with, with));
    EXPECT_FALSE(AreIdentityLike(with, without));
    EXPECT_FALSE(AreIdentityLike(without, with));
  }
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const DiagonalMean random = DiagonalOf(RandomRows(40, 60, seed).rows, 60);
    EXPECT_FALSE(AreIdentityLike(random, random)) << seed;
  }
}

// In whatever order units and coordinates are, and wherever the matrix is higher or wider.
TEST(StandAtCoordinates, SeesIdentitiesInAnyOrder) {
  for (const auto& [units, columns] : {std::pair(128U, 64U), std::pair(64U, 256U)}) {
    UnitRows rows = IdentityAndNoise(units, columns, 12, 1);
    for (std::size_t i = columns; i < units; ++i) rows.rows[i * columns + i % columns] += 12;
    EXPECT_TRUE(StandAtCoordinates(rows.rows, columns));
    std::vector<float> turned(rows.rows.rbegin(), rows.rows.rend());
    EXPECT_TRUE(StandAtCoordinates(turned, columns));
    EXPECT_FALSE(AreIdentityLike(DiagonalOf(turned, columns), DiagonalOf(turned, columns)) &&
                 units != columns && units < columns);
    std::vector<float> other = turned;
    EXPECT_TRUE(RemoveIdentities(turned, columns, other, columns));
    EXPECT_FALSE(StandAtCoordinates(turned, columns));
  }
}

TEST(StandAtCoordinates, SeesNoneInRandomRowsNorWhereAFewCoordinatesAreLarge) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    UnitRows rows = RandomRows(40, 60, seed);
    EXPECT_FALSE(StandAtCoordinates(rows.rows, 60)) << seed;
    for (std::size_t i = 0; i < 40; ++i) rows.rows[i * 60 + 7 + i % 3] *= 40;
    EXPECT_FALSE(StandAtCoordinates(rows.rows, 60)) << seed;
  }
  EXPECT_FALSE(StandAtCoordinates({}, 60));
}

}  // namespace order_strata_test
}  // namespace modelkin
