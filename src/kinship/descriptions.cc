#include "kinship/descriptions.h"

#include <algorithm>

#include "kinship/alignment.h"

namespace modelkin {
namespace {

void DescribeRouters(const PairAnalysis& pair, unsigned threads, Descriptions& result) {
  result.routers_a = ProfileRouters(pair.a, pair.similarities_a, threads);
  result.routers_b = ProfileRouters(pair.b, pair.similarities_b, threads);
  LayerPairs layers;
  for (const LayerSource& source : LayerSources(pair)) {
    layers.emplace_back(source.layer_a.value_or(source.layer_b), source.layer_b);
  }
  result.router_pairs = CompareRouters(result.routers_a, result.routers_b, layers);
}

// "" where fingerprints and spectra are computed.
std::string WhyNotDescribed(const TraceSettings& options) {
  if (!options.plan.is_all() && options.fingerprints != FingerprintExtent::kAll) {
    return "left out, as models were drawn from: --fingerprints computes them";
  }
  return "";
}

// Computed once, though a control stands beside A and beside B.
const std::vector<TensorSpectrum>& SpectraOfControl(std::size_t control, const ModelParts& parts,
                                                    unsigned threads, Progress& progress,
                                                    Descriptions& result) {
  const auto known = std::ranges::find(result.control_spectra, control, &ControlSpectra::control);
  if (known != result.control_spectra.end()) return known->spectra;
  result.control_spectra.push_back({control, SpectraOf(parts, threads, progress)});
  return result.control_spectra.back().spectra;
}

}  // namespace

Descriptions Describe(const Trace& trace, const TracedModels& inputs, const TraceSettings& options,
                      Progress& progress) {
  const PairAnalysis& pair = trace.pair;
  Descriptions result{.left_out = WhyNotDescribed(options)};
  const bool described = result.left_out.empty();
  if (described) {
    result.spectra_a = SpectraOf(pair.a, options.threads, progress);
    result.spectra_b = SpectraOf(pair.b, options.threads, progress);
    result.fingerprints = FingerprintPair(pair.a, result.spectra_a, pair.b, result.spectra_b,
                                          trace.tokens, options.threads, progress);
  }
  DescribeRouters(pair, options.threads, result);
  for (const ControlTrace& control : trace.controls) {
    if (control.related) continue;
    ControlFigures& figures = result.controls.emplace_back(ControlFigures{.id = control.id});
    if (!described) continue;
    const TracedModel& own = control.id.with_a ? inputs.a : inputs.b;
    const TracedModel& other = inputs.controls[control.id.control];
    const ModelParts parts = PartsOf(*own.checkpoint, own.spec);
    const ModelParts of_control = PartsOf(*other.checkpoint, other.spec);
    figures.fingerprints = FingerprintPair(
        parts, control.id.with_a ? result.spectra_a : result.spectra_b, of_control,
        SpectraOfControl(control.id.control, of_control, options.threads, progress, result),
        SharedTokens(parts, nullptr, of_control, nullptr), options.threads, progress);
  }
  return result;
}

}  // namespace modelkin
