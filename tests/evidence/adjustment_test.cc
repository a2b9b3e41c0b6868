#include "evidence/adjustment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace modelkin {
namespace adjustment_test {

TestResult Result(TestId id, double log_p, double effect) {
  return {.key = {.id = id}, .log_p = log_p, .effect = effect};
}

TEST(AttachControl, TakesStrengthFromWhatControlsScoreToo) {
  std::vector<TestResult> tests = {Result(TestId::kResidualTrace, -50, 0.3),
                                   Result(TestId::kHeadTrace, -50, 0.9)};
  AttachControl({Result(TestId::kResidualTrace, -1, 0.1), Result(TestId::kHeadTrace, -1, 0.1)},
                tests);
  AdjustTests(tests);
  EXPECT_TRUE(tests[0].strong);
  AttachControl({Result(TestId::kResidualTrace, -40, 0.3), Result(TestId::kHeadTrace, -1, 0.5)},
                tests);
  AdjustTests(tests);
  EXPECT_FALSE(tests[0].strong);
  EXPECT_TRUE(tests[1].strong);
  EXPECT_THAT(tests[0].control_effects, ::testing::ElementsAre(0.1, 0.3));
}

TEST(AttachControl, OfWhichATestWasNotRunSaysNothing) {
  std::vector<TestResult> tests = {Result(TestId::kHeadTrace, -50, 0.3)};
  TestResult skipped = Result(TestId::kHeadTrace, 0, 1);
  skipped.skipped = SkipReason::kTooFewUnits;
  AttachControl({skipped}, tests);
  AdjustTests(tests);
  EXPECT_TRUE(tests[0].strong);
  EXPECT_TRUE(tests[0].control_effects.empty());
}

// Controls may have other tests, in another order, and in the other basis.
TEST(AttachControl, GoesByWhichTestItIs) {
  std::vector<TestResult> tests = {Result(TestId::kHiddenOrder, -50, 0.3),
                                   Result(TestId::kHeadTrace, -50, 0.3)};
  tests.push_back(tests[0]);
  tests[2].key.basis = ResidualBasis::kFitted;
  TestResult fitted = Result(TestId::kHiddenOrder, -1, 0.2);
  fitted.key.basis = ResidualBasis::kFitted;
  AttachControl({Result(TestId::kUnitOrder, -1, 0.9), fitted, Result(TestId::kHeadTrace, -1, 0.1)},
                tests);
  EXPECT_THAT(tests[0].control_effects, ::testing::IsEmpty());
  EXPECT_THAT(tests[1].control_effects, ::testing::ElementsAre(0.1));
  EXPECT_THAT(tests[2].control_effects, ::testing::ElementsAre(0.2));
}

TEST(AdjustTests, SpendsAnEqualPartOfTheLevelOnEachLook) {
  std::vector<TestResult> once = {Result(TestId::kResidualTrace, -16, 0.3),
                                  Result(TestId::kHeadTrace, -1, 0.1)};
  std::vector<TestResult> thrice = once;
  AdjustTests(once);
  AdjustTests(thrice, 3);
  EXPECT_DOUBLE_EQ(once[0].log_p_adjusted, -16 + std::log(2));
  EXPECT_DOUBLE_EQ(thrice[0].log_p_adjusted, -16 + std::log(2) + std::log(3));
  EXPECT_EQ(thrice[1].log_p_adjusted, 0);
  EXPECT_TRUE(once[0].strong);
  EXPECT_TRUE(thrice[0].strong);
  thrice[0].log_p = -15;
  AdjustTests(thrice, 3);
  EXPECT_FALSE(thrice[0].strong);
}

TEST(AdjustTests, CountsWhatOtherCausesCanBreakBesideAWitnessAlone) {
  std::vector<TestResult> tests = {Result(TestId::kResidualTables, -50, 9),
                                   Result(TestId::kHeadTrace, -1, 0.3)};
  AdjustTests(tests);
  EXPECT_FALSE(tests[0].strong);
  tests[1].log_p = kWitnessLogP - 1;  // after Bonferroni's correction for two tests below 1e-3
  AdjustTests(tests);
  EXPECT_TRUE(tests[0].strong);
  EXPECT_FALSE(tests[1].strong);
}

TEST(AdjustTests, RowsThatAreNearlyTheSameNeedNoWitness) {
  for (const double cosine : {0.89, 0.91}) {
    std::vector<TestResult> tests = {Result(TestId::kUndertrainedTokens, -50, cosine)};
    AdjustTests(tests);
    EXPECT_EQ(tests[0].strong, cosine > 0.9);
  }
}

}  // namespace adjustment_test
}  // namespace modelkin
