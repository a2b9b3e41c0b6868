#include "statistics/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace modelkin {
namespace random_test {

TEST(Random, SplitMix64GivesItsPublishedNumbers) {
  std::uint64_t state = 1234567;
  EXPECT_EQ(SplitMix64(state), 6457827717110365317U);
  EXPECT_EQ(SplitMix64(state), 3203168211198807973U);
  EXPECT_EQ(SplitMix64(state), 9817491932198370423U);
}

TEST(Random, Xoshiro256GivesItsPublishedNumbers) {
  Random random(Random::State{1, 2, 3, 4});
  EXPECT_EQ(random.Next(), 11520U);
  EXPECT_EQ(random.Next(), 0U);
  EXPECT_EQ(random.Next(), 1509978240U);
  EXPECT_EQ(random.Next(), 1215971899390074240U);
}

TEST(Random, StreamsDiffer) {
  Random a(1, 0), b(1, 1), c(2, 0), again(1, 0);
  const std::uint64_t first = a.Next();
  EXPECT_NE(first, b.Next());
  EXPECT_NE(first, c.Next());
  EXPECT_EQ(first, again.Next());
}

TEST(Random, UniformBelowIsUniform) {
  Random random(3, 0);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[random.UniformBelow(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);  // 4 standard deviations
  EXPECT_EQ(random.UniformBelow(0), 0U);
  EXPECT_EQ(random.UniformBelow(1), 0U);
}

TEST(Random, ShuffleGivesEveryOrderAsOften) {
  Random random(4, 0);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) {
    std::array<std::uint32_t, 3> values = {0, 1, 2};
    random.Shuffle(values);
    ++counts[values[0] * 2 + (values[1] > values[2] ? 1 : 0)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Random, ShuffleKeepsAllValues) {
  Random random(5, 0);
  std::vector<std::uint32_t> values(100), sorted(100);
  std::iota(values.begin(), values.end(), 0U);
  sorted = values;
  random.Shuffle(values);
  EXPECT_NE(values, sorted);
  EXPECT_THAT(values, ::testing::UnorderedElementsAreArray(sorted));
  random.Shuffle({});
}

}  // namespace random_test
}  // namespace modelkin
