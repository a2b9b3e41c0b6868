#include "sketch/projected_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace modelkin::testing {
namespace projected_block_test {

using ::testing::Each;

constexpr std::size_t kRows = 16, kColumns = 512;

std::vector<float> NormalValues(std::size_t count, std::uint64_t seed, float middle = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(middle);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<std::int64_t> SummedCodes(const std::vector<float>& values, std::size_t rows,
                                      std::size_t columns) {
  const auto codes = CodesOf(values, rows, columns);
  return {codes.begin(), codes.end()};
}

// By definition, in long double and with one pass for each row and column.
std::vector<double> CodesByDefinition(const std::vector<float>& values) {
  std::vector<long double> scaled(kRows * kColumns);
  for (std::size_t r = 0; r < kRows; ++r) {
    long double mean = 0, variance = 0;
    for (std::size_t c = 0; c < kColumns; ++c) mean += values[r * kColumns + c];
    mean /= kColumns;
    for (std::size_t c = 0; c < kColumns; ++c) {
      const long double away = values[r * kColumns + c] - mean;
      variance += away * away / kColumns;
    }
    for (std::size_t c = 0; c < kColumns; ++c) {
      scaled[r * kColumns + c] = (values[r * kColumns + c] - mean) / std::sqrt(variance);
    }
  }
  std::vector<double> codes(kRows * kColumns);
  for (std::size_t c = 0; c < kColumns; ++c) {
    long double mean = 0;
    for (std::size_t r = 0; r < kRows; ++r) mean += scaled[r * kColumns + c] / kRows;
    for (std::size_t r = 0; r < kRows; ++r) {
      const long double code = (scaled[r * kColumns + c] - mean) * 1024;
      codes[r * kColumns + c] = static_cast<double>(std::clamp(code, -4096.0L, 4096.0L));
    }
  }
  return codes;
}

TEST(ProjectedBlock, CodesAreTheDefinitionsToTheNearest) {
  std::vector<float> values = NormalValues(kRows * kColumns, 1, 3);
  values[7] = 1000;  // an outlier, which may not count for more than others
  const auto codes = CodesOf(values, kRows, kColumns);
  const auto expected = CodesByDefinition(values);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    ASSERT_NEAR(codes[i], expected[i], 0.5 + 1e-6) << i;
  }
  EXPECT_EQ(codes[7], kLargestCode);
}

TEST(ProjectedBlock, CodesDoNotDependOnTheScaleOfRows) {
  const std::vector<float> values = NormalValues(kRows * kColumns, 2);
  std::vector<float> scaled = values;
  for (std::size_t i = 0; i < scaled.size(); ++i)
    scaled[i] *= static_cast<float>(1U << (i / kColumns % 7));
  EXPECT_EQ(CodesOf(values, kRows, kColumns), CodesOf(scaled, kRows, kColumns));
}

TEST(ProjectedBlock, RowsThatSayNothingAreZeros) {
  std::vector<float> values = NormalValues(kRows * kColumns, 3);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  values[kColumns + 5] = std::numeric_limits<float>::infinity();
  std::fill_n(values.begin() + 2 * kColumns, kColumns, 0.25F);
  const auto codes = CodesOf(values, kRows, kColumns);
  EXPECT_THAT(std::vector(codes.begin(), codes.begin() + 3 * kColumns), Each(0));
  // The others are as if those were not there.
  const std::vector<float> others(values.begin() + 3 * kColumns, values.end());
  EXPECT_EQ(std::vector(codes.begin() + 3 * kColumns, codes.end()),
            CodesOf(others, kRows - 3, kColumns));
}

TEST(ProjectedBlock, DiagonalsAreLeftOut) {
  std::vector<float> values = {9, 1, 2, 3,  //
                               1, 9, 2, 6,  //
                               1, 2, 9, 9};
  LeaveOutDiagonal(values, 3, 4, 0);
  EXPECT_EQ(values, (std::vector<float>{2, 1, 2, 3, 1, 3, 2, 6, 1, 2, 4, 9}));
  values = {5, 1, 2, 7, 1, 2, 4, 4};
  LeaveOutDiagonal(values, 2, 4, 3);  // the second row has none
  EXPECT_EQ(values, (std::vector<float>{5, 1, 2, 8.0F / 3, 1, 2, 4, 4}));
  values = {5};
  LeaveOutDiagonal(values, 1, 1, 0);
  EXPECT_EQ(values, (std::vector<float>{5}));
}

// Strangers whose matrices started as identities.
TEST(ProjectedBlock, IdentitiesMakeNoRelatives) {
  constexpr std::size_t kSide = 256;
  std::vector<ComponentBits> bits;
  for (int i = 0; i < 2; ++i) {
    std::vector<float> values = NormalValues(kSide * kSide, 200 + i);
    for (std::size_t r = 0; r < kSide; ++r) values[r * kSide + r] += 30;
    LeaveOutDiagonal(values, kSide, kSide, 0);
    bits.push_back(*ProjectComponent(SummedCodes(values, kSide, kSide)));
  }
  EXPECT_NEAR(static_cast<double>(CountEqualBits(bits[0], bits[1])), kComponentBits / 2.0,
              6 * std::sqrt(1024 + 26));
}

TEST(ProjectedBlock, ASingleRowKeepsItsValues) {
  const std::vector<float> row = {1, -1, 1, -1};
  EXPECT_EQ(CodesOf(row, 1, 4), (std::vector<std::int32_t>{1024, -1024, 1024, -1024}));
}

TEST(ProjectedBlock, HasNoBitsOfZeros) {
  EXPECT_FALSE(ProjectComponent(std::vector<std::int64_t>(100)));
  EXPECT_FALSE(ProjectLayer(std::vector<std::int32_t>(100)));
  EXPECT_FALSE(ProjectLayer({}));
}

// These words are a part of the record's form: tests/cli/test_sketch.py makes them in Python.
TEST(ProjectedBlock, BitsStayWhatTheyAre) {
  std::vector<std::int64_t> values(1 << 16);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::int64_t>(i * i % 8191) - 4095;
  }
  const auto bits = ProjectComponent(values);
  ASSERT_TRUE(bits);
  EXPECT_EQ((*bits)[0], 0xbfcd1c3fb0961785U);
  EXPECT_EQ((*bits)[63], 0xc030ce99a56a3559U);
}

// Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
TEST(ProjectedBlock, BitsAgreeAsTheAngleSays) {
  constexpr std::size_t kMany = 128;
  const std::vector<float> a = NormalValues(kMany * kColumns, 4), n = NormalValues(a.size(), 5);
  for (const double cosine : {-0.5, 0.0, 0.1, 0.5, 0.9, 0.99}) {
    std::vector<float> b(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      b[i] = static_cast<float>(cosine * a[i] + std::sqrt(1 - cosine * cosine) * n[i]);
    }
    const double share = 1 - std::acos(cosine) / M_PI;
    const double deviation = std::sqrt(kComponentBits * share * (1 - share));
    EXPECT_NEAR(
        static_cast<double>(CountEqualBits(*ProjectComponent(SummedCodes(a, kMany, kColumns)),
                                           *ProjectComponent(SummedCodes(b, kMany, kColumns)))),
        kComponentBits * share, 4 * deviation)
        << cosine;
  }
}

// Mean and variance of agreements between strangers are those that docs/atlas.md computes, for
// enough values and for so few that each goes into several sums.
TEST(ProjectedBlock, StrangersAgreeByChanceAlone) {
  constexpr int kStrangers = 40;
  for (const std::size_t columns : {32, 2048}) {
    std::vector<ComponentBits> bits;
    double variance = 0;
    for (int i = 0; i < kStrangers; ++i) {
      const auto codes = SummedCodes(NormalValues(32 * columns, 100 + i), 32, columns);
      bits.push_back(*ProjectComponent(codes));
      const double of_cosine = 1 / static_cast<double>(EffectiveValues(codes, 32, columns));
      variance = kComponentBits / 4.0 + std::pow(kComponentBits / M_PI, 2) * of_cosine;
    }
    double sum = 0, squares = 0;
    int pairs = 0;
    for (int i = 0; i < kStrangers; ++i) {
      for (int j = 0; j < i; ++j, ++pairs) {
        const double z =
            (static_cast<double>(CountEqualBits(bits[i], bits[j])) - kComponentBits / 2.0) /
            std::sqrt(variance);
        sum += z;
        squares += z * z;
      }
    }
    EXPECT_NEAR(sum / pairs, 0, 0.25) << columns;
    EXPECT_NEAR(squares / pairs, 1, 0.25) << columns;
  }
}

TEST(ProjectedBlock, EffectiveValuesAreThoseOfIndependentRows) {
  const auto independent = SummedCodes(NormalValues(64 * kColumns, 6), 64, kColumns);
  EXPECT_NEAR(static_cast<double>(EffectiveValues(independent, 64, kColumns)), 63.0 * kColumns,
              0.1 * 63 * kColumns);
  // All rows the same but for their sign: as many values as rows, less one.
  std::vector<std::int64_t> same(64 * 8);
  for (std::size_t i = 0; i < same.size(); ++i) same[i] = (i / 8 % 2 == 0 ? 1 : -1) * (1 << i % 8);
  EXPECT_EQ(EffectiveValues(same, 64, 8), 63U);
  EXPECT_EQ(EffectiveValues(std::vector<std::int64_t>{1, 2, 3}, 1, 3), 1U);
  EXPECT_EQ(EffectiveValues(std::vector<std::int64_t>(6), 2, 3), 1U);
  // Rows at right angles: no more than there are values.
  EXPECT_EQ(EffectiveValues(std::vector<std::int64_t>{1, 0, 0, 1}, 2, 2), 4U);
}

}  // namespace projected_block_test
}  // namespace modelkin::testing
