// The table of tests: from what was measured of a pair to p-values.
#ifndef MODELKIN_EVIDENCE_LINEAGE_TESTS_H_
#define MODELKIN_EVIDENCE_LINEAGE_TESTS_H_

#include <span>
#include <vector>

#include "evidence/test_result.h"
#include "fingerprint/token_evidence.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

// What tests are made of.
struct Measurements {
  const PairAnalysis* pair = nullptr;
  const TokenEvidence* tokens = nullptr;  // null where tokens were not asked
};

// One row of the table. `evaluate` sets why the test was not run, or its statistic, units, p and
// effect.
struct LineageTest {
  TestTraits traits;
  void (*evaluate)(const Measurements& measured, TestResult& result) = nullptr;
  bool of_tokens = false;  // needs Measurements::tokens, and is no test without
};

// Rows of the table, from one file of tests/ each.
std::span<const LineageTest> ResidualTests();
std::span<const LineageTest> HiddenUnitTests();
std::span<const LineageTest> ExpertAndHeadTests();
std::span<const LineageTest> UnknownLayoutTests();
std::span<const LineageTest> TokenTests();

// Returns all tests of models as stored, those that could not be run with the reason, in the order
// of the table. Nothing is corrected yet: AdjustTests.
std::vector<TestResult> EvaluateTests(const Measurements& measured);

// Returns the tests that could be run of a pair whose residual coordinates were fitted: those over
// hidden units, experts and heads, whose order the fit did not look at.
std::vector<TestResult> EvaluateFittedTests(const PairAnalysis& fitted);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_LINEAGE_TESTS_H_
