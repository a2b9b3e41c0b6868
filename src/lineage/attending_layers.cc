#include "lineage/attending_layers.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace modelkin {

std::vector<std::uint32_t> LayersReadWhole(const ModelParts& model,
                                           std::span<const std::uint32_t> layers,
                                           const DrawPlan& plan, std::uint64_t seed) {
  std::set<std::uint32_t> attending;
  for (const Part& part : model.parts) {
    if (part.layer && IsSelfAttention(part.role)) attending.insert(*part.layer);
  }
  std::vector<std::uint32_t> candidates;
  std::ranges::copy_if(layers, std::back_inserter(candidates),
                       [&](std::uint32_t layer) { return attending.contains(layer); });
  if (candidates.empty()) candidates.assign(layers.begin(), layers.end());
  std::vector<std::uint32_t> drawn;
  for (const std::uint32_t place : LayersOfWholeAttention(plan, seed, candidates.size())) {
    drawn.push_back(candidates[place]);
  }
  return drawn;
}

}  // namespace modelkin
