// What a tree is made from: an atlas's records, with bits of one shape together.
#ifndef MODELKIN_ATLAS_TREE_RECORDS_H_
#define MODELKIN_ATLAS_TREE_RECORDS_H_

#include <vector>

#include "atlas/atlas.h"
#include "atlas/pair_scan.h"
#include "atlas/tree.h"

namespace modelkin {

struct TreeRecords {
  std::vector<TreeModel> models;     // by id
  std::vector<ShapeBucket> buckets;  // by kind, role, rows, columns; those of one entry as well
};

// Reads all records, in one state of the atlas. Components that no name tells the layers of, and
// those of which most pairs of layers are alike, have no bits to compare. Throws as Atlas does.
TreeRecords ReadTreeRecords(const Atlas& atlas);

// Returns how many pairs of a component's own layers have bits that agree more than those of all
// pairs of strangers' layers do, but for a chance of 0.001.
std::uint64_t CountRepeatedLayers(const SketchedComponent& component);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_TREE_RECORDS_H_
