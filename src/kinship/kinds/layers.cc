// Layers: fewer, doubled, in another order.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "kinship/kinds/kinds.h"

namespace modelkin {
namespace {

// z of a second layer of A for one of B, as a share of the first's.
constexpr double kSameLayer = 0.7;

// Layers of B that several layers of A, which has more of them, are most like, and nearly alike:
// cells between different layers of relatives are not null, but far smaller.
std::vector<std::uint32_t> DuplicatedInA(const LayerMap& map) {
  std::vector<std::uint32_t> layers;
  if (map.layers_a.size() <= map.layers_b.size()) return layers;
  std::vector<std::uint64_t> likest(map.layers_b.size());
  for (std::size_t a = 0; a < map.layers_a.size(); ++a) {
    std::size_t best = 0;
    for (std::size_t b = 0; b < map.layers_b.size(); ++b) {
      if (map.At(a, b) > map.At(a, best)) best = b;
    }
    const bool linked = map.source[best] && map.At(a, best) > map.threshold &&
                        map.At(a, best) > kSameLayer * map.At(*map.source[best], best);
    if (linked && ++likest[best] == 2) layers.push_back(map.layers_b[best]);
  }
  return layers;
}

Found FindDroppedLayers(const Findings& findings) {
  Found found;
  const auto dropped = ChangesOfLayers(findings.pair).dropped;
  // What of B was not read may be in the files that are missing.
  if (dropped.empty() || findings.pair.b.incomplete) return found;
  found.AddKind(
      DerivationKind::kLayersDropped,
      Say("no layer of B goes back to layers {} of A", "B의 어느 층도 A의 {}번 층에서 나오지 않음",
          fmt::format("{}", fmt::join(dropped, ", "))),
      {{"layers", static_cast<double>(dropped.size())}});
  return found;
}

Found FindReorderedLayers(const Findings& findings) {
  Found found;
  if (!ChangesOfLayers(findings.pair).duplicated.empty()) return found;
  std::vector<std::uint32_t> order;
  for (const LayerSource& source : LayerSources(findings.pair)) {
    if (!source.layer_a || source.contested) return found;
    order.push_back(*source.layer_a);
  }
  if (std::ranges::is_sorted(order)) return found;
  found.AddKind(
      DerivationKind::kLayersReordered,
      Say("layers of B go back to layers {} of A, in this order",
          "B의 층은 차례로 A의 {}번 층에서 나옴", fmt::format("{}", fmt::join(order, ", "))));
  return found;
}

// Says too where A has layers that are doubled in it.
Found FindDuplicatedLayers(const Findings& findings) {
  Found found;
  const auto [dropped, duplicated] = ChangesOfLayers(findings.pair);
  if (!duplicated.empty()) {
    found.AddKind(
        DerivationKind::kLayersDuplicated,
        Say("several layers of B go back to layers {} of A", "B의 여러 층이 A의 {}번 층에서 나옴",
            fmt::format("{}", fmt::join(duplicated, ", "))),
        {{"layers", static_cast<double>(duplicated.size())}});
    // A layer of A that nothing goes back to may be the second of two that are doubled in both.
    if (!dropped.empty()) return found;
    found.AddSign(
        SignKind::kLayersDuplicated, Direction::kAToB,
        Say("several layers of B are like layers {} of A", "B의 여러 층이 A의 {}번 층을 닮음",
            fmt::format("{}", fmt::join(duplicated, ", "))));
  }
  const auto twice = DuplicatedInA(findings.pair.layer_map);
  if (!twice.empty()) {
    found.AddSign(
        SignKind::kLayersDuplicated, Direction::kBToA,
        Say("several layers of A are like layers {} of B", "A의 여러 층이 B의 {}번 층을 닮음",
            fmt::format("{}", fmt::join(twice, ", "))));
  }
  return found;
}

constexpr auto kKindsOfLayers = std::to_array<KindRow>({
    {DerivationKind::kLayersDropped, "layers_dropped", FindDroppedLayers},
    {DerivationKind::kLayersReordered, "layers_reordered", FindReorderedLayers},
    {DerivationKind::kLayersDuplicated, "layers_duplicated", FindDuplicatedLayers},
});

}  // namespace

std::span<const KindRow> KindsOfLayers() { return kKindsOfLayers; }

}  // namespace modelkin
