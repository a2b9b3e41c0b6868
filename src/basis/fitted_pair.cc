#include "basis/fitted_pair.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "basis/basis_screen.h"
#include "basis/folded_norms.h"

namespace modelkin {
namespace {

// The model's tensors under names of `known`, whose norms may be folded, or not, in it.
std::optional<SpectralNaming> Rename(const ModelParts& known, const ModelParts& model,
                                     const std::vector<NameGiven>& given, unsigned threads) {
  auto by_folded = NamedBySpectra(Folded(known, nullptr), model, given, threads);
  auto by_stored = NamedBySpectra(known, model, given, threads);
  const bool folded = by_folded && (!by_stored || by_folded->distance < by_stored->distance);
  return folded ? std::move(by_folded) : std::move(by_stored);
}

ResidualMap Identity(std::size_t width) {
  std::vector<std::uint32_t> source(width);
  std::iota(source.begin(), source.end(), 0U);
  return PermutationMap(std::move(source), std::vector<float>(width, 1));
}

// Models of different widths have no tests but those in a fitted basis: up to this width one is
// fitted whatever a look at few of both shows, in seconds.
constexpr std::uint64_t kWidestUnscreened = 2048;

// Or would take long.
bool AreScreened(const ModelParts& a, const ModelParts& b) {
  return *a.residual == *b.residual || std::max(*a.residual, *b.residual) > kWidestUnscreened;
}

// Where the plan draws, fits only what a look at few of both shows.
HiddenBasis FindOrScreen(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                         const TraceSettings& options, Progress& progress) {
  HiddenBasis basis{.skipped = WhyNoHiddenBasis(a, b)};
  if (!basis.skipped.empty()) return basis;
  if (!options.plan.is_all() && AreScreened(a, b)) {
    progress.Begin("another basis? a look at few tokens, units and layers", 0);
    const BasisScreen screen =
        ScreenBasis(a, b, tokens, options.plan, options.seed, options.threads);
    basis.fitted = screen.fitted;
    basis.held_out = screen.held_out;
    if (!screen.shows_something()) {
      basis.skipped = screen.Text();
      return basis;
    }
    if (screen.is_in_place()) {
      basis.map = std::make_shared<const ResidualMap>(Identity(*a.residual));
      basis.cosine = *screen.cosine_in_place;
      basis.shuffled_cosine = screen.shuffled_cosine;
      return basis;
    }
  }
  return FindHiddenBasis(a, b, tokens, options.seed, options.threads, progress);
}

}  // namespace

FittedPair FitPair(const PairAnalysis& stored, const TokenPairs& tokens,
                   const TraceSettings& options, TraceState& state, const std::string& name,
                   Progress& progress) {
  FittedPair fitted;
  if (!stored.names_given.empty()) {
    progress.Begin("another basis? pairing tensors by singular values", 0);
    const bool of_a = stored.names_given_to_a;
    (of_a ? fitted.renamed_a : fitted.renamed_b) =
        Rename(of_a ? stored.b : stored.a, of_a ? stored.a : stored.b, stored.names_given,
               options.threads);
  }
  const ModelParts& a = fitted.renamed_a ? fitted.renamed_a->parts : stored.a;
  const ModelParts& b = fitted.renamed_b ? fitted.renamed_b->parts : stored.b;
  const IdentitiesOfBoth identities = FindIdentities(a, b, options.threads);
  if (identities.found() && !AreReadForIdentities(a, b)) {
    fitted.basis.skipped = "hidden units of both stand at residual coordinates";
    return fitted;
  }
  ModelParts folded_b = Folded(b, nullptr, identities.b);
  fitted.basis =
      FindOrScreen(Folded(a, nullptr, identities.a), folded_b, tokens, options, progress);
  if (fitted.basis.map == nullptr) return fitted;
  fitted.pair.emplace(PairAnalysis{.a = Folded(a, fitted.basis.map, identities.a),
                                   .b = std::move(folded_b),
                                   .quick = options.quick()});
  fitted.pair->rotary = stored.rotary;
  fitted.pair->non_finite_a = stored.non_finite_a;
  fitted.pair->non_finite_b = stored.non_finite_b;
  fitted.pair->names_given = fitted.renamed_a   ? fitted.renamed_a->given
                             : fitted.renamed_b ? fitted.renamed_b->given
                                                : stored.names_given;
  AnalyseParts(ResidualBasis::kFitted, options, state, name + "-fitted", progress, *fitted.pair);
  return fitted;
}

}  // namespace modelkin
