// How B was made from A, through what was done to hide it.
#ifndef MODELKIN_KINSHIP_KINSHIP_H_
#define MODELKIN_KINSHIP_KINSHIP_H_

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "evidence/trace.h"
#include "kinship/descriptions.h"
#include "kinship/merge_fit.h"
#include "kinship/relation.h"
#include "kinship/tensor_heritage.h"

namespace modelkin {

struct Kinship {
  std::optional<Descriptions> descriptions;  // where TraceOptions::fingerprints asks for them
  // Only where there is evidence of a shared origin.
  std::vector<TensorHeritage> heritage;  // of B's tensors
  std::vector<std::string> not_in_b;     // tensors of A that nothing in B comes from
  std::optional<Relation> relation;
  std::optional<MergeFit> merge;
};

// Explains what `trace`, of the models of `inputs`, has found; not of a quick trace. `parents`:
// candidates of a merge, none or two to four. The models and `trace` have to outlive the result.
Kinship TraceKinship(const TracedModels& inputs, const std::vector<TracedModel>& parents,
                     const Trace& trace, const TraceSettings& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_KINSHIP_H_
