// B as a base plus changes of which only some elements were kept: DARE, which drops them at random
// and makes the others larger (Yu et al., ICML 2024, arXiv 2311.03099), and TIES, which keeps the
// largest, and of those the ones of the sign that wins (Yadav et al., NeurIPS 2023, arXiv
// 2306.01708).
#ifndef MODELKIN_KINSHIP_SPARSE_MERGE_H_
#define MODELKIN_KINSHIP_SPARSE_MERGE_H_

#include <vector>

#include "base/progress.h"
#include "kinship/merge_fit.h"
#include "lineage/model_parts.h"

namespace modelkin {

// Each element of B that changed is explained by one set of parents, whose changes have the same
// factors wherever it is that set: Lloyd's iteration, from the factors that DARE and TIES would
// have. `is_merge` only if 5 % of B's elements are the base's where parents differ from it, and the
// sets explain 90 % of what the others changed by (what is best for each element explains some of a
// stranger's change as well: about 75 % for two parents). Of a tensor the first 2^18 elements are
// read. Weights are, for
// DARE, what a parent's changes are multiplied by in the mean, dropped ones by 0; for TIES, what
// those are multiplied by that no other parent has a part in.
MergeFit FitSparseMerge(const ModelParts& b, const std::vector<const ModelParts*>& parents,
                        const ModelParts& base, unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_SPARSE_MERGE_H_
