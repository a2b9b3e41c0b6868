#include "kinship/basis_trace.h"

#include "kinship/folded_norms.h"

namespace modelkin {
namespace {

// Of tests that look for units with the same partner in two matchings. Units of strangers that do
// the same are alike in a basis fitted to tokens (up to 4.9 % of the units of small models, see
// docs/kinship.md), so that their p-values are too small: only large shares count.
constexpr double kLeastFittedAgreement = 0.25;

ModelParts Folded(const ModelParts& model, const std::shared_ptr<const ResidualMap>& map) {
  return WithTensors(model, Arranged(model, FoldedParts(model, map)));
}

}  // namespace

BasisTrace TraceInFittedBasis(const ModelParts& a, const ModelParts& b,
                              const std::vector<NameGiven>& names_given, const TokenPairs& tokens,
                              const TraceOptions& options, TraceState& state,
                              const std::string& name, Progress& progress) {
  BasisTrace fitted;
  const ModelParts folded_a = Folded(a, nullptr);
  if (!names_given.empty()) {
    progress.Begin("pairing tensors by singular values", 0);
    fitted.renamed_b = NamedBySpectra(folded_a, b, names_given, options.threads);
    auto unfolded = NamedBySpectra(a, b, names_given, options.threads);
    if (unfolded && (!fitted.renamed_b || unfolded->distance < fitted.renamed_b->distance)) {
      fitted.renamed_b = std::move(unfolded);
    }
  }
  ModelParts folded_b = Folded(fitted.renamed_b ? fitted.renamed_b->parts : b, nullptr);
  fitted.basis =
      FindHiddenBasis(folded_a, folded_b, tokens, options.seed, options.threads, progress);
  if (fitted.basis.map == nullptr) return fitted;
  fitted.pair.emplace(PairAnalysis{
      .a = Folded(a, fitted.basis.map), .b = std::move(folded_b), .quick = options.quick});
  fitted.pair->names_given = fitted.renamed_b ? fitted.renamed_b->given : names_given;
  AnalyseParts(ResidualBasis::kFitted, options, state, name + "-fitted", progress, *fitted.pair);
  return fitted;
}

std::vector<TestResult> TestFitted(const BasisTrace& fitted) {
  std::vector<TestResult> tests;
  if (!fitted.pair) return tests;
  for (TestResult& test : TestLineage(*fitted.pair)) {
    if (!test.run()) continue;
    if (test.name != "hidden_order" && test.least_effect > 0) {
      test.least_effect = kLeastFittedAgreement;
    }
    test.name += kFittedSuffix;
    test.assumption +=
        "; A's residual coordinates are fitted to B's by tokens alone, which say "
        "nothing of the order of hidden units, experts and heads";
    tests.push_back(std::move(test));
  }
  AdjustTests(tests);
  return tests;
}

}  // namespace modelkin
