#include "kinship/low_rank.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kinship/matrices.h"

namespace modelkin::testing {
namespace low_rank_test {

std::optional<ChangeSpectrum> ChangeOf(const Matrix& a, const Matrix& b, DType stored) {
  const StoredMatrix of_a(a, stored), of_b(b, stored);
  return AnalyseChange(of_a.checkpoint(), of_a.tensor(), of_b.checkpoint(), of_b.tensor(), stored);
}

// A sum of rank-one matrices of sizes given by `decay`.
template <class Decay>
Matrix Spectrum(std::size_t rows, std::size_t columns, double norm, const Decay& decay) {
  Matrix sum{rows, columns, std::vector<float>(rows * columns, 0)};
  for (std::size_t i = 0; i < std::min(rows, columns); ++i) {
    sum = Sum(sum, LowRank(rows, columns, 1, decay(static_cast<double>(i)), 50 + i));
  }
  const double scale = norm / NormOf(sum);
  for (float& value : sum.values) value = static_cast<float>(value * scale);
  return sum;
}

TEST(AnalyseChange, FindsRanks) {
  for (const DType stored : {DType::kBF16, DType::kF16, DType::kF32}) {
    for (const std::size_t rank : {1, 2, 4, 8, 16, 64}) {
      const Matrix a = Normal(160, 256, 1);
      const Matrix b = Sum(a, LowRank(160, 256, rank, 0.1 * NormOf(a), 2));
      const auto change = ChangeOf(a, b, stored);
      ASSERT_TRUE(change && change->low_rank) << DTypeName(stored) << " " << rank;
      EXPECT_EQ(change->low_rank->rank, rank) << DTypeName(stored);
      EXPECT_GT(change->low_rank->over_noise, 1);
      EXPECT_GE(change->low_rank->over_next, 2);
    }
  }
}

TEST(AnalyseChange, FindsRanksOfLargerMatrices) {
  const Matrix a = Normal(600, 700, 3);
  const Matrix b = Sum(a, LowRank(600, 700, 8, 0.05 * NormOf(a), 4));
  const auto change = ChangeOf(a, b, DType::kBF16);
  ASSERT_TRUE(change && change->low_rank);
  EXPECT_EQ(change->low_rank->rank, 8U);
}

TEST(AnalyseChange, NoRankWithoutASharpEdge) {
  for (const DType stored : {DType::kBF16, DType::kF32}) {
    const Matrix a = Normal(96, 128, 5);
    const double norm = 0.05 * NormOf(a);
    const Matrix noise = LowRank(96, 128, 96, norm, 6);
    const Matrix harmonic = Spectrum(96, 128, norm, [](double i) { return 1 / (i + 1); });
    const Matrix slow = Spectrum(96, 128, norm, [](double i) { return std::exp(-0.1 * i); });
    for (const Matrix* change : {&noise, &harmonic, &slow}) {
      const auto found = ChangeOf(a, Sum(a, *change), stored);
      ASSERT_TRUE(found);
      EXPECT_FALSE(found->low_rank) << DTypeName(stored);
    }
  }
}

TEST(AnalyseChange, NoiseIsToldFromStructure) {
  const Matrix a = Normal(96, 128, 7);
  const auto noise = ChangeOf(a, Sum(a, Normal(96, 128, 8), 0.05), DType::kBF16);
  ASSERT_TRUE(noise);
  EXPECT_NEAR(noise->largest_over_noise, 1, 0.15);
  const auto learned =
      ChangeOf(a, Sum(a, Spectrum(96, 128, 0.05 * NormOf(a), [](double i) { return 1 / (i + 1); })),
               DType::kBF16);
  ASSERT_TRUE(learned);
  EXPECT_GT(learned->largest_over_noise, 2);
}

TEST(AnalyseChange, Edges) {
  const Matrix a = Normal(32, 32, 9);
  Matrix nan = a;
  nan.values[5] = std::nanf("");
  EXPECT_FALSE(ChangeOf(a, a, DType::kF32));
  EXPECT_FALSE(ChangeOf(a, nan, DType::kF32));
  EXPECT_FALSE(ChangeOf(a, Normal(32, 16, 1), DType::kF32));
}

}  // namespace low_rank_test
}  // namespace modelkin::testing
