// What is computed of a pair beside its tests: figures without a null distribution, each beside
// those of controls.
#ifndef MODELKIN_KINSHIP_DESCRIPTIONS_H_
#define MODELKIN_KINSHIP_DESCRIPTIONS_H_

#include <cstddef>
#include <vector>

#include "base/progress.h"
#include "fingerprint/fingerprints.h"
#include "fingerprint/router_profile.h"
#include "fingerprint/token_evidence.h"
#include "lineage/trace.h"

namespace modelkin {

// Of A or B with a control, which is related to neither.
struct ControlFigures {
  std::size_t control = 0;  // index
  bool with_a = true;
  TokenEvidence tokens;
  std::vector<Fingerprint> fingerprints;
};

struct Descriptions {
  TokenEvidence tokens;
  std::vector<Fingerprint> fingerprints;
  std::vector<TensorSpectrum> spectra_a, spectra_b;
  std::vector<RouterProfile> routers_a, routers_b;
  std::vector<RouterPair> router_pairs;  // of layers that belong together
  std::vector<ControlFigures> controls;
};

// `trace` with its controls, of the models `a`, `b` and `controls`.
Descriptions Describe(const Trace& trace, const TracedModel& a, const TracedModel& b,
                      const std::vector<TracedModel>& controls, const TokenPairs& tokens,
                      const TraceSettings& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DESCRIPTIONS_H_
