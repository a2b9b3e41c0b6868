#include "lineage/unit_relations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace modelkin {
namespace unit_relations_test {

constexpr std::size_t kUnits = 200, kColumns = 128;

using Matrix = std::vector<float>;

Matrix Noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Matrix values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// What training adds, roughly: a few directions that many units share.
Matrix Learned(std::uint64_t seed) {
  constexpr std::size_t kRank = 6;
  const Matrix units = Noise(kUnits * kRank, seed), directions = Noise(kRank * kColumns, seed + 1);
  Matrix values(kUnits * kColumns, 0);
  for (std::size_t unit = 0; unit < kUnits; ++unit) {
    for (std::size_t r = 0; r < kRank; ++r) {
      for (std::size_t i = 0; i < kColumns; ++i) {
        values[unit * kColumns + i] +=
            0.6F * units[unit * kRank + r] * directions[r * kColumns + i];
      }
    }
  }
  return values;
}

Matrix Sum(const Matrix& a, const Matrix& b, float weight = 1) {
  Matrix sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * b[i];
  return sum;
}

UnitRows Rows(const Matrix& values) {
  UnitRows rows{.rows = values, .units = values.size() / kColumns, .columns = kColumns};
  rows.Normalise();
  return rows;
}

std::vector<UnitPair> InPlace(std::size_t count = kUnits) {
  std::vector<UnitPair> pairs;
  for (std::uint32_t i = 0; i < count; ++i) pairs.push_back({i, i});
  return pairs;
}

UnitRelations Relate(const Matrix& a, const Matrix& b) {
  return *RelateUnits(Rows(a), Rows(b), InPlace(), 1);
}

TEST(UnitRelations, OfADriftedCopyIsOne) {
  const Matrix a = Sum(Noise(kUnits * kColumns, 1), Learned(10));
  for (const float drift : {0.1F, 1.0F, 3.0F}) {
    const UnitRelations relations = Relate(a, Sum(a, Noise(a.size(), 2), drift));
    EXPECT_NEAR(relations.ratio_a, 1, 0.06) << drift;
    EXPECT_GT(*relations.learned(), 0.95) << drift;
  }
}

TEST(UnitRelations, OfACopyThatLearnedMoreIsOne) {
  const Matrix a = Sum(Noise(kUnits * kColumns, 1), Learned(10));
  const UnitRelations relations = Relate(a, Sum(a, Learned(20)));
  EXPECT_NEAR(relations.ratio_a, 1, 0.06);
  EXPECT_GT(*relations.learned(), 0.95);
}

TEST(UnitRelations, OfOneStartIsLess) {
  const Matrix start = Noise(kUnits * kColumns, 1);
  const UnitRelations relations = Relate(Sum(start, Learned(10)), Sum(start, Learned(20)));
  EXPECT_GT(relations.cosine, 0.2);
  EXPECT_GT(relations.structure_a, 2);
  EXPECT_LT(*relations.learned(), 0.8);
}

// The start itself has units with the relations of random directions, all of which the trained
// model has too: but these were not learned.
TEST(UnitRelations, OfAStartAndWhatBecameOfItIsLess) {
  const Matrix start = Noise(kUnits * kColumns, 1);
  const UnitRelations relations = Relate(Sum(start, Learned(10)), start);
  EXPECT_NEAR(relations.structure_b, 1, 0.04);
  EXPECT_NEAR(relations.ratio_b, 1, 0.1);
  EXPECT_LT(*relations.learned(), 0.8);
}

TEST(UnitRelations, OfTwoUntrainedModelsIsNotKnown) {
  const Matrix start = Noise(kUnits * kColumns, 1);
  EXPECT_FALSE(Relate(start, start).learned());
}

TEST(UnitRelations, AreTheSameTheOtherWayRound) {
  const Matrix start = Noise(kUnits * kColumns, 1);
  const Matrix a = Sum(start, Learned(10)), b = Sum(start, Learned(20));
  EXPECT_NEAR(*Relate(a, b).learned(), *Relate(b, a).learned(), 1e-6);
  EXPECT_NEAR(Relate(a, b).ratio_a, Relate(b, a).ratio_b, 1e-6);
}

TEST(UnitRelations, FollowThePairs) {
  const Matrix a = Sum(Noise(kUnits * kColumns, 1), Learned(10));
  Matrix reversed;
  std::vector<UnitPair> pairs;
  for (std::uint32_t i = 0; i < kUnits; ++i) {
    const auto first = a.begin() + static_cast<std::ptrdiff_t>((kUnits - 1 - i) * kColumns);
    reversed.insert(reversed.end(), first, first + kColumns);
    pairs.push_back({i, static_cast<std::uint32_t>(kUnits - 1 - i)});
  }
  const auto relations = RelateUnits(Rows(a), Rows(reversed), pairs, 1);
  EXPECT_NEAR(relations->cosine, 1, 1e-6);
  EXPECT_NEAR(relations->ratio_a, 1, 1e-5);
}

TEST(UnitRelations, NeedUnitsAndSomethingInCommon) {
  const Matrix a = Noise(kUnits * kColumns, 1);
  EXPECT_FALSE(RelateUnits(Rows(a), Rows(a), InPlace(7), 1));
  EXPECT_TRUE(RelateUnits(Rows(a), Rows(a), InPlace(8), 1));
  Matrix opposite = a;
  for (float& value : opposite) value = -value;
  EXPECT_FALSE(RelateUnits(Rows(a), Rows(opposite), InPlace(), 1));
}

UnitRows Some(const UnitRows& rows, std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> units(rows.units);
  for (std::uint32_t i = 0; i < units.size(); ++i) units[i] = i;
  std::shuffle(units.begin(), units.end(), std::mt19937_64(seed));
  UnitRows some{.units = count, .columns = rows.columns};
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = rows.rows.begin() + static_cast<std::ptrdiff_t>(units[i] * rows.columns);
    some.rows.insert(some.rows.end(), first, first + static_cast<std::ptrdiff_t>(rows.columns));
  }
  some.Normalise();
  return some;
}

// Of all units it is theirs, and of few the same on average.
TEST(StructureByDraw, IsThatOfAllUnits) {
  for (const float learned : {0.0F, 1.0F}) {
    const UnitRows rows = Rows(Sum(Noise(kUnits * kColumns, 1), Learned(2), learned));
    const double all = RelateUnits(rows, rows, InPlace(), 1)->structure_a;
    EXPECT_NEAR(StructureByDraw(rows, kUnits, 2), all, 1e-6);
    double mean = 0, squares = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const double structure = StructureByDraw(Some(rows, 40, seed), kUnits, 1);
      mean += structure / 100;
      squares += structure * structure / 100;
    }
    EXPECT_NEAR(mean, all, 4 * std::sqrt((squares - mean * mean) / 100));
    EXPECT_EQ(all > kLeastStructure, learned > 0);
  }
}

TEST(StructureByDraw, OfFewerThanTwoUnitsIsOne) {
  const UnitRows rows = Rows(Noise(kUnits * kColumns, 1));
  EXPECT_EQ(StructureByDraw(UnitRows{}, 100, 1), 1);
  EXPECT_EQ(StructureByDraw(Some(rows, 1, 1), 100, 1), 1);
  UnitRows dead = Some(rows, 3, 1);
  std::fill_n(dead.rows.begin(), 2 * kColumns, 0.0F);
  dead.Normalise();
  EXPECT_EQ(StructureByDraw(dead, 100, 1), 1);
}

}  // namespace unit_relations_test
}  // namespace modelkin
