// The edges of a tree: nearest relatives, two that a model lies between, and what cards declare.
#ifndef MODELKIN_ATLAS_TREE_EDGES_H_
#define MODELKIN_ATLAS_TREE_EDGES_H_

#include <span>
#include <vector>

#include "atlas/between_scan.h"
#include "atlas/declared_bases.h"
#include "atlas/pair_scan.h"
#include "atlas/tree.h"

namespace modelkin {

// Returns edges by a, then b, with bits and what is declared, without direction.
std::vector<TreeEdge> MakeTreeEdges(std::size_t models, std::span<const ShapeBucket> buckets,
                                    std::span<const ShownPairs> shown,
                                    const AgreementLimits& limits,
                                    std::span<const TreeBetween> between,
                                    std::span<const DeclaredBase> declared);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_TREE_EDGES_H_
