#include "lineage/layer_sources.h"

#include <algorithm>
#include <map>

namespace modelkin {
namespace {

constexpr double kAsMuch = 0.9;  // of a z

struct MlpVotes {
  std::size_t matched = 0, linked = 0;
  std::map<std::uint32_t, std::size_t> layers;  // of A
};

MlpVotes VotesFor(const PairAnalysis& pair, std::uint32_t layer_b) {
  MlpVotes votes;
  for (const MlpMatch& match : pair.mlps) {
    if (!match.skipped.empty() || pair.b.mlps[match.b].layer != layer_b) continue;
    ++votes.matched;
    const auto layer_a = pair.a.mlps[match.a].layer;
    if (match.log_p_linked() >= kLinkedLogP || !layer_a) continue;
    ++votes.linked;
    ++votes.layers[*layer_a];
  }
  return votes;
}

bool MapPrefersAnother(const LayerMap& map, std::size_t b, std::uint32_t layer_a) {
  const auto own = std::ranges::find(map.layers_a, layer_a);
  if (!map.source[b] || map.layers_a[*map.source[b]] == layer_a || own == map.layers_a.end()) {
    return false;
  }
  const auto a = static_cast<std::size_t>(own - map.layers_a.begin());
  return map.At(*map.source[b], b) >= kAsMuch * map.At(a, b);
}

}  // namespace

std::vector<LayerSource> LayerSources(const PairAnalysis& pair) {
  const LayerMap& map = pair.layer_map;
  std::vector<LayerSource> sources;
  for (std::size_t i = 0; i < map.layers_b.size(); ++i) {
    LayerSource source{.layer_b = map.layers_b[i]};
    const MlpVotes votes = VotesFor(pair, source.layer_b);
    const auto most =
        std::ranges::max_element(votes.layers, {}, [](const auto& vote) { return vote.second; });
    if (most != votes.layers.end() && 2 * most->second > votes.linked) {
      source.layer_a = most->first;
      if (MapPrefersAnother(map, i, most->first)) {
        source.layer_a = map.layers_a[*map.source[i]];
        source.contested = true;
      }
    } else if (map.source[i] && (votes.linked > 0 || votes.matched == 0)) {
      source.layer_a = map.layers_a[*map.source[i]];
    }
    sources.push_back(source);
  }
  return sources;
}

LayerChanges ChangesOfLayers(const PairAnalysis& pair) {
  LayerChanges changes;
  std::map<std::uint32_t, std::size_t> uses;
  for (const std::uint32_t layer : pair.layer_map.layers_a) uses[layer] = 0;
  const auto sources = LayerSources(pair);
  for (const LayerSource& source : sources) {
    if (!source.layer_a || source.contested) return changes;
    ++uses[*source.layer_a];
  }
  if (sources.empty()) return changes;
  for (const auto& [layer, times] : uses) {
    if (times == 0 && !pair.b.incomplete) changes.dropped.push_back(layer);
    if (times > 1) changes.duplicated.push_back(layer);
  }
  return changes;
}

}  // namespace modelkin
