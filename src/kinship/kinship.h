// How B was made from A, through what was done to hide it.
#ifndef MODELKIN_KINSHIP_KINSHIP_H_
#define MODELKIN_KINSHIP_KINSHIP_H_

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "kinship/basis_trace.h"
#include "kinship/descriptions.h"
#include "kinship/merge_fit.h"
#include "kinship/relation.h"
#include "kinship/tensor_heritage.h"
#include "lineage/trace.h"

namespace modelkin {

struct KinshipInputs {
  TracedModel a, b;
  std::vector<TracedModel> controls;       // as TraceLineage had them
  std::vector<TracedModel> parents;        // candidates of a merge: none, or two to four
  const Tokenizer* tokenizer_a = nullptr;  // null where there is none
  const Tokenizer* tokenizer_b = nullptr;
};

struct Kinship {
  TokenPairs tokens;
  Descriptions descriptions;
  // Where the basis that models are stored in does not show a derivation: one fitted by tokens.
  std::optional<BasisTrace> fitted;
  bool shown_by_fitted_basis = false;  // the verdict rests on tests in it
  // Only where there is evidence of a shared origin.
  std::vector<TensorHeritage> heritage;  // of B's tensors
  std::vector<std::string> not_in_b;     // tensors of A that nothing in B comes from
  std::optional<Relation> relation;
  std::optional<MergeFit> merge;
};

// Goes on from a trace: adds tests in a fitted basis to it where those as stored show no
// derivation, corrects all for their number, and may change its verdict by them. Not for a quick
// trace.
Kinship TraceKinship(const KinshipInputs& inputs, const TraceSettings& options, TraceState& state,
                     Progress& progress, Trace& trace);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_KINSHIP_H_
