// A dossier made of a model.
#ifndef MODELKIN_DOSSIER_MAKE_DOSSIER_H_
#define MODELKIN_DOSSIER_MAKE_DOSSIER_H_

#include <string>

#include "base/progress.h"
#include "dossier/commitment.h"
#include "dossier/dossier.h"
#include "dossier/sign_projection.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

struct DossierOptions {
  std::string seed;
  std::size_t dimensions = kMostDimensions;
  unsigned threads = 1;
};

// Returns the dossier of a model under that commitment. What it tells of is drawn by the seed, by
// names and by shapes alone. Throws Error(kBadInput) where the model has not as many tensors as
// were committed to, or no units in random order that a dossier has.
Dossier MakeDossier(const TracedModel& model, const Commitment& commitment,
                    const DossierOptions& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_MAKE_DOSSIER_H_
