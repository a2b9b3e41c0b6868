#include "atlas/pair_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <random>
#include <set>

#include "statistics/sign_agreement.h"

namespace modelkin {
namespace pair_scan_test {

std::uint32_t CountByWords(const ComponentBits& a, const ComponentBits& b) {
  std::uint32_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    same += static_cast<std::uint32_t>(std::popcount(~(a[i] ^ b[i])));
  }
  return same;
}

// Families whose members differ in some bits from the first: in a tenth, more or less.
ShapeBucket MadeUpBucket(std::size_t entries, std::size_t family, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  ShapeBucket bucket;
  for (std::size_t i = 0; i < entries; ++i) {
    ComponentBits bits;
    for (std::uint64_t& word : bits) word = random();
    if (i % family != 0) {
      for (std::size_t word = 0; word < bits.size(); ++word) {
        // One in eight, then.
        const std::uint64_t flips = bits[word] & random() & random();
        bits[word] = bucket.bits[i - i % family][word] ^ flips;
      }
    }
    bucket.models.push_back(static_cast<std::uint32_t>(2 * i));
    bucket.levels.push_back(ValueLevel(i % 3 == 0 ? 4096 : 100000));
    bucket.bits.push_back(bits);
  }
  return bucket;
}

AgreementLimits LimitsOf(const ShapeBucket& bucket, double error_rate = 0.01) {
  return {bucket.levels, error_rate, bucket.bits.size() * bucket.bits.size() / 2, 1};
}

// Prim's algorithm over all pairs: the sum of a maximum spanning forest's agreements, and its size.
std::pair<std::uint64_t, std::size_t> ForestByPrim(const ShapeBucket& bucket,
                                                   const AgreementLimits& limits) {
  const std::size_t n = bucket.bits.size();
  std::set<std::size_t> left;
  for (std::size_t i = 0; i < n; ++i) left.insert(i);
  std::uint64_t sum = 0;
  std::size_t edges = 0;
  while (!left.empty()) {
    std::vector<std::size_t> inside = {*left.begin()};
    left.erase(left.begin());
    while (true) {
      std::uint32_t best = 0;
      std::size_t next = n;
      for (const std::size_t a : inside) {
        for (const std::size_t b : left) {
          const std::uint32_t agreements = CountByWords(bucket.bits[a], bucket.bits[b]);
          if (agreements < limits.Limit(bucket.levels[a] + bucket.levels[b])) continue;
          if (agreements <= best) continue;
          best = agreements;
          next = b;
        }
      }
      if (next == n) break;
      inside.push_back(next);
      left.erase(next);
      sum += best;
      ++edges;
    }
  }
  return {sum, edges};
}

TEST(PairScan, IsThatOfAllPairsOneByOne) {
  const ShapeBucket bucket = MadeUpBucket(40, 5, 1);
  const AgreementLimits limits = LimitsOf(bucket);
  const ShownPairs shown = ComparePairs(bucket, limits, 2);
  std::uint64_t count = 0;
  for (std::size_t a = 0; a < bucket.bits.size(); ++a) {
    std::uint64_t own = 0;
    double closeness = 0;
    std::vector<std::uint32_t> agreements;
    for (std::size_t b = 0; b < bucket.bits.size(); ++b) {
      if (a == b) continue;
      const std::uint32_t same = CountByWords(bucket.bits[a], bucket.bits[b]);
      const double variance = VarianceOfLevels(bucket.levels[a] + bucket.levels[b]);
      const double log_p = LogAgreementTail(kComponentBits, same, variance);
      if (log_p > std::log(0.01) - std::log(800.0)) continue;
      ++own;
      agreements.push_back(same);
      closeness += std::cos(std::numbers::pi * (1 - same / 4096.0));
    }
    count += own;
    EXPECT_EQ(shown.counts[a], own);
    EXPECT_NEAR(static_cast<double>(shown.closeness[a]) / (1 << 20), closeness, 1e-4);
    std::ranges::sort(agreements, std::ranges::greater{});
    agreements.resize(std::min(agreements.size(), kMostNearest));
    ASSERT_EQ(shown.nearest[a].size(), agreements.size());
    for (std::size_t i = 0; i < agreements.size(); ++i) {
      EXPECT_EQ(shown.nearest[a][i].agreements, agreements[i]);
    }
  }
  EXPECT_EQ(shown.shown, count / 2);
  EXPECT_EQ(shown.shown, 80U);  // eight families of five
  std::uint64_t sum = 0;
  for (const AgreeingPair& pair : shown.forest) sum += pair.agreements;
  EXPECT_EQ(std::pair(sum, shown.forest.size()), ForestByPrim(bucket, limits));
}

TEST(PairScan, IsTheSameForAnyNumberOfThreads) {
  // Several tiles, many pairs with as many agreements.
  ShapeBucket bucket = MadeUpBucket(700, 350, 2);
  for (std::size_t i = 300; i < 340; ++i) bucket.bits[i] = bucket.bits[0];
  const AgreementLimits limits = LimitsOf(bucket);
  const ShownPairs one = ComparePairs(bucket, limits, 1);
  EXPECT_EQ(one.forest.size(), 698U);
  for (const unsigned threads : {2U, 7U}) {
    const ShownPairs more = ComparePairs(bucket, limits, threads);
    EXPECT_EQ(more.shown, one.shown);
    EXPECT_EQ(more.forest, one.forest);
    EXPECT_EQ(more.counts, one.counts);
    EXPECT_EQ(more.closeness, one.closeness);
    for (std::size_t i = 0; i < one.nearest.size(); ++i) {
      ASSERT_EQ(more.nearest[i].size(), one.nearest[i].size());
      for (std::size_t j = 0; j < one.nearest[i].size(); ++j) {
        EXPECT_EQ(more.nearest[i][j].entry, one.nearest[i][j].entry);
      }
    }
  }
}

TEST(PairScan, NoneAndOneHaveNoPairs) {
  for (const std::size_t entries : {0U, 1U}) {
    const ShapeBucket bucket = MadeUpBucket(entries, 5, 3);
    const ShownPairs shown = ComparePairs(bucket, LimitsOf(bucket), 3);
    EXPECT_EQ(shown.shown, 0U);
    EXPECT_TRUE(shown.forest.empty());
    EXPECT_EQ(shown.counts.size(), entries);
  }
}

TEST(AgreementLimits, AreNoLessStrictThanEachPairsOwn) {
  const std::vector<std::uint64_t> values = {0, 1, 7, 1000, 123457, std::uint64_t{1} << 50};
  std::vector<std::uint32_t> levels;
  for (const std::uint64_t value : values) levels.push_back(ValueLevel(value));
  const AgreementLimits limits(levels, 0.01, 1000000, 2);
  std::uint32_t least = kComponentBits + 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      const double product = static_cast<double>(std::max<std::uint64_t>(values[i], 1)) *
                             static_cast<double>(std::max<std::uint64_t>(values[j], 1));
      const std::uint64_t own =
          AgreementLimit(kComponentBits, 1 / std::sqrt(product), 0.01, 1000000);
      EXPECT_GE(limits.Limit(levels[i] + levels[j]), own);
      EXPECT_LE(limits.Limit(levels[i] + levels[j]), own + (own - 2048) / 8 + 2);
      least = std::min(least, limits.Limit(levels[i] + levels[j]));
    }
  }
  EXPECT_EQ(limits.least(), least);
}

}  // namespace pair_scan_test
}  // namespace modelkin
