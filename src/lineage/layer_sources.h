// Which layer of A each layer of B goes back to, by all that says so.
#ifndef MODELKIN_LINEAGE_LAYER_SOURCES_H_
#define MODELKIN_LINEAGE_LAYER_SOURCES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "lineage/pair_analysis.h"

namespace modelkin {

struct LayerSource {
  std::uint32_t layer_b = 0;
  std::optional<std::uint32_t> layer_a;
  // MLPs say another layer than attention and norms, which are as much like this one: A may have
  // layers that are alike, or names may be wrong.
  bool contested = false;
};

// For each layer of the layer map, the one that most of its linked MLPs come from, unless the map
// has another whose z is at least 0.9 times as large. Without such a majority (experts may have
// been dealt out between layers) the map's, whose cells between different layers of relatives are
// not null; nothing for a layer none of whose MLPs is linked, though some were matched.
std::vector<LayerSource> LayerSources(const PairAnalysis& pair);

// Layers of A that no layer of B goes back to, and those that several do. Nothing unless all layers
// of B have a source that is not contested: one that seems missing may not have been recognised.
// Of an incomplete B nothing was dropped that is known of.
struct LayerChanges {
  std::vector<std::uint32_t> dropped, duplicated;
};
LayerChanges ChangesOfLayers(const PairAnalysis& pair);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_LAYER_SOURCES_H_
