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
                              const TraceOptions& options, TraceState& state,
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
