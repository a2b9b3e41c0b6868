#include "fingerprint/fingerprints.h"

#include "fingerprint/awm.h"
#include "fingerprint/deviation_profile.h"
#include "fingerprint/huref.h"

namespace modelkin {
namespace {

// A title, which is the same in every language.
Said Everywhere(const std::string& title) { return {.english = title, .korean = title}; }

}  // namespace

std::vector<Fingerprint> FingerprintPair(const ModelParts& a,
                                         const std::vector<TensorSpectrum>& spectra_a,
                                         const ModelParts& b,
                                         const std::vector<TensorSpectrum>& spectra_b,
                                         const TokenPairs& tokens, unsigned threads,
                                         Progress& progress) {
  const Said huref_paper = Everywhere("HuRef, arXiv 2312.04828");
  progress.Begin("comparing fingerprints", 0);
  const HurefCosines huref = CompareHuref(a, b, tokens, threads);
  return {
      {.name = "huref_attention", .source = huref_paper, .caveat = {}, .value = huref.attention},
      {.name = "huref_values", .source = huref_paper, .caveat = {}, .value = huref.values},
      {.name = "huref_mlp", .source = huref_paper, .caveat = {}, .value = huref.mlp},
      {.name = "awm",
       .source = Everywhere("AWM, arXiv 2510.06738"),
       .caveat = {},
       .value = CompareAwm(a, b, tokens, threads)},
      {.name = "deviation_profile",
       .source = {"Intrinsic Fingerprint of LLMs, arXiv 2507.03014 (withdrawn)",
                  "Intrinsic Fingerprint of LLMs, arXiv 2507.03014(철회됨)"},
       .caveat = {"known to be high for unrelated models: false positives",
                  "무관한 모델 사이에서도 높은 것으로 알려져 있음: 거짓 양성"},
       .value = CompareDeviationProfiles(a, b, threads)},
      {.name = "spectral_distance",
       .source = {"singular values, each matrix scaled to a norm of 1",
                  "특잇값, 행렬마다 노름이 1이 되게 조정"},
       .caveat = {},
       .value = SpectralDistance(spectra_a, spectra_b)}};
}

}  // namespace modelkin
