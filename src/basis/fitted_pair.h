// A pair once more, with A's residual coordinates fitted to B's.
#ifndef MODELKIN_BASIS_FITTED_PAIR_H_
#define MODELKIN_BASIS_FITTED_PAIR_H_

#include <optional>
#include <string>

#include "base/progress.h"
#include "basis/hidden_basis.h"
#include "basis/spectral_naming.h"
#include "lineage/pair_analysis.h"

namespace modelkin {

struct FittedPair {
  // The model whose tensors had to be paired by shape and values: anew, by their singular values.
  std::optional<SpectralNaming> renamed_a, renamed_b;
  HiddenBasis basis;
  // A with its coordinates fitted to B's and its norms folded, and B with its norms folded; only
  // where there is something to fit.
  std::optional<PairAnalysis> pair;
};

// Of the models as `stored` has them, which has to outlive the result. `name` begins the names that
// `state` keeps things under.
FittedPair FitPair(const PairAnalysis& stored, const TokenPairs& tokens,
                   const TraceSettings& options, TraceState& state, const std::string& name,
                   Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_BASIS_FITTED_PAIR_H_
