#include "scan/magnitude_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/pair_sums.h"
#include "scan/test_values.h"

namespace modelkin {
namespace magnitude_keys_test {

using testing::Bytes;
using testing::CorrelatedFor;
using testing::Decode;
using testing::Encode;
using testing::kComparableTypes;

double LargestFinite(DType type) { return MagnitudeOfKey(type, LargestFiniteKey(type)); }

TEST(MagnitudeKeys, LargestFiniteKey) {
  EXPECT_EQ(LargestFinite(DType::kF16), 65504.0);
  EXPECT_EQ(LargestFinite(DType::kBF16), 0x1.FEp127);
  EXPECT_EQ(LargestFinite(DType::kF32), std::numeric_limits<float>::max());
  EXPECT_EQ(LargestFinite(DType::kF64), std::numeric_limits<double>::max());
  for (const DType type : kComparableTypes) {
    EXPECT_LT(LargestFiniteKey(type), std::uint64_t{1} << (KeyBits(type) - 1));
    EXPECT_FALSE(std::isfinite(MagnitudeOfKey(type, LargestFiniteKey(type) + 1)));
  }
}

// Collected keys stand for the elements' magnitudes, all of them if the bracket begins at 0; a
// search over them then finds the sorted magnitudes' order statistics.
TEST(MagnitudeKeys, OfEveryType) {
  for (const DType type : kComparableTypes) {
    SCOPED_TRACE(DTypeName(type));
    const std::string bytes = Encode(type, CorrelatedFor(type, 5000, 3).a);
    std::vector<double> magnitudes = Decode(type, bytes);
    for (double& value : magnitudes) value = std::abs(value);
    std::ranges::sort(magnitudes);
    for (const double q : {0.0, 0.5, 1.0}) {
      for (const bool selected : {false, true}) {
        QuantileSearch search(q, {0, LargestFiniteKey(type)}, LargestFiniteKey(type), 1 << 20);
        KeyCollector collector(type);
        std::vector<std::uint32_t> all(5000);
        for (std::uint32_t i = 0; i < 5000; ++i) all[i] = i;
        do {
          if (selected) {
            collector.AddSelected(Bytes(bytes), all, search);
          } else {
            collector.AddFinite(Bytes(bytes), 5000, search);
          }
          collector.Flush(search);
        } while (search.EndPass(5000) == PassEnd::kOpen);
        EXPECT_EQ(MagnitudeOfKey(type, search.lower_key()),
                  magnitudes[static_cast<std::size_t>(q * 4999)]);
      }
    }
  }
}

// Beyond what a batch holds.
TEST(MagnitudeKeys, ManyBlocks) {
  const std::string bytes = Encode(DType::kF32, testing::Normal(kMaxBlockElements, 0, 1, 4));
  QuantileSearch search(1, {0, LargestFiniteKey(DType::kF32)}, LargestFiniteKey(DType::kF32), 100);
  KeyCollector collector(DType::kF32);
  std::vector<double> magnitudes = Decode(DType::kF32, bytes);
  for (double& value : magnitudes) value = std::abs(value);
  do {
    for (int block = 0; block < 9; ++block) {
      collector.AddFinite(Bytes(bytes), kMaxBlockElements, search);
    }
    collector.Flush(search);
  } while (search.EndPass(9 * kMaxBlockElements) == PassEnd::kOpen);
  EXPECT_EQ(MagnitudeOfKey(DType::kF32, search.upper_key()), std::ranges::max(magnitudes));
}

TEST(GuessBracket, HoldsTheQuantileOfALikeSample) {
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16, DType::kF64}) {
    const std::vector<double> all = Decode(type, Encode(type, testing::Normal(100'000, 0, 1, 5)));
    std::vector<double> sample(all.begin(), all.begin() + 8192);
    sample[7] = std::numeric_limits<double>::quiet_NaN();
    sample[8] = -std::numeric_limits<double>::infinity();
    const KeyRange range = GuessBracket(type, 0.99, sample);
    std::vector<double> magnitudes = all;
    for (double& value : magnitudes) value = std::abs(value);
    std::ranges::sort(magnitudes);
    EXPECT_LE(MagnitudeOfKey(type, range.lowest), magnitudes[98'999]);
    EXPECT_GE(MagnitudeOfKey(type, range.highest), magnitudes[99'001]);
    // Narrow enough to be worth it.
    EXPECT_GT(MagnitudeOfKey(type, range.lowest), magnitudes[98'000]);
    EXPECT_LT(MagnitudeOfKey(type, range.highest), magnitudes[99'800]);
  }
}

TEST(GuessBracket, NothingToGoBy) {
  for (std::vector<double> sample : {std::vector<double>{}, std::vector<double>{std::nan("")}}) {
    const KeyRange range = GuessBracket(DType::kF32, 0.99, sample);
    EXPECT_EQ(range.lowest, 0U);
    EXPECT_EQ(range.highest, LargestFiniteKey(DType::kF32));
  }
}

}  // namespace magnitude_keys_test
}  // namespace modelkin
