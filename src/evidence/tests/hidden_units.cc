// Tests over hidden units: MLPs of B beside those of A that they are most similar to.
#include <algorithm>
#include <array>
#include <cmath>

#include "evidence/lineage_tests.h"
#include "evidence/tests/independence.h"
#include "statistics/agreement.h"
#include "statistics/combination.h"

namespace modelkin {
namespace {

constexpr std::string_view kOneForEachOrder =
    "hidden units, one permutation for each MLP of B, or for all MLPs whose units are in one order";
constexpr std::string_view kRandomOrder = "B's hidden units are in random order relative to A's";
// Of units that agree between strangers: docs/kinship.md.
constexpr FittedEffect kFittedAgreement = {.of_strangers = 0.049, .least = kLeastFittedAgreement};

Skipped NoMlps(const PairAnalysis& pair) {
  if (pair.a.mlps.empty() || pair.b.mlps.empty()) return SkipReason::kNoMlps;
  if (pair.a.residual && pair.b.residual && *pair.a.residual != *pair.b.residual) {
    return {SkipReason::kWidthsDiffer, *pair.a.residual, *pair.b.residual};
  }
  if (pair.a.residual != pair.b.residual) return SkipReason::kOneResidualAxis;
  return {};
}

// Units of two random orders that stand in the same place, on average, however many there are.
constexpr double kInPlaceByChance = 1;

// What a test of one MLP finds: units that agree, and a correlation with its p.
struct MlpFinding {
  std::uint64_t agreed = 0;
  double expected = 0;  // of those, by chance
  std::optional<double> rho;
  double log_p = 0;
};

// Those that were matched, one for each order of units.
std::vector<const MlpMatch*> Counted(const PairAnalysis& pair) {
  std::vector<const MlpMatch*> counted;
  for (std::size_t i = 0; i < pair.mlps.size(); ++i) {
    if (pair.counts[i]) counted.push_back(&pair.mlps[i]);
  }
  return counted;
}

// Spearman correlations of MLPs, combined; effect: the share of units that agree.
void CombineMlps(const PairAnalysis& pair, MlpFinding (*finding)(const MlpMatch&),
                 SkipReason why_none, TestResult& result) {
  result.skipped = NoMlps(pair);
  std::vector<double> log_p;
  std::uint64_t agreed = 0, units = 0;
  double rho = 0, expected = 0;
  for (const MlpMatch* const match : Counted(pair)) {
    const MlpFinding found = finding(*match);
    if (!found.rho) continue;
    log_p.push_back(found.log_p);
    rho += *found.rho;
    agreed += found.agreed;
    expected += found.expected;
    units += std::min(match->units_a, match->units_b);
  }
  if (result.was_run() && log_p.empty()) result.skipped = why_none;
  if (!result.was_run()) return;
  result.statistic = rho / static_cast<double>(log_p.size());
  result.units = log_p.size();
  result.log_p = FisherCombination(log_p);
  result.p_method = PMethod::kFisher;
  result.effect = static_cast<double>(agreed) / static_cast<double>(units);
  result.effect_by_chance = expected / static_cast<double>(units);
}

// What agrees of the MLPs that count, together.
struct Agreed {
  std::uint64_t agreed = 0, renumbered = 0, matched = 0;
  double expected = 0;

  double beyond() const {
    return static_cast<double>(agreed - std::min(agreed, renumbered)) /
           static_cast<double>(matched);
  }
  double log_p() const { return LogAgreementTail(agreed, expected, renumbered); }
};

Agreed AgreedOf(const PairAnalysis& pair) {
  Agreed all;
  for (const MlpMatch* const match : Counted(pair)) {
    all.agreed += match->agreed;
    all.renumbered += match->agreed_renumbered;
    all.matched += std::min(match->units_a, match->units_b);
    all.expected += match->expected;
  }
  return all;
}

void TestMatching(const Measurements& measured, TestResult& result) {
  CombineMlps(
      *measured.pair,
      [](const MlpMatch& match) {
        return MlpFinding{match.agreed, match.expected, match.rho, match.tail.log_p};
      },
      SkipReason::kTooFewUnits, result);
  const Agreed all = AgreedOf(*measured.pair);
  if (!result.was_run() || all.renumbered == 0) return;
  // The two matchings depend on each other by what rows of a unit have in common.
  result.effect = all.beyond();
  result.log_p = std::max(result.log_p, all.log_p());
}

void TestAgreement(const Measurements& measured, TestResult& result) {
  result.skipped = NoMlps(*measured.pair);
  const Agreed all = AgreedOf(*measured.pair);
  if (result.was_run() && all.matched == 0) result.skipped = SkipReason::kTooFewUnits;
  if (!result.was_run()) return;
  result.statistic = static_cast<double>(all.agreed);
  result.units = all.matched;
  result.log_p = all.log_p();
  result.log_p_is_bound = true;
  result.p_method = PMethod::kBound;
  result.effect = all.beyond();
  result.effect_by_chance = all.expected / static_cast<double>(all.matched);
}

void TestOrder(const Measurements& measured, TestResult& result) {
  CombineMlps(
      *measured.pair,
      [](const MlpMatch& match) {
        return MlpFinding{match.in_place, kInPlaceByChance, match.order_rho,
                          match.order_tail.log_p};
      },
      SkipReason::kNoSameWidth, result);
}

void TestTrace(const Measurements& measured, TestResult& result) {
  result.skipped = NoMlps(*measured.pair);
  std::vector<double> log_p;
  double z = 0;
  for (const MlpMatch* const match : Counted(*measured.pair)) {
    if (!match->trace) continue;
    log_p.push_back(match->trace_tail.log_p);
    z += match->trace->z();
  }
  if (result.was_run() && log_p.empty()) result.skipped = SkipReason::kNoSameWidth;
  if (!result.was_run()) return;
  const double count = static_cast<double>(log_p.size());
  result.statistic = z / std::sqrt(count);
  result.units = log_p.size();
  result.effect = z / count;
  result.log_p = FisherCombination(log_p);
  result.p_method = PMethod::kFisher;
}

constexpr auto kHiddenUnitTests = std::to_array<LineageTest>({
    {.traits = {.id = TestId::kGateUpMatching,
                .name = "gate_up_matching",
                .hypothesis = kIndependent,
                .symmetry_group = kOneForEachOrder,
                .assumption = "units matched by gate weights and units matched by up weights agree "
                              "by chance only; units of a universal kind can break this, so that "
                              "the agreement share has to be seen with it",
                .statistic_name = "mean Spearman correlation of the two matchings",
                .effect_name = "agreement share",
                .least_effect = kLeastAgreement,
                .fitted = kFittedAgreement},
     .evaluate = TestMatching},
    {.traits = {.id = TestId::kGateUpAgreement,
                .name = "gate_up_agreement",
                .hypothesis = kIndependent,
                .symmetry_group = kOneForEachOrder,
                .assumption =
                    "as for gate_up_matching; the bound itself is exact for random orders",
                .statistic_name = "units with the same partner in both matchings",
                .effect_name = "agreement share",
                .least_effect = kLeastAgreement,
                .fitted = kFittedAgreement},
     .evaluate = TestAgreement},
    {.traits = {.id = TestId::kHiddenOrder,
                .name = "hidden_order",
                .hypothesis = kIndependent,
                .symmetry_group = kOneForEachOrder,
                .assumption = kRandomOrder,
                .statistic_name = "mean Spearman correlation of matched units' places",
                .effect_name = "share of units in place",
                .least_effect = kLeastAgreement},
     .evaluate = TestOrder},
    {.traits = {.id = TestId::kHiddenTrace,
                .name = "hidden_trace",
                .hypothesis = kIndependent,
                .symmetry_group = kOneForEachOrder,
                .assumption = kRandomOrder,
                .statistic_name = "z of all MLPs together",
                .effect_name = "mean z"},
     .evaluate = TestTrace},
});

}  // namespace

std::span<const LineageTest> HiddenUnitTests() { return kHiddenUnitTests; }

}  // namespace modelkin
