// Which model of an edge was first, which of a group, and where that contradicts what is declared.
#ifndef MODELKIN_ATLAS_TREE_DIRECTION_H_
#define MODELKIN_ATLAS_TREE_DIRECTION_H_

#include <cstdint>
#include <vector>

#include "atlas/tree.h"

namespace modelkin {

// Gives each group its root: where cards lead from its centre, else the centre, the model with the
// largest sum of cosines to its relatives (`closeness`, one for each model).
void ChooseRoots(const std::vector<std::int64_t>& closeness, AtlasTree& tree);

// Gives edges their direction, after ChooseRoots.
void DirectEdges(AtlasTree& tree);

// Lists contradictions by edge, after DirectEdges.
void FindContradictions(AtlasTree& tree);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_TREE_DIRECTION_H_
