#include "dossier/dossier_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "dossier/agreed_seed.h"
#include "dossier/block_matching.h"
#include "evidence/test_result.h"
#include "statistics/agreement.h"
#include "statistics/combination.h"

namespace modelkin {
namespace {

using Counted = std::vector<const MlpMatch*>;

constexpr const char* kNoUnits = "no units of this kind can be matched";
constexpr const char* kNoSameWidth = "no MLPs of the same width";

Counted CountedOf(const std::vector<BlockPair>& pairs, UnitKind kind) {
  Counted counted;
  for (const BlockPair& pair : pairs) {
    if (pair.kind == kind && pair.counts) counted.push_back(&pair.match);
  }
  return counted;
}

// What the test of one MLP finds.
struct OneMlp {
  std::uint64_t agreed = 0;
  std::optional<double> rho;
  double log_p = 0;
};

DossierTest CombineMlpTests(DossierTestId id, const Counted& counted,
                            OneMlp (*finding)(const MlpMatch&), const char* why_none) {
  DossierTest test{.id = id, .least_effect = kLeastAgreement};
  std::vector<double> log_p;
  std::uint64_t agreed = 0, units = 0;
  double rho = 0;
  for (const MlpMatch* const match : counted) {
    const OneMlp found = finding(*match);
    if (!found.rho) continue;
    log_p.push_back(found.log_p);
    rho += *found.rho;
    agreed += found.agreed;
    units += std::min(match->units_a, match->units_b);
  }
  if (log_p.empty()) {
    test.skipped = why_none;
    return test;
  }
  test.units = log_p.size();
  test.statistic = rho / static_cast<double>(log_p.size());
  test.effect = static_cast<double>(agreed) / static_cast<double>(units);
  test.log_p = FisherCombination(log_p);
  return test;
}

DossierTest AgreementTest(DossierTestId id, const Counted& counted) {
  DossierTest test{.id = id, .log_p_is_bound = true, .least_effect = kLeastAgreement};
  std::uint64_t agreed = 0, renumbered = 0;
  double expected = 0;
  for (const MlpMatch* const match : counted) {
    agreed += match->agreed;
    renumbered += match->agreed_renumbered;
    expected += match->expected;
    test.units += std::min(match->units_a, match->units_b);
  }
  if (test.units == 0) {
    test.skipped = kNoUnits;
    return test;
  }
  test.statistic = static_cast<double>(agreed);
  test.effect =
      static_cast<double>(agreed - std::min(agreed, renumbered)) / static_cast<double>(test.units);
  test.log_p = LogAgreementTail(agreed, expected, renumbered);
  return test;
}

DossierTest TraceTest(const Counted& counted) {
  DossierTest test{.id = DossierTestId::kHiddenTrace};
  std::vector<double> log_p;
  double z = 0;
  for (const MlpMatch* const match : counted) {
    if (!match->trace) continue;
    log_p.push_back(match->trace_tail.log_p);
    z += match->trace->z();
  }
  if (log_p.empty()) {
    test.skipped = kNoSameWidth;
    return test;
  }
  const double count = static_cast<double>(log_p.size());
  test.units = log_p.size();
  test.statistic = z / std::sqrt(count);
  test.effect = z / count;
  test.log_p = FisherCombination(log_p);
  return test;
}

// Two matchings depend on each other where rows of a unit are alike in each model.
DossierTest MatchingTest(const Counted& counted) {
  DossierTest test = CombineMlpTests(
      DossierTestId::kGateUpMatching, counted,
      [](const MlpMatch& match) {
        return OneMlp{match.agreed, match.rho, match.tail.log_p};
      },
      kNoUnits);
  const DossierTest agreement = AgreementTest(DossierTestId::kGateUpAgreement, counted);
  const bool alike = std::ranges::any_of(
      counted, [](const MlpMatch* match) { return match->agreed_renumbered > 0; });
  if (!alike || !test.was_run()) return test;
  test.effect = agreement.effect;
  test.log_p = std::max(test.log_p, agreement.log_p);
  return test;
}

std::vector<DossierTest> TestsOf(const std::vector<BlockPair>& pairs) {
  using enum DossierTestId;
  const Counted hidden = CountedOf(pairs, UnitKind::kHidden);
  return {MatchingTest(hidden),
          AgreementTest(kGateUpAgreement, hidden),
          CombineMlpTests(
              kHiddenOrder, hidden,
              [](const MlpMatch& match) {
                return OneMlp{match.in_place, match.order_rho, match.order_tail.log_p};
              },
              kNoSameWidth),
          TraceTest(hidden),
          AgreementTest(kHeadMatching, CountedOf(pairs, UnitKind::kHeads)),
          AgreementTest(kExpertMatching, CountedOf(pairs, UnitKind::kExperts))};
}

// Returns the number of tests that were run.
std::size_t Adjust(std::vector<DossierTest>& tests) {
  std::vector<double> log_p;
  for (const DossierTest& test : tests) {
    if (test.was_run()) log_p.push_back(test.log_p);
  }
  const std::vector<double> adjusted = HolmAdjust(log_p);
  std::size_t at = 0;
  for (DossierTest& test : tests) {
    if (!test.was_run()) continue;
    test.log_p_adjusted = adjusted[at++];
    test.strong = test.log_p_adjusted < kStrongLogP && test.effect >= test.least_effect;
  }
  return at;
}

void RequireOneSession(const Dossier& a, const Dossier& b) {
  if (a.root == b.root) {
    throw Error(ErrorKind::kUsage,
                "both dossiers have the same root: one is a copy of the other, or both are of one "
                "commitment");
  }
  if (a.seed != b.seed) {
    throw Error(ErrorKind::kUsage, "the dossiers have different seeds: they can't be compared");
  }
  if (a.dimensions != b.dimensions) {
    throw Error(ErrorKind::kUsage,
                fmt::format("the dossiers have {} and {} dimensions", a.dimensions, b.dimensions));
  }
}

}  // namespace

std::string_view DossierTestName(DossierTestId id) {
  constexpr std::array<std::string_view, 6> kNames = {"gate_up_matching", "gate_up_agreement",
                                                      "hidden_order",     "hidden_trace",
                                                      "head_matching",    "expert_matching"};
  return kNames[static_cast<std::size_t>(id)];
}

DossierComparison CompareDossiers(const Dossier& a, const Dossier& b,
                                  const DossierCompareOptions& options) {
  RequireOneSession(a, b);
  DossierComparison result;
  result.seed.agreed = AgreedSeed(a.root, b.root, options.beacon);
  result.seed.is_agreed = a.seed == result.seed.agreed;
  if (a.residual != b.residual) {
    result.not_comparable =
        fmt::format("residual widths differ: {} and {}", a.residual, b.residual);
    return result;
  }
  const std::uint64_t seed = SeedNumber(a.seed);
  result.pairs = MatchBlocks(a, b, seed, options.threads);
  result.tests = TestsOf(result.pairs);
  const std::size_t run = Adjust(result.tests);
  if (run == 0) {
    result.not_comparable = "no units of one kind can be matched in both";
    return result;
  }
  const bool strong = std::ranges::any_of(result.tests, &DossierTest::strong);
  result.category = strong ? VerdictCategory::kSharesMaterial : VerdictCategory::kNoEvidence;
  if (!strong && options.power) {
    const double level = kStrongLogP - std::log(static_cast<double>(run));
    result.smallest_share = SmallestShareFound(a, b, result.pairs, level, seed, options.threads);
  }
  return result;
}

}  // namespace modelkin
