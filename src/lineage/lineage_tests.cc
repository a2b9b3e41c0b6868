#include "lineage/lineage_tests.h"

#include <algorithm>
#include <cmath>

#include "statistics/agreement.h"
#include "statistics/combination.h"

namespace modelkin {
namespace {

constexpr const char* kIndependent =
    "A and B were initialised independently, unit by unit alike, and trained without knowing of "
    "each other's order of units";

constexpr const char* kOneForEachOrder =
    "hidden units, one permutation for each MLP of B, or for all MLPs whose units are in one order";

constexpr const char* kNotQuick = "not part of a quick trace";

TestResult Named(std::string name, std::string group, std::string assumption) {
  TestResult test;
  test.name = std::move(name);
  test.hypothesis = kIndependent;
  test.symmetry_group = std::move(group);
  test.assumption = std::move(assumption);
  return test;
}

void SetTail(const TraceTail& tail, TestResult& test) {
  test.log_p = tail.log_p;
  test.log_p_is_bound = tail.is_bound;
  test.p_method = TraceTailName(tail.method);
}

void SetResidual(const ResidualTrace& trace, const CarrierTrace& carrier, TestResult& test) {
  test.skipped = trace.skipped.empty() ? carrier.skipped : trace.skipped;
  if (!test.run()) return;
  test.statistic_name = "z";
  test.statistic = carrier.moments->z();
  test.units = trace.units;
  test.effect_name = "z";
  test.effect = test.statistic;
  SetTail(carrier.tail, test);
}

constexpr const char* kOnePermutation =
    "one permutation of residual coordinates, for all tensors at once";

TestResult ResidualTest(const PairAnalysis& pair) {
  TestResult test =
      Named("residual_trace", kOnePermutation,
            "B's residual coordinates are in random order relative to A's, or its hidden units and "
            "heads are");
  SetResidual(pair.residual, pair.residual.weights, test);
  return test;
}

TestResult TablesTest(const PairAnalysis& pair) {
  TestResult test =
      Named("residual_tables", kOnePermutation,
            "B's residual coordinates are in random order relative to A's: not so where both have "
            "the same table of positions, nested widths, or one was trained to have the other's "
            "hidden states");
  test.needs_witness = true;
  SetResidual(pair.residual, pair.residual.tables, test);
  return test;
}

std::string NoMlps(const PairAnalysis& pair) {
  if (pair.a.mlps.empty() || pair.b.mlps.empty()) return "no MLPs are known in both";
  if (pair.a.residual != pair.b.residual) return "residual widths differ";
  return "";
}

// What a test of one MLP finds: units that agree, and a correlation with its p.
struct MlpFinding {
  std::uint64_t agreed = 0;
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
                 const char* why_none, TestResult& test) {
  test.skipped = NoMlps(pair);
  std::vector<double> log_p;
  std::uint64_t agreed = 0, units = 0;
  double rho = 0;
  for (const MlpMatch* const match : Counted(pair)) {
    const MlpFinding found = finding(*match);
    if (!found.rho) continue;
    log_p.push_back(found.log_p);
    rho += *found.rho;
    agreed += found.agreed;
    units += std::min(match->units_a, match->units_b);
  }
  if (test.run() && log_p.empty()) test.skipped = why_none;
  if (!test.run()) return;
  test.statistic = rho / static_cast<double>(log_p.size());
  test.units = log_p.size();
  test.log_p = FisherCombination(log_p);
  test.p_method = "fisher";
  test.effect = static_cast<double>(agreed) / static_cast<double>(units);
  test.least_effect = kLeastAgreement;
}

TestResult MatchingTest(const PairAnalysis& pair) {
  TestResult test =
      Named("gate_up_matching", kOneForEachOrder,
            "units matched by gate weights and units matched by up weights agree by chance only; "
            "units of "
            "a universal kind can break this, so that the agreement share has to be seen with it");
  test.statistic_name = "mean Spearman correlation of the two matchings";
  test.effect_name = "agreement share";
  CombineMlps(
      pair,
      [](const MlpMatch& match) {
        return MlpFinding{match.agreed, match.rho, match.tail.log_p};
      },
      "no MLP has enough hidden units to match", test);
  return test;
}

TestResult AgreementTest(const PairAnalysis& pair) {
  TestResult test = Named("gate_up_agreement", kOneForEachOrder,
                          "as for gate_up_matching; the bound itself is exact for random orders");
  test.skipped = NoMlps(pair);
  std::uint64_t agreed = 0, matched = 0;
  double expected = 0;
  for (const MlpMatch* const match : Counted(pair)) {
    agreed += match->agreed;
    matched += std::min(match->units_a, match->units_b);
    expected += match->expected;
  }
  if (test.run() && matched == 0) test.skipped = "no MLP has enough hidden units to match";
  if (!test.run()) return test;
  test.statistic_name = "units with the same partner in both matchings";
  test.statistic = static_cast<double>(agreed);
  test.units = matched;
  test.log_p = LogAgreementTail(agreed, expected);
  test.log_p_is_bound = true;
  test.p_method = "bound";
  test.effect_name = "agreement share";
  test.effect = static_cast<double>(agreed) / static_cast<double>(matched);
  test.least_effect = kLeastAgreement;
  return test;
}

TestResult OrderTest(const PairAnalysis& pair) {
  TestResult test = Named("hidden_order", kOneForEachOrder,
                          "B's hidden units are in random order relative to A's");
  test.statistic_name = "mean Spearman correlation of matched units' places";
  test.effect_name = "share of units in place";
  CombineMlps(
      pair,
      [](const MlpMatch& match) {
        return MlpFinding{match.in_place, match.order_rho, match.order_tail.log_p};
      },
      "no MLPs of the same width", test);
  return test;
}

TestResult HiddenTraceTest(const PairAnalysis& pair) {
  TestResult test = Named("hidden_trace", kOneForEachOrder,
                          "B's hidden units are in random order relative to A's");
  test.skipped = NoMlps(pair);
  std::vector<double> log_p;
  double z = 0;
  for (const MlpMatch* const match : Counted(pair)) {
    if (!match->trace) continue;
    log_p.push_back(match->trace_tail.log_p);
    z += match->trace->z();
  }
  if (test.run() && log_p.empty()) test.skipped = "no MLPs of the same width";
  if (!test.run()) return test;
  const double count = static_cast<double>(log_p.size());
  test.statistic_name = "z of all MLPs together";
  test.statistic = z / std::sqrt(count);
  test.units = log_p.size();
  test.effect_name = "mean z";
  test.effect = z / count;
  test.log_p = FisherCombination(log_p);
  test.p_method = "fisher";
  return test;
}

TestResult ExpertTest(const PairAnalysis& pair) {
  TestResult test = Named("expert_matching", "experts, one permutation for each layer of B",
                          "experts matched by router rows and experts matched by their weights "
                          "agree by chance only");
  const ExpertMatching& experts = pair.experts;
  if (experts.experts == 0) {
    test.skipped = pair.quick ? kNotQuick : "no layer has a router and experts in both";
    return test;
  }
  test.statistic_name = "experts with the same partner in both matchings";
  test.statistic = static_cast<double>(experts.agreed);
  test.units = experts.experts;
  test.log_p = LogAgreementTail(experts.agreed, experts.expected);
  test.log_p_is_bound = true;
  test.p_method = "bound";
  test.effect_name = "agreement share";
  test.effect = static_cast<double>(experts.agreed) / static_cast<double>(experts.experts);
  test.least_effect = kLeastAgreement;
  return test;
}

TestResult HeadTest(const PairAnalysis& pair) {
  TestResult test =
      Named("head_trace", "key and value groups of each layer, and query heads inside them",
            "B's heads are in random order relative to A's");
  test.skipped = pair.quick ? kNotQuick : pair.heads.skipped;
  if (!test.run()) return test;
  test.statistic_name = "sum of cosines of heads in the same place";
  test.statistic = pair.heads.statistic;
  test.units = pair.heads.layers * (pair.heads.heads.query + pair.heads.heads.groups);
  test.log_p = pair.heads.tail.log_p;
  test.log_p_is_bound = pair.heads.tail.is_bound;
  test.p_method = pair.heads.tail.by_importance ? "importance" : "monte_carlo";
  test.effect_name = "mean cosine";
  test.effect = pair.heads.mean_cosine;
  return test;
}

TestResult UnitOrderTest(const PairAnalysis& pair) {
  TestResult test = Named("unit_order", "units of one axis of one tensor",
                          "B's hidden units are in random order relative to A's");
  if (pair.orders.empty()) {
    test.skipped = pair.a.residual && pair.b.residual
                       ? "the residual axis is known: other tests do more"
                       : "no tensor of the same name and shape has an axis of hidden units";
    return test;
  }
  std::vector<double> log_p, shares;
  for (const TensorOrder& order : pair.orders) {
    log_p.push_back(order.log_p);
    shares.push_back(order.share());
  }
  std::ranges::sort(shares);
  test.statistic_name = "largest share of units in place";
  test.statistic = shares.back();
  test.units = pair.orders.size();
  test.log_p = BonferroniOfSmallest(log_p);  // valid however tensors depend on each other
  test.log_p_is_bound = true;
  test.p_method = "bound";
  test.effect_name = "median share of units in place";
  test.effect = shares[shares.size() / 2];
  return test;
}

}  // namespace

std::vector<TestResult> TestLineage(const PairAnalysis& pair) {
  std::vector<TestResult> tests = {ResidualTest(pair),  TablesTest(pair), MatchingTest(pair),
                                   AgreementTest(pair), OrderTest(pair),  HiddenTraceTest(pair),
                                   ExpertTest(pair),    HeadTest(pair),   UnitOrderTest(pair)};
  AdjustTests(tests);
  return tests;
}

void AdjustTests(std::vector<TestResult>& tests) {
  std::vector<double> log_p;
  bool witness = false;
  for (const TestResult& test : tests) {
    if (test.run()) log_p.push_back(test.log_p);
  }
  const double others = std::log(static_cast<double>(std::max<std::size_t>(log_p.size(), 1)));
  for (const TestResult& test : tests) {
    witness = witness || (test.run() && !test.needs_witness && test.caveat.empty() &&
                          test.effect >= test.least_effect && test.log_p + others < kWitnessLogP);
  }
  const std::vector<double> adjusted = HolmAdjust(log_p);
  std::size_t next = 0;
  for (TestResult& test : tests) {
    if (!test.run()) continue;
    test.log_p_adjusted = adjusted[next++];
    test.strong = test.log_p_adjusted < kStrongLogP && test.effect >= test.least_effect &&
                  (witness || !test.needs_witness || test.effect >= test.effect_without_witness) &&
                  std::ranges::all_of(test.control_effects,
                                      [&](double effect) { return test.effect > effect; });
  }
}

void AddControl(const std::vector<TestResult>& control, std::vector<TestResult>& tests) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].run() && control[i].run()) tests[i].control_effects.push_back(control[i].effect);
  }
  AdjustTests(tests);
}

}  // namespace modelkin
