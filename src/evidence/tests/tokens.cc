// Tests over rows of tokens that training hardly saw.
#include <array>

#include "evidence/lineage_tests.h"
#include "evidence/tests/independence.h"

namespace modelkin {
namespace {

// Rows of a student that was trained to have another's embedding were seen with a cosine of 0.67.
constexpr double kNearlyUntouched = 0.9;

void TestRows(const TokenTableEvidence& evidence, TestResult& result) {
  result.skipped = evidence.skipped.empty() ? evidence.test.skipped : evidence.skipped;
  if (!result.was_run()) return;
  result.statistic = evidence.test.z;
  result.units = evidence.test.rows;
  result.log_p = evidence.test.log_p;
  result.log_p_is_bound = evidence.test.is_bound;
  result.p_method = MethodOf(evidence.test.method);
  result.effect = evidence.test.cosine;
  result.effect_by_chance = evidence.test.cosine_by_chance;
}

void TestEmbedding(const Measurements& measured, TestResult& result) {
  TestRows(measured.tokens->embedding, result);
}

void TestUnembedding(const Measurements& measured, TestResult& result) {
  TestRows(measured.tokens->unembedding, result);
}

constexpr LineageTest RowsTestOf(TestId id, std::string_view name,
                                 void (*evaluate)(const Measurements&, TestResult&)) {
  return {.traits = {.id = id,
                     .name = name,
                     .hypothesis = "A and B were initialised independently",
                     .symmetry_group =
                         "one permutation of residual coordinates, that of residual_trace",
                     .assumption = "B's residual coordinates are in random order relative to A's; "
                                   "rows are those of A's shortest, of tokens that training hardly "
                                   "saw",
                     .statistic_name = "z",
                     .effect_name = "cosine of centred rows",
                     .needs_witness = true,
                     .effect_without_witness = kNearlyUntouched},
          .evaluate = evaluate,
          .of_tokens = true};
}

constexpr auto kTokenTests = std::to_array<LineageTest>(
    {RowsTestOf(TestId::kUndertrainedTokens, "undertrained_tokens", TestEmbedding),
     RowsTestOf(TestId::kUndertrainedOutputs, "undertrained_outputs", TestUnembedding)});

}  // namespace

std::span<const LineageTest> TokenTests() { return kTokenTests; }

}  // namespace modelkin
