// Tests over residual coordinates.
#include <array>

#include "evidence/lineage_tests.h"
#include "evidence/tests/independence.h"

namespace modelkin {
namespace {

constexpr std::string_view kOnePermutation =
    "one permutation of residual coordinates, for all tensors at once";

void SetCarrier(const ResidualTrace& trace, const CarrierTrace& carrier, TestResult& result) {
  result.skipped = trace.skipped.empty() ? carrier.skipped : trace.skipped;
  if (!result.was_run()) return;
  result.statistic = carrier.moments->z();
  result.units = trace.units;
  result.effect = result.statistic;
  result.log_p = carrier.tail.log_p;
  result.log_p_is_bound = carrier.tail.is_bound;
  result.p_method = MethodOf(carrier.tail.method);
}

void TestWeights(const Measurements& measured, TestResult& result) {
  SetCarrier(measured.pair->residual, measured.pair->residual.weights, result);
}

void TestTables(const Measurements& measured, TestResult& result) {
  SetCarrier(measured.pair->residual, measured.pair->residual.tables, result);
}

constexpr auto kResidualTests = std::to_array<LineageTest>({
    {.traits = {.id = TestId::kResidualTrace,
                .name = "residual_trace",
                .hypothesis = kIndependent,
                .symmetry_group = kOnePermutation,
                .assumption = "B's residual coordinates are in random order relative to A's, or "
                              "its hidden units and heads are",
                .statistic_name = "z",
                .effect_name = "z"},
     .evaluate = TestWeights},
    {.traits = {.id = TestId::kResidualTables,
                .name = "residual_tables",
                .hypothesis = kIndependent,
                .symmetry_group = kOnePermutation,
                .assumption = "B's residual coordinates are in random order relative to A's: not "
                              "so where both have the same table of positions, nested widths, or "
                              "one was trained to have the other's hidden states",
                .statistic_name = "z",
                .effect_name = "z",
                .needs_witness = true},
     .evaluate = TestTables},
});

}  // namespace

std::span<const LineageTest> ResidualTests() { return kResidualTests; }

}  // namespace modelkin
