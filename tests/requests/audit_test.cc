#include "requests/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "requests/audit_state.h"

namespace modelkin {
namespace {

PairSummary SomeSummary() {
  PairSummary summary;
  summary.component = Component::kVision;
  summary.verdict.category = VerdictCategory::kSharesMaterial;
  summary.verdict.shared = SharedMaterial::kCopiedTensors;
  summary.verdict.basis = ResidualBasis::kFitted;
  summary.verdict.shares = {.mlps = 4, .mlps_linked = 3, .mlps_drawn_from = 9, .layer_share = 0.1};
  summary.verdict.strongest = TestKey{.id = TestId::kHeadTrace, .basis = ResidualBasis::kFitted};
  summary.verdict.evidence = {{.kind = EvidenceKind::kDroppedLayers, .layers = {1, 5}}};
  summary.verdict.unread = {{.of_b = true, .packed = 0.25}};
  summary.verdict.limits = {{.kind = LimitKind::kUnread, .unread = {.incomplete = true}}};
  TestResult test{.key = *summary.verdict.strongest, .skipped = {}, .units = 7, .strong = true};
  test.log_p_adjusted = -std::numeric_limits<double>::infinity();
  test.log_p = -0.1;  // no sum of few powers of two
  test.control_effects = {0.5, std::nan("")};
  summary.tests = {test, {.skipped = {SkipReason::kWidthsDiffer, 576, 640}}};
  summary.power = PowerStatement{.residual_trace = 0.3, .tensors = 2};
  summary.direction = Direction::kBToA;
  summary.signs = {
      {.kind = SignKind::kPruned, .direction = Direction::kAToB, .evidence = {"zeros", "영"}}};
  summary.kinds = {DerivationKind::kTextReplaced, DerivationKind::kCopy};
  summary.whole.category = VerdictCategory::kDerived;
  summary.whole.kinds = {
      {.kind = DerivationKind::kComponentTaken, .evidence = {"the tower", "탑"}}};
  summary.components = {{.kind = Component::kAudio, .category = {}, .only_in_b = true},
                        {.kind = Component::kText,
                         .category = VerdictCategory::kNoEvidence,
                         .kinds = {DerivationKind::kCopy},
                         .power = PowerStatement{.gate_up = 0.7, .mlps = 1},
                         .unread = {{.packed = 1.0}}}};
  summary.mostly_unread = true;
  return summary;
}

TEST(AuditState, KeepsAllOfASummaryToTheBit) {
  const PairSummary summary = SomeSummary();
  const nlohmann::json kept = nlohmann::json::parse(KeptSummary(summary).dump());
  const PairSummary again = ReadKeptSummary(kept);
  EXPECT_EQ(KeptSummary(again), kept);
  EXPECT_EQ(again.tests[0].log_p_adjusted, summary.tests[0].log_p_adjusted);
  EXPECT_EQ(again.tests[0].log_p, -0.1);
  EXPECT_TRUE(std::isnan(again.tests[0].control_effects[1]));
  EXPECT_EQ(again.tests[1].skipped, Skipped(SkipReason::kWidthsDiffer, 576, 640));
  EXPECT_EQ(again.verdict.strongest, summary.verdict.strongest);
  EXPECT_EQ(again.verdict.evidence[0].layers, (std::vector<std::uint32_t>{1, 5}));
  EXPECT_EQ(again.kinds, summary.kinds);
  EXPECT_EQ(again.components[1].power->gate_up, 0.7);
  EXPECT_FALSE(again.components[0].category);
  EXPECT_TRUE(again.mostly_unread);
}

TEST(AuditState, RefusesWhatItDidNotKeep) {
  EXPECT_THROW(ReadKeptSummary(nlohmann::json::array()), nlohmann::json::exception);
  nlohmann::json kept = KeptSummary(SomeSummary());
  kept.erase(kept.size() - 1);
  EXPECT_THROW(ReadKeptSummary(kept), nlohmann::json::exception);
}

AuditedModel NothingFound(std::optional<double> share) {
  AuditedModel model;
  model.pair.emplace();
  model.pair->whole.category = VerdictCategory::kNoEvidence;
  model.pair->components = {{.category = VerdictCategory::kNoEvidence}};
  if (share)
    model.pair->components[0].power = PowerStatement{.residual_trace = share, .tensors = 1};
  return model;
}

TEST(AuditResults, SmallestShareIsOfTheHardestToFind) {
  AuditResults results;
  results.models = {NothingFound(0.01), NothingFound(0.2), NothingFound(0.05)};
  EXPECT_EQ(results.outcome(), AuditOutcome::kNothingFound);
  EXPECT_EQ(results.smallest_share(), 0.2);
  results.models.push_back(NothingFound({}));  // of it nothing is known
  EXPECT_EQ(results.smallest_share(), std::nullopt);
}

TEST(AuditResults, WhatWasNotReadOrOpenedIsUntestable) {
  AuditedModel unread = NothingFound(0.01);
  unread.pair->mostly_unread = true;
  EXPECT_EQ(unread.outcome(), AuditOutcome::kUntestable);
  EXPECT_EQ(unread.smallest_share(), std::nullopt);
  const AuditedModel missing{.failure = "no such file"};
  EXPECT_EQ(missing.outcome(), AuditOutcome::kUntestable);
  AuditResults results;
  results.models = {unread, missing};
  EXPECT_EQ(results.outcome(), AuditOutcome::kUntestable);
  EXPECT_EQ(results.Count(AuditOutcome::kUntestable), 2);
  results.models.push_back(NothingFound(0.1));
  EXPECT_EQ(results.outcome(), AuditOutcome::kNothingFound);
}

TEST(AuditResults, WhatWasReadInPartHasNoSmallestShare) {
  AuditedModel part = NothingFound(0.01);
  part.pair->components.front().unread = {{.of_b = true, .packed = 0.1}};
  EXPECT_EQ(part.outcome(), AuditOutcome::kNothingFound);
  EXPECT_EQ(part.smallest_share(), std::nullopt);
}

TEST(AuditModel, NeedsAModelToHoldItAgainst) {
  EXPECT_THROW(AuditModel({.candidate = "x"}, {}), Error);
}

}  // namespace
}  // namespace modelkin
