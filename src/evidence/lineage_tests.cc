#include "evidence/lineage_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// Results are listed in this order.
constexpr std::array kGroups = {ResidualTests, HiddenUnitTests, ExpertAndHeadTests,
                                UnknownLayoutTests, TokenTests};

template <class Visit>
void ForEachTest(const Visit& visit) {
  for (const auto group : kGroups) {
    for (const LineageTest& test : group()) visit(test);
  }
}

TestResult Evaluate(const LineageTest& test, ResidualBasis basis, const Measurements& measured) {
  TestResult result{.key = {.id = test.traits.id, .basis = basis}};
  test.evaluate(measured, result);
  if (!result.was_run()) return result;
  const bool by_effect = !result.p_is_valid();
  result.least_effect = by_effect ? test.traits.fitted->least : test.traits.least_effect;
  return result;
}

}  // namespace

const TestTraits& TraitsOf(TestId id) {
  const TestTraits* found = nullptr;
  ForEachTest([&](const LineageTest& test) {
    if (test.traits.id == id) found = &test.traits;
  });
  return *found;
}

std::vector<TestId> AllTests() {
  std::vector<TestId> all;
  ForEachTest([&](const LineageTest& test) { all.push_back(test.traits.id); });
  return all;
}

std::string TestName(const TestKey& key) {
  const bool fitted = key.basis == ResidualBasis::kFitted;
  return fmt::format("{}{}", TraitsOf(key.id).name, fitted ? "_in_fitted_basis" : "");
}

std::string_view PMethodName(PMethod method) {
  constexpr std::array<std::string_view, 4> kNames = {"monte_carlo", "importance", "fisher",
                                                      "bound"};
  return kNames[static_cast<std::size_t>(method)];
}

bool TestResult::p_is_valid() const {
  return key.basis == ResidualBasis::kAsStored || !TraitsOf(key.id).fitted;
}

std::vector<TestResult> EvaluateTests(const Measurements& measured) {
  std::vector<TestResult> results;
  ForEachTest([&](const LineageTest& test) {
    if (test.of_tokens && measured.tokens == nullptr) return;
    results.push_back(Evaluate(test, ResidualBasis::kAsStored, measured));
  });
  return results;
}

std::vector<TestResult> EvaluateFittedTests(const PairAnalysis& fitted) {
  std::vector<TestResult> results;
  ForEachTest([&](const LineageTest& test) {
    if (test.of_tokens) return;
    TestResult result = Evaluate(test, ResidualBasis::kFitted, {.pair = &fitted});
    if (result.was_run()) results.push_back(std::move(result));
  });
  return results;
}

}  // namespace modelkin
