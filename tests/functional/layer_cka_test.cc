#include "functional/layer_cka.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "random_states.h"

namespace modelkin {
namespace layer_cka_test {

using testing::Mirrored;
using testing::RandomRows;

constexpr std::uint64_t kDraws = 99;

ModelRecord WithStates(std::vector<Activations> states) {
  ModelRecord record;
  record.text_means = std::move(states);
  return record;
}

// Song et al., JMLR 2012, eq. 5, term by term, in double.
double Hsic(const Activations& a, const Activations& b) {
  const std::size_t n = a.rows;
  const auto kernel = [](const Activations& x, std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < x.columns && i != j; ++k) {
      sum += static_cast<double>(x.Row(i)[k]) * x.Row(j)[k];
    }
    return sum;
  };
  double trace = 0, sum_a = 0, sum_b = 0, rows = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double row_a = 0, row_b = 0;
    for (std::size_t j = 0; j < n; ++j) {
      trace += kernel(a, i, j) * kernel(b, i, j);
      row_a += kernel(a, i, j);
      row_b += kernel(b, i, j);
    }
    sum_a += row_a;
    sum_b += row_b;
    rows += row_a * row_b;
  }
  const auto m = static_cast<double>(n);
  return (trace + sum_a * sum_b / ((m - 1) * (m - 2)) - 2 * rows / (m - 2)) / (m * (m - 3));
}

double ReferenceCka(const Activations& a, const Activations& b) {
  return Hsic(a, b) / std::sqrt(Hsic(a, a) * Hsic(b, b));
}

TEST(LayerCka, IsTheEstimatorByItsDefinition) {
  std::mt19937 random(1);
  const std::vector<Activations> a = {RandomRows(9, 5, random), RandomRows(9, 7, random)};
  const std::vector<Activations> b = {RandomRows(9, 6, random), a[0], RandomRows(9, 3, random)};
  const LayerCka cka = CompareLayers(WithStates(a), WithStates(b), kDraws, 1, 1);
  ASSERT_EQ(cka.rows, 2U);
  ASSERT_EQ(cka.columns, 3U);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      // Products are summed in float.
      EXPECT_NEAR(cka.At(i, j), ReferenceCka(a[i], b[j]), 1e-5) << i << " " << j;
    }
  }
}

TEST(LayerCka, IsOneForTheSameInARotatedBasisAndPIsTheSmallest) {
  std::mt19937 random(2);
  const Activations state = RandomRows(20, 8, random);
  const LayerCka cka =
      CompareLayers(WithStates({state}), WithStates({Mirrored(state, random)}), kDraws, 1, 2);
  EXPECT_NEAR(cka.At(0, 0), 1, 1e-5);
  EXPECT_DOUBLE_EQ(cka.p[0], 1.0 / (1 + kDraws));
  EXPECT_DOUBLE_EQ(cka.p_of_largest, 1.0 / (1 + kDraws));
  EXPECT_LT(cka.null_quantile[0], 0.5);
}

TEST(LayerCka, PIsUniformWhereStatesAreUnrelated) {
  std::mt19937 random(3);
  constexpr int kRuns = 600;
  int small = 0, small_of_largest = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto a = WithStates({RandomRows(12, 4, random), RandomRows(12, 4, random)});
    const auto b = WithStates({RandomRows(12, 4, random)});
    const LayerCka cka = CompareLayers(a, b, kDraws, static_cast<std::uint64_t>(run), 1);
    small += cka.p[0] <= 0.05 ? 1 : 0;
    small_of_largest += cka.p_of_largest <= 0.05 ? 1 : 0;
  }
  // 30 expected of 600 with a standard deviation of 5.3: five of these either way.
  EXPECT_NEAR(small, 30, 27);
  EXPECT_NEAR(small_of_largest, 30, 27);
}

TEST(LayerCka, HasNoValueWhereAllTextsAreAlike) {
  std::mt19937 random(4);
  Activations constant(6, 3);
  for (float& value : constant.values) value = 2;
  const LayerCka cka =
      CompareLayers(WithStates({constant}), WithStates({RandomRows(6, 3, random)}), kDraws, 1, 1);
  EXPECT_TRUE(std::isnan(cka.At(0, 0)));
  EXPECT_EQ(cka.p[0], 1);
}

TEST(LayerCka, NeedsFourTexts) {
  std::mt19937 random(5);
  const auto record = WithStates({RandomRows(3, 4, random)});
  EXPECT_EQ(CompareLayers(record, record, kDraws, 1, 1).skipped, SkipReason::kTooFewTexts);
}

TEST(LayerCka, IsTheSameForAnyNumberOfThreads) {
  std::mt19937 random(6);
  const auto a = WithStates({RandomRows(30, 8, random), RandomRows(30, 8, random)});
  const auto b = WithStates({RandomRows(30, 5, random)});
  const LayerCka one = CompareLayers(a, b, kDraws, 1, 1);
  const LayerCka many = CompareLayers(a, b, kDraws, 1, 5);
  EXPECT_EQ(one.values, many.values);
  EXPECT_EQ(one.p, many.p);
  EXPECT_EQ(one.null_quantile, many.null_quantile);
}

}  // namespace layer_cka_test
}  // namespace modelkin
