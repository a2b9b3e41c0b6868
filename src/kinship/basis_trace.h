// The tests of lineage once more, with A's residual coordinates fitted to B's.
#ifndef MODELKIN_KINSHIP_BASIS_TRACE_H_
#define MODELKIN_KINSHIP_BASIS_TRACE_H_

#include <optional>
#include <string>
#include <vector>

#include "basis/hidden_basis.h"
#include "basis/spectral_naming.h"
#include "lineage/trace.h"

namespace modelkin {

// Tests of a fitted pair are named so: "hidden_order_in_fitted_basis".
inline constexpr const char* kFittedSuffix = "_in_fitted_basis";

struct BasisTrace {
  // The model whose tensors had to be paired by shape and values: anew, by their singular values.
  std::optional<SpectralNaming> renamed_a, renamed_b;
  HiddenBasis basis;
  // A with its coordinates fitted to B's and its norms folded, and B with its norms folded; only
  // where there is something to fit.
  std::optional<PairAnalysis> pair;
};

// Of the models as `stored` has them, which has to outlive the result. `name` begins the names that
// `state` keeps things under.
BasisTrace TraceInFittedBasis(const PairAnalysis& stored, const TokenPairs& tokens,
                              const TraceSettings& options, TraceState& state,
                              const std::string& name, Progress& progress);

// Those over hidden units, experts and heads: the fit did not look at their order.
std::vector<TestResult> TestFitted(const BasisTrace& fitted);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_BASIS_TRACE_H_
