#include "kinship/layer_heads.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/parallel.h"

namespace modelkin {
namespace {

// Memory for queries of layers that are matched side by side.
constexpr std::uint64_t kBytesOfHeads = std::uint64_t{128} << 20;
// Residual coordinates over which heads are compared where not all of attention is taken: cosines
// of heads of 128 rows are then known to 0.008.
constexpr std::uint64_t kCoordinatesOfHeads = 128;

// Those of `layers` of which B's attention is drawn.
LayerPairs WithDrawnHeads(const ModelParts& b, const LayerPairs& layers, const HeritageDraw& draw) {
  if (draw.takes_all) return layers;
  std::set<std::uint32_t> drawn;
  for (const Part& part : b.parts) {
    if (part.layer && IsSelfAttention(part.role) && draw.Takes(part.tensor->name)) {
      drawn.insert(*part.layer);
    }
  }
  LayerPairs kept;
  for (const auto& pair : layers) {
    if (drawn.contains(pair.second)) kept.push_back(pair);
  }
  return kept;
}

// Empty: all.
std::vector<std::uint32_t> CoordinatesOfHeads(const ModelParts& b, const HeritageDraw& draw,
                                              std::uint64_t seed) {
  if (draw.takes_all || !b.residual || *b.residual > UINT32_MAX) return {};
  return DrawPlaces(seed, "coordinates of heads", static_cast<std::uint32_t>(*b.residual),
                    kCoordinatesOfHeads);
}

// Whether queries of as many layers as there are threads may be held at once, of both models.
bool FitTogether(const ModelParts& b, const LayerPairs& layers, unsigned threads) {
  std::uint64_t largest = 0;
  for (const auto& [layer_a, layer_b] : layers) {
    const Part* const query = b.FindInLayer(layer_b, Role::kQuery);
    if (query != nullptr) largest = std::max(largest, query->tensor->elements);
  }
  const unsigned count = threads == 0 ? AvailableThreads() : threads;
  return 2 * sizeof(float) * largest * count <= kBytesOfHeads;
}

}  // namespace

std::vector<LayerHeads> MatchHeadsOfLayers(const ModelParts& a, const ModelParts& b,
                                           const LayerPairs& layers, const HeritageDraw& draw,
                                           const TraceSettings& options) {
  const HeadCounts heads = b.heads.query > 0 ? b.heads : a.heads;
  const bool same =
      a.heads.query == 0 || (a.heads.query == heads.query && a.heads.groups == heads.groups);
  if (heads.query == 0 || !same) return {};
  LayerPairs taken = WithDrawnHeads(b, layers, draw);
  std::erase_if(
      taken, [&](const auto& pair) { return !a.HasHeads(pair.first) || !b.HasHeads(pair.second); });
  const auto coordinates = CoordinatesOfHeads(b, draw, options.seed);
  std::vector<std::optional<HeadMatch>> matches(taken.size());
  const bool together = !draw.takes_all && FitTogether(b, taken, options.threads);
  ParallelFor(together ? options.threads : 1, taken.size(), [&](std::size_t i, unsigned) {
    matches[i] = MatchHeads(a, taken[i].first, b, taken[i].second, heads,
                            together ? 1 : options.threads, coordinates);
  });
  std::vector<LayerHeads> matched;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!matches[i]) continue;
    matched.push_back(
        {.layer_a = taken[i].first, .layer_b = taken[i].second, .match = std::move(*matches[i])});
  }
  return matched;
}

}  // namespace modelkin
