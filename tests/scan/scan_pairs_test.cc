#include "scan/scan_pairs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <tuple>

#include "kernels/pair_sums.h"
#include "scan/scan_files.h"
#include "scan/test_values.h"
#include "support/simd_target_test.h"

namespace modelkin {
namespace scan_pairs_test {

using testing::CompareByDefinition;
using testing::CorrelatedFor;
using testing::Decode;
using testing::Encode;
using testing::ExpectSameBits;
using testing::ExpectScanMatchesReference;
using testing::Generate;
using testing::kComparableTypes;
using testing::Normal;
using testing::ScanFiles;
using testing::ValuePair;

constexpr DType kFloatTypes[] = {DType::kF32, DType::kBF16,   DType::kF16,
                                 DType::kF64, DType::kF8E4M3, DType::kF8E5M2};

// Many blocks, of a length that fills no vector.
constexpr std::size_t kLong = kChunkElements / 2 + 17;

class ScanPairsOn : public testing::SimdTargetTest {
 protected:
  void ExpectMatches(DType type, const std::vector<double>& a, const std::vector<double>& b) {
    ExpectScanMatchesReference(files_, type, Encode(type, a), type, Encode(type, b));
  }

  ScanFiles files_;
};

TEST_P(ScanPairsOn, EveryType) {
  for (const DType type : kComparableTypes) {
    const ValuePair values = CorrelatedFor(type, 70'001, 11);
    ExpectMatches(type, values.a, values.b);
  }
}

TEST_P(ScanPairsOn, MixedTypes) {
  const DType pairs[][2] = {{DType::kBF16, DType::kF32},    {DType::kF32, DType::kF16},
                            {DType::kF8E4M3, DType::kBF16}, {DType::kF64, DType::kBF16},
                            {DType::kI8, DType::kF16},      {DType::kF8E5M2, DType::kF8E4M3},
                            {DType::kF32, DType::kF64},     {DType::kU8, DType::kI32}};
  for (const auto& [type_a, type_b] : pairs) {
    const ValuePair values = CorrelatedFor(type_b, 40'000, 5);
    // The same numbers where the types share them.
    const std::string b = Encode(type_b, values.b);
    ExpectScanMatchesReference(files_, type_a, Encode(type_a, values.a), type_b, b);
    ExpectScanMatchesReference(files_, type_a, Encode(type_a, Decode(type_b, b)), type_b, b);
  }
}

// Norm weights: all near 1.
TEST_P(ScanPairsOn, MeanFarAboveDeviation) {
  for (const double deviation : {1e-1, 1e-2, 1e-4, 1e-6}) {
    const std::vector<double> common = Normal(33'000, 0, 1, 1);
    const std::vector<double> noise = Normal(33'000, 0, 1, 2);
    const auto side = [&](double sign) {
      return Generate(33'000, [&](std::size_t i) {
        return 1 + deviation * (0.5 * common[i] + sign * 0.8 * noise[i]);
      });
    };
    for (const DType type : {DType::kF32, DType::kF64}) {
      SCOPED_TRACE(deviation);
      ExpectMatches(type, side(1), side(-1));
    }
  }
}

// Blocks that share a chunk but no mean.
TEST_P(ScanPairsOn, MeanThatMoves) {
  const std::vector<double> noise = Normal(6 * kMaxBlockElements, 0, 1e-3, 12);
  const auto steps = [&](double sign) {
    return Generate(noise.size(), [&](std::size_t i) {
      const double step = static_cast<double>(i / kMaxBlockElements) - 2;
      return 10 * step + noise[i] + sign * noise[noise.size() - 1 - i];
    });
  };
  ExpectMatches(DType::kF32, steps(1), steps(-1));
  ExpectMatches(DType::kF64, steps(1), steps(-1));
}

TEST_P(ScanPairsOn, HugeBesideTiny) {
  const double scales[][2] = {{1e4, 1e-4}, {1e19, 1e-19}, {1e8, 1}, {1e30, 1e-30}, {1e-10, 1e-20}};
  const std::vector<double> noise = Normal(20'000, 1, 0.2, 3);
  for (const auto& [huge, tiny] : scales) {
    SCOPED_TRACE(::testing::Message() << huge << " and " << tiny);
    const auto a = Generate(20'000, [&](std::size_t i) { return i % 2 == 0 ? huge : tiny; });
    const auto b = Generate(20'000, [&](std::size_t i) {
      return noise[i] * (i % 2 == 0 ? huge : tiny) * (i % 6 == 0 ? -1 : 1);
    });
    for (const DType type : {DType::kF32, DType::kBF16}) {
      ExpectMatches(type, a, b);
      ExpectMatches(type, b, a);
    }
  }
}

TEST_P(ScanPairsOn, Constants) {
  const std::vector<double> noise = Normal(20'000, 0, 1, 4);
  for (const DType type : kFloatTypes) {
    for (const double value : {1.0, 0.1, -3.0, 0.0}) {
      SCOPED_TRACE(value);
      const std::vector<double> constant(20'000, value);
      ExpectMatches(type, constant, noise);
      ExpectMatches(type, noise, constant);
      ExpectMatches(type, constant, constant);
      ExpectMatches(type, constant, std::vector<double>(20'000, 0.3));
    }
  }
}

TEST_P(ScanPairsOn, Ramps) {
  const auto up = Generate(50'000, [](std::size_t i) { return static_cast<double>(i) / 50'000; });
  const auto down =
      Generate(50'000, [](std::size_t i) { return 3 - static_cast<double>(i) / 1e4; });
  const auto bent =
      Generate(50'000, [](std::size_t i) { return std::sqrt(static_cast<double>(i)); });
  for (const DType type : kFloatTypes) {
    ExpectMatches(type, up, down);
    ExpectMatches(type, up, bent);
  }
}

TEST_P(ScanPairsOn, TwoValues) {
  const auto side = [](double even, double odd, std::size_t period) {
    return Generate(40'000, [=](std::size_t i) { return i / period % 2 == 0 ? even : odd; });
  };
  for (const DType type : kFloatTypes) {
    for (const std::size_t period : {1, 3, 8}) {
      ExpectMatches(type, side(0.1, 0.3, 1), side(0.1, 0.3, period));
      ExpectMatches(type, side(0.1, 0.3, 1), side(0.3, 0.1, period));
      ExpectMatches(type, side(0.1, 0.3, 1), side(-0.1, 0.3, period));
      ExpectMatches(type, side(0.3, -0.1, period), side(0.7, -0.7, 1));
    }
  }
}

// Roundings that would repeat instead of cancelling out, in few blocks and in many.
TEST_P(ScanPairsOn, RoundingsThatRepeat) {
  const double values[][2] = {{0.1, 0.3}, {-0.1, 0.3}, {0.7, -0.7}, {1.1, 0}, {1e-3, -3e-3}};
  for (const std::size_t count : {std::size_t{17'000}, kLong}) {
    for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
      for (const auto& [a0, a1] : values) {
        for (const auto& [b0, b1] : values) {
          if (count == kLong && b0 < 0) continue;  // they take long
          SCOPED_TRACE(::testing::Message() << a0 << ", " << a1 << " against " << b0 << ", " << b1);
          ExpectMatches(type, Generate(count, [&](std::size_t i) { return i % 2 == 0 ? a0 : a1; }),
                        Generate(count, [&](std::size_t i) { return i / 3 % 2 == 0 ? b0 : b1; }));
        }
      }
    }
  }
}

// Without scales, cosine is off by 4e-7 here in float runs of any width.
TEST_P(ScanPairsOn, WorstKnownRoundings) {
  const auto two = [](double even, double odd) {
    return Generate(kLong, [=](std::size_t i) { return i % 2 == 0 ? even : odd; });
  };
  ExpectMatches(DType::kF16, two(-0.944824219, 0.784667969), two(0.926269531, -0.926269531));
}

// Roundings that repeat in some rows alone, between rows of noise: rows as long as a block, shorter
// and longer ones, and rows that outweigh all others.
TEST_P(ScanPairsOn, RoundingsThatRepeatInSomeRows) {
  const std::vector<double> noise = Normal(kLong, 0, 0.3, 17);
  const std::vector<double> more = Normal(kLong, 0, 0.3, 18);
  for (const DType type : {DType::kF32, DType::kF16}) {
    for (const std::size_t width :
         {kMaxBlockElements, kMaxBlockElements / 4, 3 * kMaxBlockElements}) {
      for (const auto& [every, which, scale] :
           {std::tuple{2U, 1U, 1.0}, std::tuple{2U, 0U, 1.0}, std::tuple{8U, 5U, 30.0}}) {
        SCOPED_TRACE(::testing::Message()
                     << "rows of " << width << ", " << which << " of " << every);
        const auto repeats = [&](std::size_t i) { return i / width % every == which; };
        ExpectMatches(
            type,
            Generate(kLong,
                     [&](std::size_t i) {
                       return repeats(i) ? scale * (i % 2 == 0 ? -0.945 : 0.785) : noise[i];
                     }),
            Generate(kLong, [&](std::size_t i) {
              return repeats(i) ? scale * (i % 2 == 0 ? 0.926 : -0.926) : 0.5 * noise[i] + more[i];
            }));
      }
    }
  }
}

// Of either side a few values, in a rhythm or in any order.
TEST_P(ScanPairsOn, FewValues) {
  std::mt19937_64 random(14);
  std::uniform_real_distribution<double> law(-1, 1);
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (int trial = 0; trial < 12; ++trial) {
      const auto side = [&] {
        const std::size_t different = 2 + random() % 15;
        const bool rhythm = random() % 2 == 0;
        const auto few = Generate(different, [&](std::size_t) { return law(random); });
        return Generate(kLong, [&](std::size_t i) {
          return few[rhythm ? i % different : random() % different];
        });
      };
      SCOPED_TRACE(::testing::Message() << "trial " << trial);
      const std::vector<double> a = side();
      ExpectMatches(type, a, side());
    }
  }
}

// The named cases above once more over many blocks.
TEST_P(ScanPairsOn, LongAdversarialTensors) {
  const std::vector<double> noise = Normal(kLong, 1, 0.2, 15);
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const auto& [huge, tiny] : {std::pair{1e4, 1e-4}, std::pair{1e2, 1.0}}) {
      SCOPED_TRACE(::testing::Message() << huge << " and " << tiny);
      ExpectMatches(type, Generate(kLong, [&](std::size_t i) { return i % 2 == 0 ? huge : tiny; }),
                    Generate(kLong, [&](std::size_t i) {
                      return noise[i] * (i % 2 == 0 ? huge : tiny) * (i % 6 == 0 ? -1 : 1);
                    }));
    }
    const auto up = Generate(kLong, [](std::size_t i) { return static_cast<double>(i) / kLong; });
    ExpectMatches(type, up, noise);
    ExpectMatches(type, noise, Normal(kLong, 1, 1e-4, 16));
    // Constant parts, but not a constant tensor.
    ExpectMatches(type, Generate(kLong, [](std::size_t i) { return i / 50'000 % 2 ? 0.1 : 0.7; }),
                  noise);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ScanPairsOn, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

// Lengths on either side of the lengths of blocks and chunks, on any number of threads.
TEST(ScanPairs, SameBitsOnAnyNumberOfThreads) {
  const ScanFiles files;
  for (const std::uint64_t count :
       {std::uint64_t{kMaxBlockElements - 1}, std::uint64_t{kMaxBlockElements},
        std::uint64_t{kMaxBlockElements + 1}, kChunkElements - 1, kChunkElements,
        kChunkElements + 1, 2 * kChunkElements, 3 * kChunkElements + 17}) {
    for (const DType type : {DType::kBF16, DType::kF32}) {
      SCOPED_TRACE(::testing::Message() << count << " elements of " << DTypeName(type));
      const ValuePair values = CorrelatedFor(type, count, count);
      const std::string a = Encode(type, values.a);
      const std::string b = Encode(type, values.b);
      const PairScan alone = files.Scan(type, a, type, b, {.threads = 1});
      testing::ExpectMatchesReference(ComputeMetrics(alone),
                                      CompareByDefinition(Decode(type, a), Decode(type, b)));
      for (const unsigned threads : {2U, 7U}) {
        ExpectSameBits(files.Scan(type, a, type, b, {.threads = threads}), alone);
      }
    }
  }
}

TEST(ScanPairs, NonFiniteElementsAreCountedAndLeftOut) {
  const ScanFiles files;
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType type :
       {DType::kF32, DType::kBF16, DType::kF16, DType::kF64, DType::kF8E5M2, DType::kF8E4M3}) {
    ValuePair values = CorrelatedFor(type, 50'000, 21);
    std::string a = Encode(type, values.a);
    std::string b = Encode(type, values.b);
    const std::size_t width = BitWidth(type) / 8;
    const auto put = [&](std::string& bytes, std::size_t i, double value) {
      std::string element = Encode(type, std::vector{value});
      if (type == DType::kF8E4M3) element = "\x7F";  // its only NaN
      if (type == DType::kF8E5M2)
        element = std::isnan(value) ? "\x7E" : value > 0 ? "\x7C" : "\xFC";
      bytes.replace(i * width, width, element);
    };
    put(a, 0, nan);
    put(b, 17'000, infinity);
    put(b, 17'001, -infinity);
    put(a, 17'001, -infinity);
    put(b, 49'999, nan);
    put(a, 49'999, infinity);
    put(a, 20'000, nan);
    put(b, 20'000, nan);
    ExpectScanMatchesReference(files, type, a, type, b);
    const PairMetrics metrics = ComputeMetrics(files.Scan(type, a, type, b));
    EXPECT_EQ(metrics.finite_pairs, 50'000U - 5);
    EXPECT_EQ(metrics.nan_a + metrics.infinite_a, 4U);
  }
}

TEST(ScanPairs, NothingFinite) {
  const ScanFiles files;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string nans = Encode(DType::kF32, std::vector<double>(100, nan));
  const std::string ones = Encode(DType::kF32, std::vector<double>(100, 1));
  const PairScan scan = files.Scan(DType::kF32, nans, DType::kF32, ones);
  EXPECT_FALSE(scan.quantile_a.has_value());
  const PairMetrics metrics = ComputeMetrics(scan);
  EXPECT_EQ(metrics.nan_a, 100U);
  EXPECT_EQ(metrics.finite_pairs, 0U);
  EXPECT_EQ(metrics.cosine_similarity.undefined_reason(), "no pair of finite elements");
  EXPECT_EQ(metrics.a.p99_abs.undefined_reason(), "no pair of finite elements");
  EXPECT_EQ(metrics.identical_fraction.value(), 0.0);
}

TEST(ScanPairs, EmptyTensor) {
  const ScanFiles files;
  const PairScan scan = files.Scan(DType::kF32, "", DType::kBF16, "");
  EXPECT_EQ(scan.moments.elements, 0U);
  EXPECT_FALSE(scan.quantile_a.has_value());
  const PairMetrics metrics = ComputeMetrics(scan);
  for (const PairMetricField& field : kPairMetricFields) {
    EXPECT_EQ((metrics.*field.member).undefined_reason(), "no elements") << field.name;
  }
}

TEST(ScanPairs, FewElements) {
  const ScanFiles files;
  for (const DType type : kFloatTypes) {
    for (const std::size_t count : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 100, 101, 102, 130}) {
      SCOPED_TRACE(count);
      const ValuePair values = CorrelatedFor(type, count, count);
      ExpectScanMatchesReference(files, type, Encode(type, values.a), type, Encode(type, values.b));
    }
  }
}

TEST(ScanPairs, WithoutQuantiles) {
  const ScanFiles files;
  const std::string a = Encode(DType::kF32, Normal(1000, 0, 1, 1));
  const PairScan scan =
      files.Scan(DType::kF32, a, DType::kF32, a, {.threads = 1, .quantiles = false});
  EXPECT_FALSE(scan.quantile_a.has_value());
  EXPECT_FALSE(scan.quantile_b.has_value());
  const PairMetrics metrics = ComputeMetrics(scan);
  EXPECT_EQ(metrics.cosine_similarity.value(), 1.0);
  EXPECT_EQ(metrics.p99_abs_diff.undefined_reason(), "not computed");
}

}  // namespace scan_pairs_test
}  // namespace modelkin
