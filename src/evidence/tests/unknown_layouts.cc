// Tests of models whose residual axis is not known.
#include <algorithm>
#include <array>

#include "evidence/lineage_tests.h"
#include "evidence/tests/independence.h"
#include "statistics/combination.h"

namespace modelkin {
namespace {

void TestUnitOrder(const Measurements& measured, TestResult& result) {
  const PairAnalysis& pair = *measured.pair;
  if (pair.orders.empty()) {
    result.skipped = pair.a.residual && pair.b.residual ? SkipReason::kKnownResidualAxis
                                                        : SkipReason::kNoUnitAxis;
    return;
  }
  std::vector<double> log_p, shares, by_chance;
  for (const TensorOrder& order : pair.orders) {
    log_p.push_back(order.log_p);
    shares.push_back(order.share());
    by_chance.push_back(1.0 / static_cast<double>(order.units));
  }
  std::ranges::sort(shares);
  std::ranges::sort(by_chance);
  result.statistic = shares.back();
  result.units = pair.orders.size();
  result.log_p = BonferroniOfSmallest(log_p);  // valid however tensors depend on each other
  result.log_p_is_bound = true;
  result.p_method = PMethod::kBound;
  result.effect = shares[shares.size() / 2];
  result.effect_by_chance = by_chance[by_chance.size() / 2];
}

constexpr auto kUnknownLayoutTests = std::to_array<LineageTest>({
    {.traits = {.id = TestId::kUnitOrder,
                .name = "unit_order",
                .hypothesis = kIndependent,
                .symmetry_group = "units of one axis of one tensor",
                .assumption = "B's hidden units are in random order relative to A's",
                .statistic_name = "largest share of units in place",
                .effect_name = "median share of units in place"},
     .evaluate = TestUnitOrder},
});

}  // namespace

std::span<const LineageTest> UnknownLayoutTests() { return kUnknownLayoutTests; }

}  // namespace modelkin
