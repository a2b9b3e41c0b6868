#include "lineage/draw_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace modelkin {
namespace {

std::uint64_t Places(const std::vector<PlaceRun>& runs) {
  return std::accumulate(runs.begin(), runs.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const PlaceRun& run) { return sum + run.count; });
}

TEST(DrawRuns, AreApartAscendingAndAsManyAsAsked) {
  for (const std::uint64_t of : {1, 2, 7, 64, 1000, 4099}) {
    for (const std::uint64_t count : {1, 2, 5, 63, 999}) {
      for (const std::uint64_t length : {1, 4, 100}) {
        const auto runs = DrawRuns(1, "x", of, count, length);
        std::uint64_t end = 0;
        for (const PlaceRun& run : runs) {
          EXPECT_GE(run.first, end);
          EXPECT_GT(run.count, 0U);
          end = run.first + run.count;
        }
        EXPECT_LE(end, of);
        EXPECT_LE(Places(runs), std::min(of, count));
        if (length == 1) {
          EXPECT_EQ(Places(runs), std::min(of, count));
        }
        if (count >= of) {
          EXPECT_EQ(runs, std::vector<PlaceRun>({{0, of}}));
        }
      }
    }
  }
}

TEST(DrawRuns, OfNothingIsNothing) {
  EXPECT_TRUE(DrawRuns(1, "x", 0, 5).empty());
  EXPECT_TRUE(DrawRuns(1, "x", 5, 0).empty());
}

TEST(DrawRuns, GoBySeedAndName) {
  const auto drawn = DrawRuns(1, "layer.0", 4096, 64);
  EXPECT_EQ(drawn, DrawRuns(1, "layer.0", 4096, 64));
  EXPECT_NE(drawn, DrawRuns(2, "layer.0", 4096, 64));
  EXPECT_NE(drawn, DrawRuns(1, "layer.1", 4096, 64));
}

TEST(DrawPlaces, ReachEachPlaceEquallyOften) {
  constexpr std::uint32_t kPlaces = 12;
  constexpr int kDraws = 12'000;
  std::vector<int> times(kPlaces, 0);
  for (int seed = 0; seed < kDraws; ++seed) {
    for (const std::uint32_t place :
         DrawPlaces(static_cast<std::uint64_t>(seed), "x", kPlaces, 3)) {
      ++times[place];
    }
  }
  // Of 3,000 expected, 5 deviations of a binomial count.
  for (const int count : times) EXPECT_NEAR(count, kDraws * 3 / kPlaces, 5 * 48);
}

TEST(DrawPlan, TakesEverythingUnlessTold) {
  EXPECT_TRUE(DrawPlan{}.is_all());
  EXPECT_FALSE(DrawPlan{.units = 256}.is_all());
}

}  // namespace
}  // namespace modelkin
