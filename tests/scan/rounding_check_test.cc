#include "scan/rounding_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "scan/test_values.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace {

using testing::Bytes;
using testing::Encode;
using testing::Generate;
using testing::Normal;

constexpr std::size_t kBlocks = 32;
constexpr std::size_t kElements = kBlocks * kMaxBlockElements;

struct FormatOfType {
  DType type;
  KernelFormat format;
};
constexpr FormatOfType kFormats[] = {{DType::kBF16, KernelFormat::kBF16},
                                     {DType::kF16, KernelFormat::kF16},
                                     {DType::kF32, KernelFormat::kF32}};

class RoundingCheckOn : public testing::SimdTargetTest {
 protected:
  static bool Cancel(const FormatOfType& of, const std::vector<double>& a,
                     const std::vector<double>& b, float pivot = 0) {
    const std::string bytes_a = Encode(of.type, a);
    const std::string bytes_b = Encode(of.type, b);
    const std::size_t block = kMaxBlockElements * BitWidth(of.type) / 8;
    RoundingCheck check;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      const auto part = SampledPartOfBlock(i);
      if (!part) continue;
      check.Add(SampleRuns(of.format, Bytes(bytes_a) + i * block, Bytes(bytes_b) + i * block,
                           kMaxBlockElements, *part, pivot, pivot));
    }
    return check.RoundingsCancel();
  }
};

// Else weights, whatever their law, would be summed twice.
TEST_P(RoundingCheckOn, RoundingsOfWeightsCancel) {
  std::mt19937_64 random(1);
  std::student_t_distribution<double> heavy_tailed(5);
  for (const FormatOfType& of : kFormats) {
    SCOPED_TRACE(DTypeName(of.type));
    int cancelled = 0;
    for (unsigned trial = 0; trial < 10; ++trial) {
      const auto a = Normal(kElements, 0, 0.02, trial);
      const auto b = Generate(kElements, [&](std::size_t) { return heavy_tailed(random) * 0.02; });
      cancelled += Cancel(of, a, b) ? 1 : 0;
      cancelled += Cancel(of, Normal(kElements, 1, 0.1, trial), Normal(kElements, 1, 0.1, 99), 1);
    }
    EXPECT_GE(cancelled, 19);
  }
}

TEST_P(RoundingCheckOn, RepeatedRoundingsDoNot) {
  // What moves cosine by 4e-7 where sums run in float.
  const auto a =
      Generate(kElements, [](std::size_t i) { return i % 2 ? 0.784667969 : -0.944824219; });
  const auto b =
      Generate(kElements, [](std::size_t i) { return i % 2 ? -0.926269531 : 0.926269531; });
  EXPECT_FALSE(Cancel(kFormats[1], a, b));
}

TEST_P(RoundingCheckOn, NoVarianceIsNoEvidence) {
  const std::vector<double> constant(kElements, 0.3);
  EXPECT_FALSE(Cancel(kFormats[2], constant, constant, 0.25F));
}

INSTANTIATE_TEST_SUITE_P(Targets, RoundingCheckOn, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

TEST(RoundingCheck, NothingSampled) {
  RoundingCheck check;
  EXPECT_TRUE(check.RoundingsCancel());
  check.Add({});
  EXPECT_TRUE(check.RoundingsCancel());
}

TEST(RoundingCheck, Tolerance) {
  const DeviationSums exact{.x = 10, .y = -20, .xx = 1000, .yy = 4000, .xy = 300};
  const auto cancel = [&](double DeviationSums::*sum, double error) {
    SampledRuns run{.elements = 1000, .in_runs = exact, .in_double = exact};
    run.in_runs.*sum += error;
    RoundingCheck check;
    check.Add(run);
    return check.RoundingsCancel();
  };
  // Scales: variances of 0.9999 and 3.9996, in n = 1000.
  const struct {
    double DeviationSums::*sum;
    double scale;
  } sums[] = {{&DeviationSums::x, 999.95},
              {&DeviationSums::y, 1999.9},
              {&DeviationSums::xx, 999.9},
              {&DeviationSums::yy, 3999.6},
              {&DeviationSums::xy, 1999.8}};
  for (const auto& [sum, scale] : sums) {
    EXPECT_TRUE(cancel(sum, 0.99 * kRoundingTolerance * scale));
    EXPECT_TRUE(cancel(sum, -0.99 * kRoundingTolerance * scale));
    EXPECT_FALSE(cancel(sum, 1.01 * kRoundingTolerance * scale));
    EXPECT_FALSE(cancel(sum, -1.01 * kRoundingTolerance * scale));
    EXPECT_FALSE(cancel(sum, std::numeric_limits<double>::quiet_NaN()));
    EXPECT_FALSE(cancel(sum, std::numeric_limits<double>::infinity()));
  }
}

TEST(RoundingCheck, SampledPartsAreSpread) {
  constexpr std::size_t kParts = kMaxBlockElements / kSampledElements;
  std::set<std::size_t> places;
  std::size_t sampled = 0;
  for (std::uint64_t block = 0; block < 2 * kParts; ++block) {
    const auto part = SampledPartOfBlock(block);
    if (!part) continue;
    places.insert(*part % kParts);
    ++sampled;
  }
  EXPECT_EQ(sampled, kParts);
  EXPECT_GE(places.size(), kParts / 2);  // at random 1 - 1/e of them
}

}  // namespace
}  // namespace modelkin
