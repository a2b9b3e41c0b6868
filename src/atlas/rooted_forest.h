// A tree's groups as readers see them: each model below another, from its group's root on.
#ifndef MODELKIN_ATLAS_ROOTED_FOREST_H_
#define MODELKIN_ATLAS_ROOTED_FOREST_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "atlas/tree.h"

namespace modelkin {

struct RootedModel {
  std::optional<std::size_t> parent_edge;  // of the tree; nullopt: a root
  std::size_t depth = 0;                   // edges between it and its root
  std::vector<std::size_t> children;       // models, nearest first
};

// Returns an item for each model, along the edges of nearest relatives.
std::vector<RootedModel> RootForest(const AtlasTree& tree);

// Goes through a group from its root on, each model before those below it: `enter`, and `leave`
// after these. No recursion, however deep it is.
void WalkGroup(const std::vector<RootedModel>& forest, std::size_t root,
               const std::function<void(std::size_t model)>& enter,
               const std::function<void(std::size_t model)>& leave);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_ROOTED_FOREST_H_
