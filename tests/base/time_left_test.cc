#include "base/time_left.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace modelkin {
namespace time_left_test {

constexpr double kTick = 0.1;  // s between two looks, as a terminal takes them

// A stage as it comes, and whether it says how far it is.
struct Came {
  std::string name;
  double seconds = 0;
  bool counts = true;
};

struct Moment {
  double at, left, truth;
};

// Lets stages go by on a clock of its own; returns what was said at each tick.
std::vector<Moment> Watch(TimeLeft& time_left, const std::vector<Came>& stages) {
  double whole = 0, at = 0, begins = 0;
  for (const Came& stage : stages) whole += stage.seconds;
  std::vector<Moment> said;
  for (const Came& stage : stages) {
    time_left.Begin(stage.name, begins);
    for (; at < begins + stage.seconds; at += kTick) {
      const double share = (at - begins) / stage.seconds;
      const auto left = time_left.Seconds(at, stage.counts ? std::optional(share) : std::nullopt);
      if (left) said.push_back({at, *left, whole - at});
    }
    begins += stage.seconds;
  }
  return said;
}

double LargestRise(const std::vector<Moment>& said) {
  double rise = 0;
  for (std::size_t i = 1; i < said.size(); ++i) {
    rise = std::max(rise, said[i].left - said[i - 1].left);
  }
  return rise;
}

const std::vector<PlannedStage> kPlan = {
    {"equal tensors", 1}, {"units", 6}, {"equal tensors", 1}, {"units", 6}, {"what became", 4}};

// The time of all is said long before the first of its parts ends, however fast the machine.
TEST(TimeLeft, OfAllIsSaidInTheFirstMoments) {
  for (const double pace : {0.5, 1.0, 5.0, 40.0}) {
    TimeLeft time_left;
    time_left.Plan(kPlan, 0);
    std::vector<Came> came;
    for (const PlannedStage& stage : kPlan) came.push_back({stage.name, stage.seconds * pace});
    const std::vector<Moment> said = Watch(time_left, came);
    ASSERT_FALSE(said.empty());
    EXPECT_LE(said.front().at, 1 + 2 * kTick);
    for (const Moment& one : said) {
      if (one.at < 0.25 * 18 * pace) continue;
      EXPECT_NEAR(one.left, one.truth, 0.25 * one.truth + 1.5) << pace << " at " << one.at;
    }
    EXPECT_LT(said.back().left, 1);
  }
}

// Of stages that take other shares of the time than was planned, those of the first pair say how
// long those of the second take; and what is said at a tick is near to what was said before.
TEST(TimeLeft, LearnsFromStagesOfTheSameNameAndDoesNotJump) {
  TimeLeft time_left;
  time_left.Plan(kPlan, 0);
  const std::vector<Moment> said = Watch(time_left, {{"equal tensors", 20},
                                                     {"units", 10, false},
                                                     {"equal tensors", 20},
                                                     {"units", 10, false},
                                                     {"what became", 16}});
  EXPECT_LT(LargestRise(said), 0.1 * 76);
  for (const Moment& one : said) {
    if (one.at < 33) continue;
    // One stage takes twenty times what was planned, others twice: what is unheard of yet is far
    // off.
    EXPECT_NEAR(one.left, one.truth, 0.45 * one.truth + 2) << one.at;
  }
}

TEST(TimeLeft, PassesOverWhatDoesNotCome) {
  TimeLeft time_left;
  time_left.Plan({{"units", 2}, {"another basis", 50}, {"what became", 2}}, 0);
  const std::vector<Moment> said = Watch(time_left, {{"units", 2}, {"what became", 12}});
  EXPECT_GT(said.front().left, 40);
  EXPECT_LT(LargestRise(said), 1);
  EXPECT_NEAR(said[said.size() - 20].left, 2, 1);
}

// A second look takes up stages again; what nobody planned takes time and says nothing.
TEST(TimeLeft, GoesBackToStagesThatComeAgain) {
  TimeLeft time_left;
  time_left.Plan({{"vision: units", 5}, {"vision: heads", 5}}, 0);
  const std::vector<Moment> said = Watch(time_left, {{"vision: units", 5},
                                                     {"vision: heads", 5},
                                                     {"unheard of", 2, false},
                                                     {"vision: look 2 of 3: units", 5},
                                                     {"vision: look 2 of 3: heads", 5}});
  const auto second = std::ranges::find_if(said, [](const Moment& one) { return one.at > 14.5; });
  EXPECT_NEAR(second->left, second->truth, 2);
  EXPECT_LT(said.back().left, 1);
}

TEST(TimeLeft, SaysNothingWithoutAPlan) {
  TimeLeft time_left;
  EXPECT_THAT(Watch(time_left, {{"units", 5}}), ::testing::IsEmpty());
  time_left.Plan({{"units", 5}}, 5);
  EXPECT_TRUE(time_left.Seconds(7, {}));
  time_left.Plan({}, 7);
  EXPECT_FALSE(time_left.Seconds(9, {}));
}

}  // namespace time_left_test
}  // namespace modelkin
