// Relations of units against sums over pairs, in double, and how far they tell a common start from
// a descent.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "lineage/unit_relations.h"

namespace modelkin {
namespace unit_relations_definition_test {

using Matrix = std::vector<float>;

Matrix Noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Matrix values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// A random matrix of a low rank, entries of variance `variance`.
Matrix LowRank(std::size_t units, std::size_t columns, double variance, std::uint64_t seed) {
  constexpr std::size_t kRank = 4;
  const Matrix left = Noise(units * kRank, seed), right = Noise(kRank * columns, seed + 1);
  Matrix values(units * columns, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    for (std::size_t r = 0; r < kRank; ++r) {
      sum += static_cast<double>(left[i / columns * kRank + r]) * right[r * columns + i % columns];
    }
    values[i] = static_cast<float>(sum * std::sqrt(variance / kRank));
  }
  return values;
}

Matrix Sum(Matrix a, const Matrix& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

UnitRows Rows(const Matrix& values, std::size_t columns) {
  UnitRows rows{.rows = values, .units = values.size() / columns, .columns = columns};
  rows.Normalise();
  return rows;
}

std::vector<UnitPair> InPlace(std::size_t count) {
  std::vector<UnitPair> pairs;
  for (std::uint32_t i = 0; i < count; ++i) pairs.push_back({i, i});
  return pairs;
}

double Dot(const UnitRows& a, std::size_t unit_a, const UnitRows& b, std::size_t unit_b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.columns; ++i) {
    sum += static_cast<double>(a.rows[unit_a * a.columns + i]) * b.rows[unit_b * b.columns + i];
  }
  return sum;
}

UnitRelations ByDefinition(const UnitRows& a, const UnitRows& b,
                           const std::vector<UnitPair>& pairs) {
  const double n = static_cast<double>(pairs.size());
  double across_a = 0, own_a = 0, across_b = 0, own_b = 0, all_a = 0, all_b = 0, cosine = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    cosine += Dot(a, pairs[i].a, b, pairs[i].b) / n;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      const double in_a = Dot(a, pairs[i].a, a, pairs[k].a);
      const double in_b = Dot(b, pairs[i].b, b, pairs[k].b);
      all_a += in_a * in_a;
      all_b += in_b * in_b;
      if (i == k) continue;
      across_a += Dot(a, pairs[i].a, b, pairs[k].b) * in_a;
      across_b += Dot(b, pairs[i].b, a, pairs[k].a) * in_b;
      own_a += in_a * in_a;
      own_b += in_b * in_b;
    }
  }
  const double random = n + n * (n - 1) / static_cast<double>(a.columns);
  return {.units = pairs.size(),
          .cosine = cosine,
          .ratio_a = across_a / own_a / cosine,
          .ratio_b = across_b / own_b / cosine,
          .structure_a = all_a / random,
          .structure_b = all_b / random};
}

// Cosines are float products, with errors of some 1e-6.
TEST(UnitRelationsDefinition, AreSumsOverPairsOfUnits) {
  constexpr std::size_t kColumns = 24;
  const Matrix values = Sum(Noise(40 * kColumns, 1), LowRank(40, kColumns, 1, 5));
  const UnitRows a = Rows(values, kColumns);
  const UnitRows b =
      Rows(Sum(Sum(values, Noise(values.size(), 2)), LowRank(40, kColumns, 1, 7)), kColumns);
  std::vector<UnitPair> pairs;  // some units, two of them not in place
  for (std::uint32_t i = 0; i < 12; ++i) pairs.push_back({3 * i, 3 * i});
  std::swap(pairs[4].b, pairs[9].b);
  const auto found = RelateUnits(a, b, pairs, 1);
  ASSERT_TRUE(found);
  const UnitRelations expected = ByDefinition(a, b, pairs);
  EXPECT_NEAR(found->cosine, expected.cosine, 1e-6);
  EXPECT_NEAR(found->structure_a, expected.structure_a, 1e-5);
  EXPECT_NEAR(found->structure_b, expected.structure_b, 1e-5);
  EXPECT_NEAR(found->ratio_a, expected.ratio_a, 1e-4);
  EXPECT_NEAR(found->ratio_b, expected.ratio_b, 1e-4);
  EXPECT_EQ(found->units, 12U);
}

constexpr std::size_t kUnits = 256, kColumns = 128;

UnitRelations Relate(const Matrix& a, const Matrix& b) {
  const auto relations = RelateUnits(Rows(a, kColumns), Rows(b, kColumns), InPlace(kUnits), 2);
  EXPECT_TRUE(relations);
  return relations.value_or(UnitRelations());
}

Matrix Start() { return Noise(kUnits * kColumns, 1); }
Matrix Lesson(double variance, std::uint64_t seed) {
  return LowRank(kUnits, kColumns, variance, seed);
}

// Independent noise takes as much of units as of their relations.
TEST(UnitRelationsDefinition, IndependentNoiseLeavesTheRatioAtOne) {
  const Matrix a = Sum(Start(), Lesson(1, 10));
  for (const std::uint64_t seed : {2, 3, 4}) {
    const UnitRelations relations = Relate(a, Sum(a, Noise(a.size(), seed)));
    EXPECT_NEAR(relations.ratio_a, 1, 0.05) << seed;
    EXPECT_LT(relations.cosine, 0.95) << seed;
    ASSERT_TRUE(relations.learned());
    EXPECT_GT(*relations.learned(), 0.95) << seed;
  }
}

// Shared random W, what was learned in addition independent, from a tenth of its variance on.
TEST(UnitRelationsDefinition, CommonStartHasRatiosWellBelowOne) {
  for (const double variance : {0.1, 0.3, 1.0}) {
    for (const std::uint64_t seed : {10, 20, 30}) {
      const UnitRelations relations =
          Relate(Sum(Start(), Lesson(variance, seed)), Sum(Start(), Lesson(variance, seed + 100)));
      EXPECT_LT(relations.ratio_a, 0.9) << variance << " " << seed;
      EXPECT_LT(relations.ratio_b, 0.9) << variance << " " << seed;
      EXPECT_GT(relations.cosine, 0.4) << variance << " " << seed;
      ASSERT_TRUE(relations.learned());
      EXPECT_LT(*relations.learned(), 0.9) << variance << " " << seed;
    }
  }
}

// W itself has no structure: that the trained model kept all of its relations is not asked.
TEST(UnitRelationsDefinition, UntrainedSideIsNotAskedWhatItLearned) {
  for (const std::uint64_t seed : {10, 20, 30}) {
    const UnitRelations relations = Relate(Sum(Start(), Lesson(0.3, seed)), Start());
    EXPECT_LT(relations.structure_b, kLeastStructure) << seed;
    EXPECT_GT(relations.structure_a, kLeastStructure) << seed;
    EXPECT_GT(relations.ratio_b, 0.9) << seed;
    ASSERT_TRUE(relations.learned());
    EXPECT_EQ(*relations.learned(), relations.ratio_a) << seed;
    EXPECT_LT(*relations.learned(), 0.9) << seed;
  }
}

TEST(UnitRelationsDefinition, LearnedIsTheLargerRatioOfSidesWithStructure) {
  UnitRelations relations{.ratio_a = 0.4, .ratio_b = 0.7, .structure_a = 2, .structure_b = 2};
  EXPECT_EQ(relations.learned(), 0.7);
  relations.structure_b = 1;
  EXPECT_EQ(relations.learned(), 0.4);
  relations.structure_a = 1;
  EXPECT_EQ(relations.learned(), std::nullopt);
  relations.structure_b = kLeastStructure;
  EXPECT_EQ(relations.learned(), 0.7);
}

TEST(UnitRelationsDefinition, FewerThanEightPairsSayNothing) {
  const UnitRows rows = Rows(Start(), kColumns);
  EXPECT_FALSE(RelateUnits(rows, rows, {}, 1));
  EXPECT_FALSE(RelateUnits(rows, rows, InPlace(7), 1));
  EXPECT_TRUE(RelateUnits(rows, rows, InPlace(8), 1));
}

TEST(UnitRelationsDefinition, OtherNumbersOfColumnsSayNothing) {
  EXPECT_FALSE(RelateUnits(Rows(Start(), kColumns), Rows(Start(), kColumns / 2), InPlace(20), 1));
}

// Units at right angles have no relations, and zeros not even units.
TEST(UnitRelationsDefinition, UnitsWithoutRelationsSayNothing) {
  Matrix identity(16 * 16, 0);
  for (std::size_t i = 0; i < 16; ++i) identity[i * 17] = 1;
  EXPECT_FALSE(RelateUnits(Rows(identity, 16), Rows(identity, 16), InPlace(16), 1));
  const UnitRows zeros = Rows(Matrix(16 * 16, 0), 16);
  EXPECT_FALSE(RelateUnits(zeros, zeros, InPlace(16), 1));
}

TEST(UnitRelationsDefinition, NormaliseKillsRowsWithoutADirection) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  UnitRows rows{.rows = {3, 4, 0, 0, kNan, 1, kInfinity, 1, -1e-30F, 0}, .units = 5, .columns = 2};
  rows.Normalise();
  EXPECT_EQ(rows.alive, (std::vector<bool>{true, false, false, false, true}));
  const Matrix expected = {0.6F, 0.8F, 0, 0, 0, 0, 0, 0, -1, 0};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(rows.rows[i], expected[i], 1e-7) << i;
  }
}

TEST(UnitRelationsDefinition, SameForAnyNumberOfThreads) {
  const UnitRows a = Rows(Sum(Start(), Lesson(1, 10)), kColumns);
  const UnitRows b = Rows(Sum(Start(), Lesson(1, 20)), kColumns);
  const UnitRelations one = *RelateUnits(a, b, InPlace(kUnits), 1);
  for (const unsigned threads : {2U, 7U}) {
    const UnitRelations other = *RelateUnits(a, b, InPlace(kUnits), threads);
    EXPECT_EQ(one.cosine, other.cosine);
    EXPECT_EQ(one.ratio_a, other.ratio_a);
    EXPECT_EQ(one.ratio_b, other.ratio_b);
    EXPECT_EQ(one.structure_a, other.structure_a);
    EXPECT_EQ(one.structure_b, other.structure_b);
  }
}

}  // namespace unit_relations_definition_test
}  // namespace modelkin
