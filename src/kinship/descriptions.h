// What is computed of a pair beside its tests: figures without a null distribution, each beside
// those of controls.
#ifndef MODELKIN_KINSHIP_DESCRIPTIONS_H_
#define MODELKIN_KINSHIP_DESCRIPTIONS_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "evidence/trace.h"
#include "fingerprint/fingerprints.h"
#include "fingerprint/router_profile.h"

namespace modelkin {

// Of A or B with a control, which is related to neither.
struct ControlFigures {
  ControlId id;
  std::vector<Fingerprint> fingerprints;
};

// Of one control, whichever model it is beside.
struct ControlSpectra {
  std::size_t control = 0;
  std::vector<TensorSpectrum> spectra;
};

struct Descriptions {
  std::string left_out;  // why there are no fingerprints and spectra; "" where there are
  std::vector<Fingerprint> fingerprints;
  std::vector<TensorSpectrum> spectra_a, spectra_b;
  std::vector<RouterProfile> routers_a, routers_b;
  std::vector<RouterPair> router_pairs;  // of layers that belong together
  std::vector<ControlFigures> controls;
  std::vector<ControlSpectra> control_spectra;
};

// Of the pair of `trace`, whose models are those of `inputs`, and of its controls.
Descriptions Describe(const Trace& trace, const TracedModels& inputs, const TraceSettings& options,
                      Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DESCRIPTIONS_H_
