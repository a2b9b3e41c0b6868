#include "scan/quantile_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

namespace modelkin {
namespace quantile_search_test {

constexpr std::uint64_t kLargest = 0x7F7FFFFF;
using Keys = std::vector<std::uint32_t>;

struct Found {
  std::uint64_t lower = 0, upper = 0;
  double fraction = 0;
  int passes = 0;
};

template <class Key>
void Show(QuantileSearch& search, std::span<const Key> keys) {
  const KeyRange bracket = search.bracket();
  std::vector<Key> inside;
  std::uint64_t above = 0;
  for (const Key key : keys) {
    if (bracket.lowest <= key && key <= bracket.highest) inside.push_back(key);
    above += key > bracket.highest ? 1 : 0;
  }
  search.Add(std::span<const Key>(inside), above);
}

Found Search(const Keys& keys, double q, KeyRange bracket, std::size_t max_kept,
             unsigned threads = 1) {
  QuantileSearch search(q, bracket, kLargest, max_kept);
  Found found;
  do {
    // Far more than 64 bits of keys can need.
    if (++found.passes > 70) break;
    std::vector<std::jthread> pool;
    for (unsigned t = 0; t < threads; ++t) {
      pool.emplace_back([&, t] {
        const std::size_t begin = keys.size() * t / threads;
        const std::size_t end = keys.size() * (t + 1) / threads;
        for (std::size_t i = begin; i < end; i += 100) {
          Show(search, std::span(keys).subspan(i, std::min<std::size_t>(100, end - i)));
        }
      });
    }
  } while (search.EndPass(keys.size()) == PassEnd::kOpen);
  found.lower = search.lower_key();
  found.upper = search.upper_key();
  found.fraction = search.fraction();
  return found;
}

void ExpectFinds(const Keys& keys, double q, KeyRange bracket, std::size_t max_kept,
                 unsigned threads = 1) {
  SCOPED_TRACE(::testing::Message()
               << keys.size() << " keys, q " << q << ", bracket " << bracket.lowest << ".."
               << bracket.highest << ", " << max_kept << " kept");
  Keys sorted = keys;
  std::ranges::sort(sorted);
  const double position = q * static_cast<double>(keys.size() - 1);
  const auto rank = static_cast<std::size_t>(position);
  const Found found = Search(keys, q, bracket, max_kept, threads);
  ASSERT_LE(found.passes, 70);
  EXPECT_EQ(found.lower, sorted[rank]);
  EXPECT_EQ(found.upper, sorted[std::min(rank + 1, sorted.size() - 1)]);
  EXPECT_EQ(found.fraction, position - std::floor(position));
}

void ExpectFindsFromAnywhere(const Keys& keys) {
  const auto [low, high] = std::ranges::minmax(keys);
  const std::uint64_t middle = (std::uint64_t{low} + high) / 2;
  const KeyRange brackets[] = {{0, kLargest},        {low, high},      {0, 0},
                               {kLargest, kLargest}, {middle, middle}, {0, low == 0 ? 0 : low - 1},
                               {high + 1, kLargest}, {high, kLargest}, {middle, high},
                               {low, middle}};
  for (const double q : {0.0, 0.01, 0.5, 0.99, 0.999, 1.0}) {
    for (const KeyRange bracket : brackets) {
      for (const std::size_t max_kept : {0, 3, 256, 1 << 20})
        ExpectFinds(keys, q, bracket, max_kept);
    }
  }
}

class QuantileSearchTest : public ::testing::Test {
 protected:
  template <class Make>
  Keys MakeKeys(std::size_t count, Make make) {
    Keys keys(count);
    for (std::uint32_t& key : keys) key = static_cast<std::uint32_t>(make());
    return keys;
  }

  std::mt19937_64 random_{1};
};

TEST_F(QuantileSearchTest, FewKeys) {
  for (const std::size_t count : {1, 2, 3, 100, 101}) {
    ExpectFindsFromAnywhere(MakeKeys(count, [&] { return random_() % kLargest; }));
    ExpectFindsFromAnywhere(MakeKeys(count, [&] { return 1000 + random_() % 5; }));
  }
}

TEST_F(QuantileSearchTest, Random) {
  ExpectFindsFromAnywhere(MakeKeys(1999, [&] { return random_() % kLargest; }));
}

TEST_F(QuantileSearchTest, Constant) {
  ExpectFindsFromAnywhere(Keys(500, 12345));
  ExpectFindsFromAnywhere(Keys(500, 0));
  ExpectFindsFromAnywhere(Keys(500, kLargest));
}

TEST_F(QuantileSearchTest, TwoValuedAndHalfZeros) {
  ExpectFindsFromAnywhere(MakeKeys(1000, [&] { return random_() % 2 == 0 ? 5 : kLargest - 5; }));
  ExpectFindsFromAnywhere(MakeKeys(1000, [&] { return random_() % 100 == 0 ? 900 : 10; }));
  ExpectFindsFromAnywhere(
      MakeKeys(1000, [&] { return random_() % 2 == 0 ? 0 : random_() % kLargest; }));
}

TEST_F(QuantileSearchTest, HeavyTail) {
  ExpectFindsFromAnywhere(MakeKeys(
      2000, [&] { return std::min<std::uint64_t>(kLargest, 1000 * (1ULL << random_() % 21)); }));
}

// The two order statistics on either side of the bracket's edges, so that one is inside and the
// other is not.
TEST_F(QuantileSearchTest, BracketBetweenTheRanks) {
  Keys keys(200);
  for (std::uint32_t i = 0; i < 200; ++i) keys[i] = 1000 * i;
  const std::uint64_t lower = 1000 * 197;  // 0.99 * 199 = 197.01
  for (const KeyRange bracket :
       {KeyRange{lower, lower}, KeyRange{lower + 1, lower + 999}, KeyRange{lower + 1, lower + 1000},
        KeyRange{0, lower}, KeyRange{lower + 1000, kLargest}, KeyRange{0, lower - 1},
        KeyRange{lower + 1001, kLargest}}) {
    for (const std::size_t max_kept : {2, 16, 4096}) ExpectFinds(keys, 0.99, bracket, max_kept);
  }
}

TEST_F(QuantileSearchTest, GoodBracketTakesOnePass) {
  const Keys keys = MakeKeys(10'000, [&] { return random_() % 1'000'000; });
  EXPECT_EQ(Search(keys, 0.99, {980'000, 999'999}, 1 << 20).passes, 1);
  EXPECT_EQ(Search(keys, 0.99, {0, 100}, 1 << 20).passes, 2);       // a miss, then the rest
  EXPECT_EQ(Search(keys, 0.99, {980'000, 999'999}, 10).passes, 2);  // bins, then one of them
}

TEST_F(QuantileSearchTest, KeysOf64Bits) {
  constexpr std::uint64_t kLargestDouble = 0x7FEFFFFFFFFFFFFF;
  std::vector<std::uint64_t> keys(1000);
  for (std::uint64_t& key : keys) key = random_() % kLargestDouble;
  std::vector<std::uint64_t> sorted = keys;
  std::ranges::sort(sorted);
  for (const KeyRange bracket : {KeyRange{0, kLargestDouble}, KeyRange{0, 0}}) {
    QuantileSearch search(0.99, bracket, kLargestDouble, 1024);
    int passes = 0;
    do {
      ASSERT_LE(++passes, 15);  // two ranks, 63 bits, 10 of them a pass, and a bad bracket
      Show(search, std::span<const std::uint64_t>(keys));
    } while (search.EndPass(keys.size()) == PassEnd::kOpen);
    EXPECT_EQ(search.lower_key(), sorted[989]);  // 0.99 * 999 = 989.01
    EXPECT_EQ(search.upper_key(), sorted[990]);
  }
}

TEST_F(QuantileSearchTest, ThreadsAddAtOnce) {
  const Keys keys = MakeKeys(200'000, [&] { return random_() % 100'000; });
  ExpectFinds(keys, 0.99, {95'000, 100'000}, 1 << 20, 8);
  ExpectFinds(keys, 0.99, {0, 10}, 64, 8);
}

// Values of a file that is rewritten between passes, in any way: an end, and no wild read.
TEST_F(QuantileSearchTest, ValuesThatChange) {
  int contradictions = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const std::uint64_t spread = std::uint64_t{1} << random_() % 31;
    QuantileSearch search(0.99, {random_() % spread, spread}, kLargest, 64);
    int passes = 0;
    PassEnd end = PassEnd::kOpen;
    do {
      ASSERT_LE(++passes, 70);
      const std::uint64_t now = std::uint64_t{1} << random_() % 31;
      Show(search, std::span<const std::uint32_t>(
                       MakeKeys(1 + random_() % 2000, [&] { return random_() % now; })));
      end = search.EndPass(1000);
    } while (end == PassEnd::kOpen);
    contradictions += end == PassEnd::kContradiction ? 1 : 0;
  }
  EXPECT_GT(contradictions, 100);
}

TEST_F(QuantileSearchTest, NoValues) {
  QuantileSearch search(0.99, {0, 100}, kLargest, 256);
  EXPECT_EQ(search.EndPass(0), PassEnd::kKnown);
  EXPECT_EQ(search.lower_key(), 0U);
  EXPECT_EQ(search.upper_key(), 0U);
  EXPECT_EQ(search.fraction(), 0.0);
}

}  // namespace quantile_search_test
}  // namespace modelkin
