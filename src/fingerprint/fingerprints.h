// Published fingerprints of a pair, as descriptions: none has a null distribution, so that each is
// of use only beside the values of control pairs, and none has a say in the verdict
// (docs/kinship.md, "Descriptions").
#ifndef MODELKIN_FINGERPRINT_FINGERPRINTS_H_
#define MODELKIN_FINGERPRINT_FINGERPRINTS_H_

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/said.h"
#include "fingerprint/spectrum.h"
#include "fingerprint/token_pairs.h"
#include "lineage/model_parts.h"

namespace modelkin {

struct Fingerprint {
  std::string name;
  Said source;                  // where it was published
  Said caveat;                  // "" where nothing more is known against it
  std::optional<double> value;  // of 1 where both models are the same, but for spectral_distance: 0
};

// In this order:
// - huref_attention, huref_values, huref_mlp: CompareHuref.
// - awm: CompareAwm.
// - deviation_profile: CompareDeviationProfiles.
// - spectral_distance: SpectralDistance.
// `spectra_*` from SpectraOf. Does not depend on `threads`.
std::vector<Fingerprint> FingerprintPair(const ModelParts& a,
                                         const std::vector<TensorSpectrum>& spectra_a,
                                         const ModelParts& b,
                                         const std::vector<TensorSpectrum>& spectra_b,
                                         const TokenPairs& tokens, unsigned threads,
                                         Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_FINGERPRINTS_H_
