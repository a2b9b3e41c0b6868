#include "scan/pair_block.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kernels/pair_sums.h"
#include "scan/test_values.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace pair_block_test {

using testing::Bytes;
using testing::CorrelatedFor;
using testing::Encode;
using testing::Generate;
using testing::kComparableTypes;
using testing::Normal;
using testing::ValuePair;

struct BothWays {
  BlockResult result, reference;
};

BothWays CompareBothWays(DType type_a, const std::string& a, DType type_b, const std::string& b) {
  const std::size_t count = a.size() * 8 / BitWidth(type_a);
  BlockScratch scratch;
  BothWays both;
  const Pivots pivots = ChoosePivots(type_a, Bytes(a), type_b, Bytes(b), count);
  both.result = ComparePairBlock(type_a, Bytes(a), type_b, Bytes(b), count, pivots, scratch);
  both.reference = ComparePairBlockInDouble(type_a, Bytes(a), type_b, Bytes(b), count, scratch);
  return both;
}

void ExpectSameCounts(const BothWays& both) {
  const PairMoments& one = both.result.moments;
  const PairMoments& two = both.reference.moments;
  EXPECT_EQ(both.result.all_finite, both.reference.all_finite);
  EXPECT_EQ(one.elements, two.elements);
  EXPECT_EQ(one.bit_equal, two.bit_equal);
  EXPECT_EQ(one.nan_a, two.nan_a);
  EXPECT_EQ(one.nan_b, two.nan_b);
  EXPECT_EQ(one.infinite_a, two.infinite_a);
  EXPECT_EQ(one.infinite_b, two.infinite_b);
  EXPECT_EQ(one.finite_pairs, two.finite_pairs);
  EXPECT_EQ(one.zeros_a, two.zeros_a);
  EXPECT_EQ(one.zeros_b, two.zeros_b);
  EXPECT_EQ(one.any_zero, two.any_zero);
  EXPECT_EQ(one.opposite_signs, two.opposite_signs);
}

void ExpectNear(double value, double expected, double error, const char* name) {
  EXPECT_LE(std::abs(value - expected), error) << name << ": " << value << ", not " << expected;
}

// `precise`: error of m2 and cross relative to the deviations' norms, and of means relative to sd.
// `coarse`: of the other sums, the same way.
void ExpectNearMoments(const BothWays& both, double precise, double coarse) {
  const PairMoments& m = both.result.moments;
  const PairMoments& expected = both.reference.moments;
  const auto n = static_cast<double>(expected.finite_pairs);
  const double sd_a = std::sqrt(expected.a.m2 / n);
  const double sd_b = std::sqrt(expected.b.m2 / n);
  ExpectNear(m.a.mean, expected.a.mean, precise * sd_a, "mean of a");
  ExpectNear(m.b.mean, expected.b.mean, precise * sd_b, "mean of b");
  ExpectNear(m.a.m2, expected.a.m2, precise * expected.a.m2, "m2 of a");
  ExpectNear(m.b.m2, expected.b.m2, precise * expected.b.m2, "m2 of b");
  ExpectNear(m.cross, expected.cross, precise * n * sd_a * sd_b, "cross");
  ExpectNear(m.a.m3, expected.a.m3, coarse * sd_a * sd_a * sd_a * n, "m3 of a");
  ExpectNear(m.b.m3, expected.b.m3, coarse * sd_b * sd_b * sd_b * n, "m3 of b");
  ExpectNear(m.a.m4, expected.a.m4, coarse * expected.a.m4, "m4 of a");
  ExpectNear(m.b.m4, expected.b.m4, coarse * expected.b.m4, "m4 of b");
  ExpectNear(m.abs_diff, expected.abs_diff, coarse * expected.abs_diff, "abs_diff");
  ExpectNear(m.squared_diff, expected.squared_diff, coarse * expected.squared_diff, "squared_diff");
  ExpectNear(m.max_abs_diff, expected.max_abs_diff, 0x1p-24 * expected.max_abs_diff,
             "max_abs_diff");
}

void ExpectSameMoments(const BothWays& both) {
  ExpectSameCounts(both);
  ExpectNearMoments(both, 0, 0);
  EXPECT_EQ(both.result.moments.max_abs_diff, both.reference.moments.max_abs_diff);
}

// Roundings mostly cancel out: one rounding to float instead of the many that pair_sums.h allows
// for.
constexpr double kOrdinaryError = 0x1p-24;

class PairBlockOn : public testing::SimdTargetTest {};

TEST_P(PairBlockOn, OrdinaryDataOfAllTypePairs) {
  for (const DType type_a : kComparableTypes) {
    for (const DType type_b : kComparableTypes) {
      SCOPED_TRACE(::testing::Message() << DTypeName(type_a) << " against " << DTypeName(type_b));
      const std::string a = Encode(type_a, CorrelatedFor(type_a, kMaxBlockElements, 1).a);
      const std::string b = Encode(type_b, CorrelatedFor(type_b, kMaxBlockElements, 1).b);
      const BothWays both = CompareBothWays(type_a, a, type_b, b);
      ExpectSameCounts(both);
      ExpectNearMoments(both, kOrdinaryError, 100 * kOrdinaryError);
    }
  }
}

// Done in double, to the bit: their roundings would be too few to cancel out.
TEST_P(PairBlockOn, ShortBlocks) {
  for (const DType type : kComparableTypes) {
    for (const std::size_t count : {1, 2, 3, 17, 63, 64, 65, 100, 129, 1000, 4095}) {
      SCOPED_TRACE(::testing::Message() << count << " elements of " << DTypeName(type));
      const ValuePair values = CorrelatedFor(type, count, 2);
      const BothWays both =
          CompareBothWays(type, Encode(type, values.a), type, Encode(type, values.b));
      ExpectSameMoments(both);
    }
  }
}

TEST_P(PairBlockOn, MeanFarAboveDeviation) {
  for (const double deviation : {1e-1, 1e-3, 1e-4}) {
    const auto a = Normal(kMaxBlockElements, 1, deviation, 3);
    const auto b = Normal(kMaxBlockElements, -2, deviation, 4);
    SCOPED_TRACE(deviation);
    const BothWays both =
        CompareBothWays(DType::kF32, Encode(DType::kF32, a), DType::kF32, Encode(DType::kF32, b));
    ExpectSameCounts(both);
    ExpectNearMoments(both, kOrdinaryError, 100 * kOrdinaryError);
  }
}

// Few values in a fixed rhythm, in the shortest blocks that kernels do.
TEST_P(PairBlockOn, RoundingsThatRepeat) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> law(-1, 1);
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (std::size_t trial = 0; trial < 100; ++trial) {
      const std::size_t period_a = 2 + trial % 5;
      const std::size_t period_b = std::size_t{2} << trial % 6;
      const auto few_a = Generate(period_a, [&](std::size_t) { return law(random); });
      const auto few_b = Generate(period_b, [&](std::size_t) { return law(random); });
      const auto a = Generate(4096, [&](std::size_t i) { return few_a[i % period_a]; });
      const auto b = Generate(4096, [&](std::size_t i) { return few_b[i % period_b]; });
      SCOPED_TRACE(::testing::Message() << DTypeName(type) << ", trial " << trial);
      const std::string bytes_a = Encode(type, a);
      const std::string bytes_b = Encode(type, b);
      const BothWays both = CompareBothWays(type, bytes_a, type, bytes_b);
      ExpectSameCounts(both);
      ExpectNearMoments(both, 2 * kOrdinaryError, 2000 * kOrdinaryError);
    }
  }
}

// What float sums can't hold is done in double, to the bit.
TEST_P(PairBlockOn, FallsBackToDouble) {
  const std::vector<double> noise = Normal(5000, 0, 1, 6);
  const auto scaled = [&](double scale) {
    return Generate(noise.size(), [&](std::size_t i) { return noise[i] * scale; });
  };
  const auto alternating = [&](double even, double odd) {
    return Generate(noise.size(),
                    [&](std::size_t i) { return noise[i] * (i % 2 == 0 ? even : odd); });
  };
  const struct {
    const char* name;
    std::vector<double> values;
  } cases[] = {
      {"squares overflow", scaled(1e25)},
      {"fourth powers overflow", scaled(1e12)},
      {"squares underflow", scaled(1e-30)},
      {"fourth powers underflow", scaled(1e-12)},
      {"subnormal", scaled(1e-42)},
      {"constant", std::vector<double>(noise.size(), 0.1)},
      {"zero", std::vector<double>(noise.size(), 0)},
      {"huge and tiny", alternating(1e19, 1e-19)},
      {"a few outweigh the rest",
       Generate(noise.size(), [&](std::size_t i) { return noise[i] * (i % 50 ? 1 : 99); })},
      {"one huge",
       Generate(noise.size(), [&](std::size_t i) { return i == 100 ? 3e38 : noise[i]; })}};
  for (const DType type : {DType::kF32, DType::kBF16}) {
    const std::string ordinary = Encode(type, scaled(1));
    for (const auto& [name, values] : cases) {
      SCOPED_TRACE(::testing::Message() << name << " in " << DTypeName(type));
      const std::string bytes = Encode(type, values);
      ExpectSameMoments(CompareBothWays(type, bytes, type, ordinary));
      ExpectSameMoments(CompareBothWays(type, ordinary, type, bytes));
    }
  }
}

// Where the pivots, which a chunk's blocks share, are far from this block's means.
TEST_P(PairBlockOn, FarPivots) {
  const std::string a = Encode(DType::kF32, Normal(5000, 1000, 1e-3, 9));
  const std::string b = Encode(DType::kF32, Normal(5000, 0, 1, 10));
  BlockScratch scratch;
  for (const Pivots& pivots : {Pivots{0, 0}, Pivots{999, 0}, Pivots{1000, 3}}) {
    const auto compare = [&](const std::string& one, const std::string& other, Pivots about) {
      BothWays both;
      both.result = ComparePairBlock(DType::kF32, Bytes(one), DType::kF32, Bytes(other), 5000,
                                     about, scratch);
      both.reference = ComparePairBlockInDouble(DType::kF32, Bytes(one), DType::kF32, Bytes(other),
                                                5000, scratch);
      return both;
    };
    SCOPED_TRACE(::testing::Message() << "pivots " << pivots.a << " and " << pivots.b);
    ExpectSameMoments(compare(a, b, pivots));
    ExpectSameMoments(compare(b, a, {.a = pivots.b, .b = pivots.a}));
  }
}

// Equal but for differences whose squares underflow.
TEST_P(PairBlockOn, TinyDifferences) {
  const auto a = Normal(5000, 0, 1e-7, 7);
  const auto b = Generate(5000, [&](std::size_t i) { return a[i] * (i == 77 ? 1 + 1e-6 : 1); });
  const BothWays both =
      CompareBothWays(DType::kF32, Encode(DType::kF32, a), DType::kF32, Encode(DType::kF32, b));
  ExpectSameCounts(both);
  ExpectNearMoments(both, kOrdinaryError, 100 * kOrdinaryError);
  EXPECT_GT(both.result.moments.squared_diff, 0);
}

TEST_P(PairBlockOn, NonFiniteBlocks) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const double value : {infinity, -infinity, nan}) {
      for (const std::size_t place : {0U, 1U, 999U, 1000U}) {
        ValuePair values = CorrelatedFor(type, 1001, 8);
        values.a[place] = value;
        values.b[500] = value;
        const BothWays both =
            CompareBothWays(type, Encode(type, values.a), type, Encode(type, values.b));
        EXPECT_FALSE(both.result.all_finite);
        EXPECT_EQ(both.result.moments.finite_pairs, 999U);
        ExpectSameMoments(both);
      }
    }
  }
}

// All elements alike, but not finite.
TEST_P(PairBlockOn, ConstantNonFiniteBlock) {
  const std::string infinite(4096, '\x7F');  // BF16 0x7F7F is finite
  const std::string nans(4096, '\xFF');
  const BothWays finite = CompareBothWays(DType::kBF16, infinite, DType::kBF16, infinite);
  EXPECT_TRUE(finite.result.all_finite);
  const BothWays both = CompareBothWays(DType::kBF16, nans, DType::kBF16, nans);
  EXPECT_FALSE(both.result.all_finite);
  EXPECT_EQ(both.result.moments.nan_a, 2048U);
  EXPECT_EQ(both.result.moments.bit_equal, 2048U);
  EXPECT_EQ(both.result.moments.finite_pairs, 0U);
}

INSTANTIATE_TEST_SUITE_P(Targets, PairBlockOn, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

// Constants in closed form: nothing is rounded.
TEST(PairBlock, Constants) {
  const std::string a = Encode(DType::kF32, std::vector<double>(1000, 0.1));
  const std::string b = Encode(DType::kF32, std::vector<double>(1000, -0.0));
  BlockScratch scratch;
  const PairMoments m =
      ComparePairBlock(DType::kF32, Bytes(a), DType::kF32, Bytes(b), 1000, {}, scratch).moments;
  EXPECT_EQ(m.a.mean, 0.1F);
  EXPECT_EQ(m.a.m2, 0.0);
  EXPECT_EQ(m.a.m4, 0.0);
  EXPECT_EQ(m.zeros_a, 0U);
  EXPECT_EQ(m.zeros_b, 1000U);
  EXPECT_EQ(m.any_zero, 1000U);
  EXPECT_EQ(m.max_abs_diff, 0.1F);
  EXPECT_EQ(m.abs_diff, 1000 * static_cast<double>(0.1F));
}

}  // namespace pair_block_test
}  // namespace modelkin
