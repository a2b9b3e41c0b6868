#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wording/answer_cards.h"
#include "wording/difference.h"
#include "wording/evidence_rows.h"
#include "wording/headline.h"

namespace modelkin {
namespace answer_parts_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TestResult Ran(TestId id, double effect, std::vector<double> controls = {}) {
  return {.key = {.id = id, .basis = ResidualBasis::kAsStored},
          .skipped = {},
          .log_p_adjusted = -100,
          .effect = effect,
          .control_effects = std::move(controls),
          .strong = true};
}

TEST(EvidenceRows, ShowSharesAndLikenessesBesideUnrelatedModels) {
  TestResult skipped = Ran(TestId::kHeadTrace, 0.5);
  skipped.skipped = SkipReason::kUnknownHeads;
  const auto rows =
      EvidenceRows({Ran(TestId::kResidualTrace, 71.9), Ran(TestId::kHiddenOrder, 1, {0.01, 0.09}),
                    skipped, Ran(TestId::kUndertrainedTokens, -0.25, {-0.1, -0.1})},
                   ResidualBasis::kAsStored, Language::kEnglish);
  ASSERT_EQ(rows.size(), 2U);  // a z has no largest value, and what was not run no effect
  EXPECT_EQ(rows[0].label, "neurons in the same place");
  EXPECT_EQ(rows[0].value, "100 %");
  EXPECT_EQ(rows[0].position, 1);
  EXPECT_EQ(rows[0].reference_value, "1 % to 9 %");
  ASSERT_TRUE(rows[0].reference);
  EXPECT_EQ(rows[0].reference->high, 0.09);
  EXPECT_EQ(rows[1].value, "-0.250");
  EXPECT_EQ(rows[1].position, 0);  // nothing in common, in whichever direction
  EXPECT_EQ(rows[1].reference_value, "-0.100");
}

TEST(EvidenceRows, SayWhatChanceGivesWhereNoUnrelatedModelIsThere) {
  TestResult alone = Ran(TestId::kHiddenOrder, 0.5), beside = Ran(TestId::kHeadTrace, 0.5, {0.1}),
             fitted = Ran(TestId::kGateUpAgreement, 0.5), without = Ran(TestId::kUnitOrder, 0.5);
  alone.effect_by_chance = beside.effect_by_chance = fitted.effect_by_chance = 0.004;
  fitted.key.basis = ResidualBasis::kFitted;  // where strangers have more than chance gives
  const auto rows =
      EvidenceRows({alone, beside, fitted, without}, ResidualBasis::kFitted, Language::kEnglish);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_FALSE(rows[0].chance);
  EXPECT_EQ(rows[1].chance, 0.004);
  EXPECT_EQ(rows[1].chance_value, "0.4 %");
  EXPECT_FALSE(rows[2].chance);
  EXPECT_FALSE(rows[3].chance);
}

TEST(EvidenceRows, AreThoseOfTheBasisThatTheVerdictIsAbout) {
  TestResult fitted = Ran(TestId::kHiddenOrder, 0.8);
  fitted.key.basis = ResidualBasis::kFitted;
  const auto rows =
      EvidenceRows({Ran(TestId::kHiddenOrder, 0.01), fitted, Ran(TestId::kHeadTrace, 0.3)},
                   ResidualBasis::kFitted, Language::kKorean);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].position, 0.8);
  EXPECT_EQ(rows[1].position, 0.3);  // not run in the fitted basis
}

TensorHeritage Changed(HeritageClass heritage, double squares, double change_squares) {
  TensorHeritage tensor;
  tensor.heritage = heritage;
  ElementChanges changes;
  changes.compared = 10;
  changes.squares_a = squares;
  changes.change_squares = change_squares;
  tensor.changes = changes;
  return tensor;
}

TEST(DifferenceText, SaysHowManyChangedAndByHowMuch) {
  const Relation relation{.kinds = {{.kind = DerivationKind::kFineTuned}}};
  const std::vector<TensorHeritage> heritage = {
      Changed(HeritageClass::kDrifted, 100, 1),   Changed(HeritageClass::kDrifted, 100, 4),
      Changed(HeritageClass::kDrifted, 100, 9),   Changed(HeritageClass::kIdentical, 100, 0),
      Changed(HeritageClass::kUndecided, 100, 0), Changed(HeritageClass::kAdded, 0, 0)};
  EXPECT_EQ(DifferenceText(relation, heritage, {}),
            "Fine-tuned: 3 of 5 judged tensors changed, by 20 % of their size (median); 1 new or "
            "unrelated.");
  EXPECT_EQ(DifferenceLine(relation, heritage, {}),
            "Fine-tuned: 3 of 5 judged tensors changed, typically by 20 %; 1 new or unrelated.");
  EXPECT_EQ(
      DifferenceText(
          {}, {Changed(HeritageClass::kIdentical, 1, 0), Changed(HeritageClass::kAdded, 0, 0)}, {}),
      "1 of 2 tensors are the same; 1 new or unrelated.");
  EXPECT_EQ(DifferenceText({}, {}, {}), "In no way that has a name.");
  EXPECT_EQ(DifferenceText(Relation{.kinds = {{.kind = DerivationKind::kCopy}}},
                           {Changed(HeritageClass::kIdentical, 1, 0)}, {}),
            "Copied: all 1 tensors have the same values.");
}

TEST(FirstText, ClaimsAnOrderOnlyWhereAFactDoes) {
  const Speech speech{.a = "base", .b = "tuned"};
  EXPECT_EQ(FirstText(Direction::kAToB, {}, speech), "base came first.");
  EXPECT_EQ(FirstTitle(Direction::kAToB, speech), "Which came first");
  const std::vector<DirectionSign> sign = {
      {.kind = SignKind::kDecayedRows, .direction = Direction::kBToA}};
  EXPECT_EQ(FirstText(Direction::kUnknown, sign, speech),
            "One sign points to tuned (right in 37 of 39 test cases).");
  EXPECT_THAT(FirstLine(Direction::kUnknown, sign, speech), HasSubstr("Not proven. One sign"));
  EXPECT_THAT(FirstTitle(Direction::kUnknown, speech), HasSubstr("Not proven"));
  const std::vector<DirectionSign> both = {
      sign[0], {.kind = SignKind::kCast, .direction = Direction::kAToB}};
  EXPECT_EQ(FirstText(Direction::kUnknown, both, speech), "Signs contradict each other.");
}

// Each look in both languages: names where they belong, no order that nobody has shown, and under
// what was found no word of independence that belongs to nothing found.
TEST(Headline, ClaimsNoMoreThanWasFound) {
  const std::vector<TestResult> tests = {Ran(TestId::kHiddenOrder, 1)};
  const std::optional<PowerStatement> power = PowerStatement{.residual_trace = 0.009, .tensors = 3};
  for (const Language language : kLanguages) {
    const Speech speech{.language = language, .a = "glm-a", .b = "glm-b", .plain = true};
    for (int i = 0; i <= static_cast<int>(Look::kUntestable); ++i) {
      Verdict verdict;
      const Found found{.look = static_cast<Look>(i),
                        .shared = {},
                        .verdict = verdict,
                        .tests = tests,
                        .power = power};
      const std::string headline = Headline(found, speech), quote = Quote(found, speech);
      EXPECT_THAT(headline, HasSubstr("glm-b"));
      EXPECT_THAT(quote, AllOf(HasSubstr("glm-a"), HasSubstr("glm-b")));
      EXPECT_THAT(Lead(found, speech), Not(IsEmpty()));
      EXPECT_EQ(AnswerCards(found, speech).back().tone, CardTone::kQuiet);
      if (language == Language::kEnglish) {
        EXPECT_EQ(headline.find("first"), std::string::npos);
        EXPECT_EQ(quote.find("made from"), std::string::npos);
        const bool speaks_of_independence =
            AnswerCards(found, speech).back().text.find("independent") != std::string::npos;
        EXPECT_EQ(speaks_of_independence, found.look == Look::kNotFound);
      }
    }
  }
}

// What units learned: how much of it the other has, and by how many errors that exceeds the limit.
LinkedShares Retained(double retained, double deviations, double learned_ratio) {
  return {.learned_ratio = learned_ratio,
          .unit_cosine = 0.5,
          .retained = retained,
          .retained_error = 0.1,
          .retained_deviations = deviations};
}

// A starting point in common is said to be all only where units show it.
TEST(Headline, OfACommonStartSaysWhereADerivationIsNotRuledOut) {
  const std::vector<TestResult> tests;
  const std::optional<PowerStatement> power;
  Verdict verdict;
  const Found found{
      .look = Look::kStart, .shared = {}, .verdict = verdict, .tests = tests, .power = power};
  LinkedShares unseen = Retained(0, 0, 1);
  unseen.retained = unseen.retained_error = std::nullopt;
  for (const LinkedShares& undecided :
       {Retained(0.9, -0.5, 1), Retained(1.2, 8, 0.9), Retained(0.97, 2.9, 1), unseen}) {
    verdict.shares = undecided;
    EXPECT_EQ(Pill(found, {}), "Same starting point at least");
    EXPECT_EQ(Headline(found, {}),
              "A and B share a starting point; whether one is built on the other can't be told.");
    EXPECT_THAT(Lead(found, {}), HasSubstr("so can a model that was built on the other"));
    EXPECT_THAT(Quote(found, {}), HasSubstr("could not be told"));
    EXPECT_THAT(HowSure(found, {}), HasSubstr("That they have a start in common: strong"));
    EXPECT_THAT(AnswerCards(found, {}).front().text, HasSubstr("not enough to tell"));
  }
  for (const LinkedShares& decided : {Retained(0.4, -5, 0.8), LinkedShares{.learned_ratio = 0.2}}) {
    verdict.shares = decided;
    EXPECT_EQ(Pill(found, {}), "Same starting point only");
    EXPECT_THAT(Headline(found, {}), HasSubstr("nothing shows that one took over"));
    EXPECT_EQ(Quote(found, {}).find("could not be told"), std::string::npos);
  }
}

TEST(HowSure, SaysWhatWasSimulatedWhereNothingWasFound) {
  const std::vector<TestResult> tests;
  const std::optional<PowerStatement> power = PowerStatement{.residual_trace = 0.009, .tensors = 3};
  const Verdict verdict;
  const Found found{
      .look = Look::kNotFound, .shared = {}, .verdict = verdict, .tests = tests, .power = power};
  EXPECT_THAT(
      HowSure(found, {}),
      HasSubstr("A blend of all weights, 0.9 % or more of them A's, would have been found"));
}

TEST(HowSure, SaysOfEachComponentWhatWouldHaveBeenFoundAndWhatWasNotRead) {
  const std::vector<TestResult> tests;
  const std::optional<PowerStatement> power = PowerStatement{.residual_trace = 0.009, .tensors = 3};
  const Verdict verdict;
  const Found found{.look = Look::kNotFound,
                    .shared = {},
                    .components = {{.kind = Component::kText, .power = power},
                                   {.kind = Component::kVision,
                                    .power = PowerStatement{.residual_trace = 0.2, .tensors = 3},
                                    .unread = {{.of_b = true, .packed = 0.5}}}},
                    .verdict = verdict,
                    .tests = tests,
                    .power = power};
  EXPECT_THAT(HowSure(found, {}), AllOf(HasSubstr("Text model: A blend of all weights, 0.9 %"),
                                        HasSubstr("Image encoder: In what was read, a blend of "
                                                  "all weights, 20 %")));
  EXPECT_THAT(Lead(found, {}),
              HasSubstr("Not all was read: image encoder: of B's parameters 50.0%"));
  EXPECT_EQ(Headline(found, {}), "Nothing that was read of A and B shows them to be related.");
  EXPECT_THAT(Quote(found, {}), HasSubstr("clears neither"));
}

TEST(HowSure, CitesTheCalibrationOfTextModelsForThemAlone) {
  const std::vector<TestResult> tests = {Ran(TestId::kHiddenOrder, 1)};
  const std::optional<PowerStatement> power;
  const Verdict verdict;
  Found found{
      .look = Look::kRelated, .shared = {}, .verdict = verdict, .tests = tests, .power = power};
  EXPECT_EQ(HowSure(found, {}),
            "Strong evidence in the one test that could be run. Calibration: 0 of 1,045 unrelated "
            "pairs of "
            "small text models accused.");
  found.component = Component::kVision;
  EXPECT_EQ(HowSure(found, {}), "Strong evidence in the one test that could be run.");
}

}  // namespace answer_parts_test
}  // namespace modelkin
