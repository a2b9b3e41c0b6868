#include "kinship/descriptions.h"

#include "kinship/alignment.h"

namespace modelkin {
namespace {

TokenEvidence TokensOf(const ModelParts& a, const ModelParts& b, const TokenPairs& tokens,
                       const TraceSettings& options, Progress& progress) {
  progress.Begin("comparing tokens", TokenEvidenceBytes(a, b));
  return GatherTokenEvidence(
      a, b, tokens.pairs,
      {.draws = options.draws, .seed = options.seed, .threads = options.threads}, progress);
}

void DescribeRouters(const PairAnalysis& pair, unsigned threads, Descriptions& result) {
  result.routers_a = ProfileRouters(pair.a, pair.similarities_a, threads);
  result.routers_b = ProfileRouters(pair.b, pair.similarities_b, threads);
  LayerPairs layers;
  for (const LayerSource& source : LayerSources(pair)) {
    layers.emplace_back(source.layer_a.value_or(source.layer_b), source.layer_b);
  }
  result.router_pairs = CompareRouters(result.routers_a, result.routers_b, layers);
}

}  // namespace

Descriptions Describe(const Trace& trace, const TracedModel& a, const TracedModel& b,
                      const std::vector<TracedModel>& controls, const TokenPairs& tokens,
                      const TraceSettings& options, Progress& progress) {
  const PairAnalysis& pair = trace.pair;
  Descriptions result{.tokens = TokensOf(pair.a, pair.b, tokens, options, progress)};
  if (options.describe) {
    result.spectra_a = SpectraOf(pair.a, options.threads, progress);
    result.spectra_b = SpectraOf(pair.b, options.threads, progress);
    result.fingerprints = FingerprintPair(pair.a, result.spectra_a, pair.b, result.spectra_b,
                                          tokens, options.threads, progress);
  }
  DescribeRouters(pair, options.threads, result);
  for (const ControlTrace& control : trace.controls) {
    if (control.related) continue;
    const TracedModel& own = control.with_a ? a : b;
    const TracedModel& other = controls[control.control];
    const ModelParts parts = PartsOf(*own.checkpoint, own.spec);
    const ModelParts of_control = PartsOf(*other.checkpoint, other.spec);
    const TokenPairs shared = SharedTokens(parts, nullptr, of_control, nullptr);
    ControlFigures figures{.control = control.control, .with_a = control.with_a};
    figures.tokens = TokensOf(parts, of_control, shared, options, progress);
    if (options.describe) {
      figures.fingerprints = FingerprintPair(
          parts, control.with_a ? result.spectra_a : result.spectra_b, of_control,
          SpectraOf(of_control, options.threads, progress), shared, options.threads, progress);
    }
    result.controls.push_back(std::move(figures));
  }
  return result;
}

}  // namespace modelkin
