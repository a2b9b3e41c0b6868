#include "kinship/basis_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "basis/folded_norms.h"

namespace modelkin {
namespace {

// Tests that look for units, or experts, with the same partner in two matchings. Those of strangers
// that do the same are alike in a basis fitted to tokens, so that their p-values may be too small:
// only shares count that are far above what strangers have.
struct AgreementOfStrangers {
  std::string_view test;
  double largest;  // of the calibration, docs/kinship.md
  double least_effect;
};
constexpr std::array<AgreementOfStrangers, 3> kAgreements = {
    {{"gate_up_matching", 0.049, kLeastFittedAgreement},
     {"gate_up_agreement", 0.049, kLeastFittedAgreement},
     {"expert_matching", 0.75, 0.95}}};

void SetCaveat(const AgreementOfStrangers& agreement, TestResult& test) {
  test.least_effect = agreement.least_effect;
  test.assumption =
      "none makes p exact: units of strangers that do the same are alike in a basis that is "
      "fitted, "
      "by whatever weights they are matched";
  test.caveat = fmt::format(
      "p may be too small in a fitted basis: what counts is the {}, of strangers at most {} in the "
      "calibration, and strong from {} on",
      test.effect_name, agreement.largest, agreement.least_effect);
}

// The model's tensors under names of `known`, whose norms may be folded, or not, in it.
std::optional<SpectralNaming> Rename(const ModelParts& known, const ModelParts& model,
                                     const std::vector<NameGiven>& given, unsigned threads) {
  auto by_folded = NamedBySpectra(Folded(known, nullptr), model, given, threads);
  auto by_stored = NamedBySpectra(known, model, given, threads);
  const bool folded = by_folded && (!by_stored || by_folded->distance < by_stored->distance);
  return folded ? std::move(by_folded) : std::move(by_stored);
}

}  // namespace

BasisTrace TraceInFittedBasis(const PairAnalysis& stored, const TokenPairs& tokens,
                              const TraceSettings& options, TraceState& state,
                              const std::string& name, Progress& progress) {
  BasisTrace fitted;
  if (!stored.names_given.empty()) {
    progress.Begin("pairing tensors by singular values", 0);
    const bool of_a = stored.names_given_to_a;
    (of_a ? fitted.renamed_a : fitted.renamed_b) =
        Rename(of_a ? stored.b : stored.a, of_a ? stored.a : stored.b, stored.names_given,
               options.threads);
  }
  const ModelParts& a = fitted.renamed_a ? fitted.renamed_a->parts : stored.a;
  const ModelParts& b = fitted.renamed_b ? fitted.renamed_b->parts : stored.b;
  ModelParts folded_b = Folded(b, nullptr);
  fitted.basis = FindHiddenBasis(Folded(a, nullptr), folded_b, tokens, options.seed,
                                 options.threads, progress);
  if (fitted.basis.map == nullptr) return fitted;
  fitted.pair.emplace(PairAnalysis{
      .a = Folded(a, fitted.basis.map), .b = std::move(folded_b), .quick = options.quick});
  fitted.pair->rotary = stored.rotary;
  fitted.pair->non_finite_a = stored.non_finite_a;
  fitted.pair->non_finite_b = stored.non_finite_b;
  fitted.pair->names_given = fitted.renamed_a   ? fitted.renamed_a->given
                             : fitted.renamed_b ? fitted.renamed_b->given
                                                : stored.names_given;
  AnalyseParts(ResidualBasis::kFitted, options, state, name + "-fitted", progress, *fitted.pair);
  return fitted;
}

std::vector<TestResult> TestFitted(const BasisTrace& fitted) {
  std::vector<TestResult> tests;
  if (!fitted.pair) return tests;
  for (TestResult& test : TestLineage(*fitted.pair)) {
    if (!test.run()) continue;
    const auto agreement = std::ranges::find(kAgreements, test.name, &AgreementOfStrangers::test);
    test.name += kFittedSuffix;
    if (agreement != kAgreements.end()) {
      SetCaveat(*agreement, test);
    } else {
      test.assumption +=
          fitted.basis.by == BasisSource::kTokens
              ? "; A's residual coordinates are fitted to B's by tokens alone, which "
                "say nothing of the order of hidden units, experts and heads"
              : "; A's residual coordinates are fitted to B's by sums over all rows "
                "of a layer's tensors, which no order of hidden units, experts and "
                "heads changes";
    }
    tests.push_back(std::move(test));
  }
  AdjustTests(tests);
  return tests;
}

}  // namespace modelkin
