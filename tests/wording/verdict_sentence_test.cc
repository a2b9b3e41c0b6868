#include "wording/verdict_sentence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wording/evidence_sentences.h"

namespace modelkin {
namespace verdict_sentence_test {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ModelParts NoParts() { return {.checkpoint = Checkpoint("", {}, {}, {})}; }
Trace NoTrace() { return {.pair = {.a = NoParts(), .b = NoParts()}}; }

TestResult StrongTest(ResidualBasis basis) {
  return {.key = {.id = TestId::kGateUpAgreement, .basis = basis},
          .log_p_is_bound = true,
          .log_p_adjusted = -100,
          .effect = 0.5,
          .least_effect = 0.25,
          .strong = true};
}

TEST(VerdictSentence, OfADerivationNamesTheStrongestTest) {
  Trace trace = NoTrace();
  trace.verdict.category = VerdictCategory::kDerived;
  EXPECT_THAT(VerdictSentence(trace),
              HasSubstr("every tensor of B is stored with the same bytes in A"));
  trace.tests = {StrongTest(ResidualBasis::kAsStored)};
  trace.verdict.strongest = trace.tests[0].key;
  EXPECT_THAT(VerdictSentence(trace),
              EndsWith("independent initialisation is rejected (p < 10^-43)."));
  trace.tests = {StrongTest(ResidualBasis::kFitted)};
  trace.verdict.strongest = trace.tests[0].key;
  EXPECT_THAT(VerdictSentence(trace),
              EndsWith("rejected (gate_up_agreement_in_fitted_basis: agreement share 0.5, strong "
                       "from 0.25 on)."));
}

TEST(VerdictSentence, SaysWhyNothingIsComparable) {
  Trace trace = NoTrace();
  EXPECT_EQ(VerdictSentence(trace), "A and B can't be compared: no test could be run.");
  trace.tests.resize(2);
  trace.tests[1].skipped = {SkipReason::kWidthsDiffer, 576, 640};
  EXPECT_EQ(VerdictSentence(trace),
            "A and B can't be compared: residual widths differ: 576 and 640.");
  EXPECT_EQ(VerdictSentence(trace, {.language = Language::kKorean}),
            "A와(과) B는 비교할 수 없습니다: 잔차 폭이 서로 다름: 576, 640.");
}

// A common start in which a derivation may hide is not said to be all.
TEST(VerdictSentence, OfACommonStartSaysWhereADerivationIsNotRuledOut) {
  Trace trace = NoTrace();
  trace.verdict.category = VerdictCategory::kSharesMaterial;
  trace.verdict.shared = SharedMaterial::kCommonInitialisation;
  trace.verdict.shares = {.learned_ratio = 1,
                          .unit_cosine = 0.5,
                          .retained = 0.9,
                          .retained_error = 0.1,
                          .retained_deviations = -0.5};
  EXPECT_THAT(VerdictSentence(trace), EndsWith("whether one is built on the other can't be told."));
  trace.verdict.shares.retained_deviations = -9;
  EXPECT_THAT(VerdictSentence(trace), EndsWith("nothing learned is shown to be shared."));
}

TEST(VerdictSentence, WithoutEvidenceSaysWhatWouldHaveBeenFound) {
  Trace trace = NoTrace();
  trace.verdict.category = VerdictCategory::kNoEvidence;
  // Only tests that no simulation is of: they may find a copy.
  trace.power = PowerStatement{};
  EXPECT_EQ(VerdictSentence(trace),
            "No evidence that B is built on A, or A on B. What the tests that these shapes allow "
            "would have found was not simulated.");
  trace.power->tensors = 3;
  EXPECT_EQ(VerdictSentence(trace),
            "No evidence that B is built on A, or A on B. On these shapes not even a copy would "
            "have been found.");
  trace.power->gate_up_fitted = 0.5;
  EXPECT_THAT(VerdictSentence(trace), HasSubstr("B as a mixture with 50.0% of A's weights or "
                                                "more, if the residual coordinates that both"));
  trace.power->residual_trace = 0.012;
  trace.power->gate_up = 0.25;
  EXPECT_THAT(VerdictSentence(trace),
              HasSubstr("Simulated, and found with probability 0.9: B as a plain mixture with 1.2% "
                        "of A's weights or more; with hidden units renumbered, 25.0%; with "
                        "residual coordinates renumbered as well, 50.0% if these are found."));
  trace.verdict.unread = {{.of_b = true, .packed = 0.901, .incomplete = true}};
  EXPECT_THAT(VerdictSentence(trace),
              StartsWith("Nothing that was read is evidence that B is built on A, or A on B; but "
                         "of B's parameters 90.1% are packed and were not read, and files or "
                         "tensors of B are missing: that clears neither. Of what was read alone: "
                         "Simulated, and found with probability 0.9: B as a plain mixture with"));
}

// What is said of what was retained is what the verdict makes of it.
TEST(EvidenceTexts, SayOfWhatWasRetainedWhatItCountsFor) {
  Trace trace = NoTrace();
  trace.verdict.evidence = {{.kind = EvidenceKind::kRelations, .value = 1.06}};
  LinkedShares& shares = trace.verdict.shares;
  shares = {.learned_ratio = 0.97,
            .unit_cosine = 0.7,
            .retained = 1.06,
            .retained_error = 0.03,
            .retained_deviations = 3.7};
  const auto text = [&] { return EvidenceTexts(trace).front(); };
  EXPECT_THAT(text(), HasSubstr("1.06 ± 0.03 times as much as of the units: 1 where one model"));
  shares.learned_ratio = 0.92;
  EXPECT_THAT(text(), HasSubstr("but relations between units only 0.92 times"));
  shares.retained_deviations = -55;
  EXPECT_THAT(text(), HasSubstr("both only started alike"));
  shares.unit_cosine = 0.982;
  EXPECT_EQ(text(), "units so nearly the same need not be seen to have learned");
}

TEST(EvidenceTexts, AreOneForEachPiece) {
  Trace trace = NoTrace();
  trace.tests = {StrongTest(ResidualBasis::kAsStored)};
  trace.tests[0].control_effects = {0.01, 0.02};
  trace.verdict.evidence = {{.kind = EvidenceKind::kStrongTest, .test = trace.tests[0].key},
                            {.kind = EvidenceKind::kUnitCosine, .value = 0.9999},
                            {.kind = EvidenceKind::kLinkedLayers, .count = 3, .all = 4},
                            {.kind = EvidenceKind::kDroppedLayers, .layers = {1, 2}},
                            {.kind = EvidenceKind::kCopiedTensors, .count = 1}};
  EXPECT_THAT(EvidenceTexts(trace),
              ElementsAre("gate_up_agreement: p < 10^-43 after correction, agreement share 0.5 "
                          "(controls: at most 0.02)",
                          "units and their like have a mean cosine of >0.999",
                          "attention and norms of 3 of B's 4 layers go back to A's",
                          "layers of A not in B: 1, 2",
                          "1 tensor of learned values stored with the same bytes in both"));
}

TEST(LimitTexts, NameTheFirstFewTensorsThatAreNotFinite) {
  Trace trace = NoTrace();
  trace.verdict.limits = {{.kind = LimitKind::kRetraining}, {.kind = LimitKind::kNonFinite}};
  for (int i = 0; i < 9; ++i) trace.pair.non_finite_b.push_back({.tensor = "x", .nan = 2});
  const auto texts = LimitTexts(trace);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0], "Complete retraining leaves nothing to find.");
  EXPECT_THAT(texts[1], HasSubstr("left out: x of B (2 NaN, 0 infinite), x of B"));
  EXPECT_THAT(texts[1], EndsWith(" and 1 tensors more."));
}

}  // namespace verdict_sentence_test
}  // namespace modelkin
