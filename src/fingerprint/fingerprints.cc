#include "fingerprint/fingerprints.h"

#include "fingerprint/awm.h"
#include "fingerprint/deviation_profile.h"
#include "fingerprint/huref.h"

namespace modelkin {

std::vector<Fingerprint> FingerprintPair(const ModelParts& a,
                                         const std::vector<TensorSpectrum>& spectra_a,
                                         const ModelParts& b,
                                         const std::vector<TensorSpectrum>& spectra_b,
                                         const TokenPairs& tokens, unsigned threads,
                                         Progress& progress) {
  constexpr const char* kHuref = "HuRef, arXiv 2312.04828";
  progress.Begin("comparing fingerprints", 0);
  const HurefCosines huref = CompareHuref(a, b, tokens, threads);
  return {{.name = "huref_attention", .source = kHuref, .caveat = "", .value = huref.attention},
          {.name = "huref_values", .source = kHuref, .caveat = "", .value = huref.values},
          {.name = "huref_mlp", .source = kHuref, .caveat = "", .value = huref.mlp},
          {.name = "awm",
           .source = "AWM, arXiv 2510.06738",
           .caveat = "",
           .value = CompareAwm(a, b, tokens, threads)},
          {.name = "deviation_profile",
           .source = "Intrinsic Fingerprint of LLMs, arXiv 2507.03014 (withdrawn)",
           .caveat = "known to be high for unrelated models: false positives",
           .value = CompareDeviationProfiles(a, b, threads)},
          {.name = "spectral_distance",
           .source = "singular values, each matrix scaled to a norm of 1",
           .caveat = "",
           .value = SpectralDistance(spectra_a, spectra_b)}};
}

}  // namespace modelkin
