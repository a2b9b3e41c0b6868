// Tests over experts and attention heads.
#include <array>

#include "evidence/lineage_tests.h"
#include "evidence/tests/independence.h"
#include "statistics/agreement.h"

namespace modelkin {
namespace {

void TestExperts(const Measurements& measured, TestResult& result) {
  const ExpertMatching& experts = measured.pair->experts;
  if (experts.experts == 0) {
    result.skipped = measured.pair->quick ? SkipReason::kNotQuick : SkipReason::kNoRouters;
    return;
  }
  result.statistic = static_cast<double>(experts.agreed);
  result.units = experts.experts;
  result.log_p = LogAgreementTail(experts.agreed, experts.expected);
  result.log_p_is_bound = true;
  result.p_method = PMethod::kBound;
  result.effect = static_cast<double>(experts.agreed) / static_cast<double>(experts.experts);
  result.effect_by_chance = experts.expected / static_cast<double>(experts.experts);
}

void TestHeads(const Measurements& measured, TestResult& result) {
  const HeadTrace& heads = measured.pair->heads;
  result.skipped = measured.pair->quick ? Skipped(SkipReason::kNotQuick) : heads.skipped;
  if (!result.was_run()) return;
  result.statistic = heads.statistic;
  result.units = heads.layers * (heads.heads.query + heads.heads.groups);
  result.log_p = heads.tail.log_p;
  result.log_p_is_bound = heads.tail.is_bound;
  result.p_method = heads.tail.by_importance ? PMethod::kImportance : PMethod::kMonteCarlo;
  result.effect = heads.mean_cosine;
  result.effect_by_chance = heads.cosine_by_chance;
}

constexpr auto kExpertAndHeadTests = std::to_array<LineageTest>({
    {.traits = {.id = TestId::kExpertMatching,
                .name = "expert_matching",
                .hypothesis = kIndependent,
                .symmetry_group = "experts, one permutation for each layer of B",
                .assumption = "experts matched by router rows and experts matched by their weights "
                              "agree by chance only",
                .statistic_name = "experts with the same partner in both matchings",
                .effect_name = "agreement share",
                .least_effect = kLeastAgreement,
                .fitted = FittedEffect{.of_strangers = 0.75, .least = 0.95}},
     .evaluate = TestExperts},
    {.traits = {.id = TestId::kHeadTrace,
                .name = "head_trace",
                .hypothesis = kIndependent,
                .symmetry_group = "key and value groups of each layer, and query heads inside them",
                .assumption = "B's heads are in random order relative to A's",
                .statistic_name = "sum of cosines of heads in the same place",
                .effect_name = "mean cosine"},
     .evaluate = TestHeads},
});

}  // namespace

std::span<const LineageTest> ExpertAndHeadTests() { return kExpertAndHeadTests; }

}  // namespace modelkin
