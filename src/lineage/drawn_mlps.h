// Which MLPs of a model are matched where all would take too long.
#ifndef MODELKIN_LINEAGE_DRAWN_MLPS_H_
#define MODELKIN_LINEAGE_DRAWN_MLPS_H_

#include <cstdint>
#include <vector>

#include "lineage/model_parts.h"

namespace modelkin {

// Draws at most `count` of the MLPs `among` (indices, ascending), by the seed and by their layers:
// of each layer one at least where `count` allows it, and as many of one as of another where both
// have them. Ascending.
std::vector<std::size_t> DrawnMlps(const std::vector<Mlp>& mlps,
                                   const std::vector<std::size_t>& among, std::uint64_t seed,
                                   std::uint64_t count);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAWN_MLPS_H_
