// What follows from findings that are put together by hand.
#include "evidence/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "evidence/adjustment.h"
#include "evidence/lineage_tests.h"

namespace modelkin {
namespace judge_test {

using enum VerdictCategory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ModelParts NoParts() { return {.checkpoint = Checkpoint("", {}, {}, {})}; }
PairAnalysis NoFindings() { return {.a = NoParts(), .b = NoParts()}; }

TestResult Result(bool strong, double effect = 0.5) {
  TestResult test;
  test.log_p = test.log_p_adjusted = strong ? -50 : -1;
  test.effect = effect;
  test.strong = strong;
  return test;
}

UnitRelations Relations(double ratio, double cosine) {
  return {.units = 100,
          .cosine = cosine,
          .ratio_a = ratio,
          .ratio_b = ratio,
          .structure_a = 2,
          .structure_b = 2};
}

// An MLP of B; one that is linked has 100 units of which all agree.
void AddMlp(PairAnalysis& pair, std::uint64_t width, bool linked, double ratio = 1,
            double cosine = 0.8) {
  MlpMatch match{.b = pair.b.mlps.size(), .units_a = 100, .units_b = 100, .expected = 1};
  if (linked) {
    match.agreed = 100;
    match.first_relations = match.second_relations = Relations(ratio, cosine);
  }
  pair.b.mlps.push_back({.width = width});
  pair.mlps.push_back(std::move(match));
}

PairAnalysis WithMlp(double ratio, double cosine) {
  PairAnalysis pair = NoFindings();
  AddMlp(pair, 10, true, ratio, cosine);
  return pair;
}

void SetLayers(PairAnalysis& pair, std::size_t layers, std::size_t linked) {
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    pair.layer_map.layers_a.push_back(layer);
    pair.layer_map.layers_b.push_back(layer);
    pair.layer_map.source.push_back(layer < linked ? std::optional<std::size_t>(layer)
                                                   : std::nullopt);
  }
}

void SetTensors(PairAnalysis& pair, std::size_t tensors, std::size_t clear, double others) {
  for (std::size_t i = 0; i < tensors; ++i) {
    pair.residual.tensors.push_back({.z = i < clear ? 40 : others});
  }
}

TEST(Judge, IdenticalModelsNeedNoTest) {
  PairAnalysis pair = NoFindings();
  pair.copies.all_identical = true;
  EXPECT_EQ(Judge(pair, nullptr, {}).category, kIdentical);
  EXPECT_EQ(Judge(pair, nullptr, {Result(true)}).category, kIdentical);
}

TEST(Judge, ModelWhoseTensorsAreAllInAIsDerivedIfSomeWereLearned) {
  PairAnalysis pair = NoFindings();
  pair.copies.all_of_b = true;
  EXPECT_EQ(Judge(pair, nullptr, {Result(false)}).category, kNoEvidence);
  pair.copies.learned = 1;
  const Verdict verdict = Judge(pair, nullptr, {Result(false)});
  EXPECT_EQ(verdict.category, kDerived);
  EXPECT_FALSE(verdict.strongest);
}

TEST(Judge, WithoutStrongEvidenceThereIsNone) {
  PairAnalysis pair = WithMlp(1, 0.8);
  SetLayers(pair, 4, 4);
  const Verdict verdict = Judge(pair, nullptr, {Result(false), Result(false)});
  EXPECT_EQ(verdict.category, kNoEvidence);
  EXPECT_FALSE(verdict.shared);
}

TEST(Judge, WithoutATestNothingIsComparable) {
  TestResult skipped;
  skipped.skipped = SkipReason::kNoResidualAxis;
  const Verdict verdict = Judge(NoFindings(), nullptr, {skipped, skipped});
  EXPECT_EQ(verdict.category, kNotComparable);
  EXPECT_EQ(Judge(NoFindings(), nullptr, {}).category, kNotComparable);
  EXPECT_EQ(Judge(NoFindings(), nullptr, {skipped, Result(false)}).category, kNoEvidence);
}

TEST(Judge, ThreeQuartersOfTheParametersMakeItDerived) {
  for (const std::uint64_t linked : {74, 75}) {
    PairAnalysis pair = NoFindings();
    AddMlp(pair, linked, true);
    AddMlp(pair, 100 - linked, false);
    const Verdict verdict = Judge(pair, nullptr, {Result(true)});
    EXPECT_DOUBLE_EQ(*verdict.shares.mlp_parameters, static_cast<double>(linked) / 100);
    EXPECT_EQ(verdict.category, linked == 75 ? kDerived : kSharesMaterial);
    EXPECT_EQ(verdict.shared == SharedMaterial::kPartOfTheModel, linked == 74);
  }
}

TEST(Judge, LayersCountBesideMlps) {
  for (const std::size_t linked : {2, 3}) {
    PairAnalysis pair = WithMlp(1, 0.8);
    SetLayers(pair, 4, linked);
    EXPECT_EQ(Judge(pair, nullptr, {Result(true)}).category,
              linked == 3 ? kDerived : kSharesMaterial);
  }
}

TEST(Judge, UnitsWithoutWhatTheyLearnedAreACommonStart) {
  const Verdict verdict = Judge(WithMlp(0.7, 0.5), nullptr, {Result(true)});
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
  EXPECT_EQ(Judge(WithMlp(kLearnedRatio, 0.5), nullptr, {Result(true)}).category, kDerived);
  EXPECT_EQ(Judge(WithMlp(0.7, kNearCopy), nullptr, {Result(true)}).category, kDerived);
}

// Without a doubt that what was retained is all of it, with these relations and this cosine.
PairAnalysis Retaining(double ratio, double cosine, double shared) {
  PairAnalysis pair = WithMlp(ratio, cosine);
  for (auto* const relations : {&pair.mlps[0].first_relations, &pair.mlps[0].second_relations}) {
    (*relations)->retained_a = (*relations)->retained_b =
        RetainedSpread{.shared = shared, .own = 1, .shared_variance = 1e-6};
  }
  return pair;
}

TEST(Judge, RelationsAndWhatWasRetainedAreBothAsked) {
  const auto category = [](const PairAnalysis& pair) {
    return Judge(pair, nullptr, {Result(true)}).category;
  };
  EXPECT_EQ(category(Retaining(0.95, 0.5, 1.8)), kDerived);
  EXPECT_EQ(category(Retaining(0.94, 0.5, 1.8)), kSharesMaterial);
  EXPECT_EQ(category(Retaining(0.95, 0.5, 0.5)), kSharesMaterial);
  // Nearly a copy, of what may be yet to learn.
  EXPECT_EQ(category(Retaining(0.5, 0.949, 0.5)), kSharesMaterial);
  EXPECT_EQ(category(Retaining(0.5, kNearCopy, 0.5)), kDerived);
}

TEST(Judge, WhatWasRetainedHasToBeBeyondDoubt) {
  for (const double cosine : {0.5, 0.94}) {
    for (const double error : {0.0166, 0.0167}) {
      PairAnalysis pair = WithMlp(1, cosine);
      for (auto* const relations :
           {&pair.mlps[0].first_relations, &pair.mlps[0].second_relations}) {
        (*relations)->retained_a =
            RetainedSpread{.shared = 1, .own = 1, .shared_variance = 2 * error * error};
        (*relations)->retained_b = RetainedSpread{.shared = 0.5, .own = 1, .shared_variance = 1e-6};
      }
      const Verdict verdict = Judge(pair, nullptr, {Result(true)});
      EXPECT_EQ(verdict.category, error < 0.05 / 3 ? kDerived : kSharesMaterial);
      EXPECT_DOUBLE_EQ(*verdict.shares.retained, 1);
      EXPECT_NEAR(*verdict.shares.retained_error, error, 1e-12);
      EXPECT_NEAR(*verdict.shares.retained_deviations, 0.05 / error, 1e-9);
      if (verdict.category == kDerived) continue;
      EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
    }
  }
}

TEST(Judge, GoesByTheMiddleOfThreeMlps) {
  PairAnalysis pair = NoFindings();
  for (const double ratio : {0.99, 0.2, 0.6}) AddMlp(pair, 10, true, ratio, ratio);
  AddMlp(pair, 1, false);
  const Verdict verdict = Judge(pair, nullptr, {Result(true)});
  EXPECT_EQ(verdict.shares.learned_ratio, 0.6);
  EXPECT_DOUBLE_EQ(*verdict.shares.unit_cosine, 0.6);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
}

TEST(Judge, SkippedMlpsCountForNothing) {
  PairAnalysis pair = WithMlp(1, 0.8);
  AddMlp(pair, 1000, false);
  pair.mlps.back().skipped = "weights that are not finite";
  const Verdict verdict = Judge(pair, nullptr, {Result(true)});
  EXPECT_EQ(verdict.shares.mlps, 1U);
  EXPECT_EQ(verdict.shares.mlp_parameters, 1);
  EXPECT_EQ(verdict.category, kDerived);
}

// The same agreement is a link in a model of one MLP, but not in one of a thousand.
TEST(Judge, LinksAreCorrectedForTheNumberOfMlps) {
  for (const std::size_t mlps : {1, 1000}) {
    PairAnalysis pair = NoFindings();
    for (std::size_t i = 0; i < mlps; ++i) AddMlp(pair, 10, false);
    pair.mlps[0].agreed = 13;
    const double log_p = pair.mlps[0].log_p_linked();
    ASSERT_LT(log_p, kStrongLogP);
    ASSERT_GT(log_p + std::log(1000), kStrongLogP);
    EXPECT_EQ(Judge(pair, nullptr, {}).shares.mlps_linked, mlps == 1 ? 1U : 0U);
  }
}

TEST(Judge, CopiesAloneAreCopiedTensors) {
  PairAnalysis pair = NoFindings();
  AddMlp(pair, 10, false);
  SetTensors(pair, 20, 3, -0.4);
  pair.copies.learned = 3;
  const Verdict verdict = Judge(pair, nullptr, {Result(false)});
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCopiedTensors);
  ASSERT_EQ(verdict.evidence.size(), 1U);
  EXPECT_EQ(verdict.evidence[0].kind, EvidenceKind::kCopiedTensors);
  EXPECT_EQ(verdict.evidence[0].count, 3U);
}

// A little in all tensors, or much in few.
TEST(Judge, WhatIsSpreadOverAllTensorsIsACommonStart) {
  for (const double others : {2.0, -0.4}) {
    PairAnalysis pair = NoFindings();
    AddMlp(pair, 10, false);
    SetTensors(pair, 20, 3, others);
    const Verdict verdict = Judge(pair, nullptr, {Result(true)});
    EXPECT_EQ(verdict.category, kSharesMaterial);
    EXPECT_EQ(verdict.shared,
              others > 0 ? SharedMaterial::kCommonInitialisation : SharedMaterial::kPartOfTheModel);
  }
}

TEST(Judge, ResidualCoordinatesAreAskedWhereThereAreNoMlps) {
  for (const double ratio : {0.7, 1.0}) {
    PairAnalysis pair = NoFindings();
    SetTensors(pair, 4, 3, 1);
    pair.residual_relations = {Relations(ratio, 0.5)};
    const Verdict verdict = Judge(pair, nullptr, {Result(true)});
    EXPECT_EQ(verdict.shares.tensor_share, 0.75);
    EXPECT_EQ(verdict.category, ratio < 1 ? kSharesMaterial : kDerived);
    EXPECT_EQ(verdict.shared == SharedMaterial::kCommonInitialisation, ratio < 1);
  }
}

TEST(Judge, TensorsOfUnknownLayoutAreLinkedByUnitsInPlace) {
  PairAnalysis pair = NoFindings();
  pair.orders = {{.units = 100, .in_place = 50, .log_p = -100},
                 {.units = 100, .in_place = 100, .log_p = -300},
                 {.units = 100, .in_place = 49, .log_p = -100},
                 {.units = 2, .in_place = 2, .log_p = -1}};
  const Verdict verdict = Judge(pair, nullptr, {Result(true)});
  EXPECT_EQ(verdict.shares.tensor_share, 0.5);
  EXPECT_EQ(verdict.shared, SharedMaterial::kPartOfTheModel);
  pair.orders.resize(2);
  EXPECT_EQ(Judge(pair, nullptr, {Result(true)}).category, kDerived);
}

TEST(Judge, ControlWithAsGreatAnEffectTakesTheEvidenceAway) {
  for (const double effect : {0.4, 0.5, 0.6}) {
    std::vector<TestResult> tests = {Result(true, 0.5)};
    AttachControl({Result(false, effect)}, tests);
    AdjustTests(tests);
    const Verdict verdict = Judge(WithMlp(1, 0.8), nullptr, tests);
    EXPECT_EQ(verdict.category, effect < 0.5 ? kDerived : kNoEvidence) << effect;
    EXPECT_THAT(tests[0].control_effects, ElementsAre(effect));
  }
}

std::vector<TestResult> Tested(const PairAnalysis& pair) {
  std::vector<TestResult> tests = EvaluateTests({.pair = &pair});
  AdjustTests(tests);
  return tests;
}

// Just strong enough for one test is not enough for two.
TEST(LineageTestsByHand, StrengthIsCorrectedForTheNumberOfTests) {
  PairAnalysis pair = NoFindings();
  pair.residual.units = 100;
  pair.residual.weights.moments = TraceMoments{.units = 100, .trace = 9, .mean = 0, .variance = 1};
  pair.residual.weights.tail.log_p = kStrongLogP - 0.1;
  pair.residual.tables.skipped = SkipReason::kNoTablesVary;
  pair.heads.skipped = SkipReason::kUnknownHeads;
  EXPECT_TRUE(Tested(pair)[0].strong);
  pair.heads.skipped = {};
  const TestResult corrected = Tested(pair)[0];
  EXPECT_FALSE(corrected.strong);
  EXPECT_DOUBLE_EQ(corrected.log_p_adjusted, kStrongLogP - 0.1 + std::log(2));
  EXPECT_EQ(corrected.effect, 9);
}

TEST(LineageTestsByHand, SmallEffectsAreNotStrong) {
  for (const std::uint64_t agreed : {49, 50}) {
    PairAnalysis pair = NoFindings();
    pair.residual.skipped = pair.heads.skipped = SkipReason::kNoResidualAxis;
    pair.experts = {.experts = 1000, .agreed = agreed, .expected = 1};
    const std::vector<TestResult> tests = Tested(pair);
    EXPECT_LT(tests[6].log_p_adjusted, kStrongLogP);
    EXPECT_EQ(tests[6].key.id, TestId::kExpertMatching);
    EXPECT_EQ(tests[6].strong, agreed == 50);
    EXPECT_EQ(tests[6].effect_by_chance, 0.001);
  }
}

TEST(Judge, NamesOfCategories) {
  EXPECT_EQ(VerdictName(kIdentical), "identical");
  EXPECT_EQ(VerdictName(kDerived), "derived");
  EXPECT_EQ(VerdictName(kSharesMaterial), "shares_material");
  EXPECT_EQ(VerdictName(kNoEvidence), "no_evidence");
  EXPECT_EQ(VerdictName(kNotComparable), "not_comparable");
}

}  // namespace judge_test
}  // namespace modelkin
