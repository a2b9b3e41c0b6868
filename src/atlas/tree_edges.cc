#include "atlas/tree_edges.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "atlas/agreement_limits.h"

namespace modelkin {
namespace {

// Where a model's bits are.
struct EntryPlace {
  std::size_t bucket = 0, entry = 0;
};

std::vector<std::vector<EntryPlace>> PlacesOfModels(std::size_t models,
                                                    std::span<const ShapeBucket> buckets) {
  std::vector<std::vector<EntryPlace>> places(models);
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    for (std::size_t entry = 0; entry < buckets[bucket].models.size(); ++entry) {
      places[buckets[bucket].models[entry]].push_back({bucket, entry});
    }
  }
  return places;
}

// Gathers edges, each pair of models once.
class EdgeGatherer {
 public:
  EdgeGatherer(std::size_t models, std::span<const ShapeBucket> buckets,
               const AgreementLimits& limits)
      : buckets_(buckets), limits_(limits), places_(PlacesOfModels(models, buckets)) {}

  TreeEdge& Add(std::size_t a, std::size_t b, EdgeRole role) {
    if (a > b) std::swap(a, b);
    const auto [found, is_new] = edges_.try_emplace({a, b});
    TreeEdge& edge = found->second;
    if (is_new) {
      edge = {.a = a, .b = b, .role = role, .bits = BitsOf(a, b)};
    }
    return edge;
  }

  std::vector<TreeEdge> Take() {
    std::vector<TreeEdge> edges;
    edges.reserve(edges_.size());
    for (const auto& [pair, edge] : edges_) edges.push_back(edge);
    return edges;
  }

 private:
  // Of what can be compared: what is shown first, of the first kind.
  std::optional<SharedBits> BitsOf(std::size_t a, std::size_t b) {
    std::optional<SharedBits> best;
    for (const EntryPlace& of_a : places_[a]) {
      for (const EntryPlace& of_b : places_[b]) {
        if (of_a.bucket != of_b.bucket) continue;
        const SharedBits bits = Compare(buckets_[of_a.bucket], of_a.entry, of_b.entry);
        if (!best || (bits.shown && !best->shown)) best = bits;
      }
    }
    return best;
  }

  SharedBits Compare(const ShapeBucket& bucket, std::size_t a, std::size_t b) {
    const std::uint32_t agreements = Agreements(bucket.bits[a], bucket.bits[b]);
    const std::uint32_t level_sum = bucket.levels[a] + bucket.levels[b];
    return {.kind = bucket.kind,
            .place = bucket.place,
            .agreements = agreements,
            .log_p = LogP(agreements, level_sum),
            .cosine = EstimateCosine(kComponentBits, agreements),
            .shown = agreements >= limits_.Limit(level_sum)};
  }

  // Many pairs have the same.
  double LogP(std::uint32_t agreements, std::uint32_t level_sum) {
    const std::uint64_t key = std::uint64_t{level_sum} << 32 | agreements;
    const auto [found, is_new] = log_p_.try_emplace(key);
    if (is_new) {
      found->second = LogAgreementTail(kComponentBits, agreements, VarianceOfLevels(level_sum));
    }
    return found->second;
  }

  std::span<const ShapeBucket> buckets_;
  const AgreementLimits& limits_;
  std::vector<std::vector<EntryPlace>> places_;
  std::map<std::pair<std::size_t, std::size_t>, TreeEdge> edges_;
  std::unordered_map<std::uint64_t, double> log_p_;
};

// A pair of one bucket's forest, by models.
struct ForestPair {
  Component kind = Component::kText;
  AgreeingPair pair;
};

// Language models' first: what else two models have in common joins only what these leave apart.
std::vector<ForestPair> ForestsOf(std::span<const ShapeBucket> buckets,
                                  std::span<const ShownPairs> shown) {
  std::vector<ForestPair> pairs;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    for (const AgreeingPair& pair : shown[i].forest) {
      pairs.push_back({.kind = buckets[i].kind,
                       .pair = {.a = buckets[i].models[pair.a],
                                .b = buckets[i].models[pair.b],
                                .agreements = pair.agreements}});
    }
  }
  std::ranges::sort(pairs, [](const ForestPair& left, const ForestPair& right) {
    if (left.kind != right.kind) return left.kind < right.kind;
    return AgreesMore(left.pair, right.pair);
  });
  return pairs;
}

}  // namespace

std::vector<TreeEdge> MakeTreeEdges(std::size_t models, std::span<const ShapeBucket> buckets,
                                    std::span<const ShownPairs> shown,
                                    const AgreementLimits& limits,
                                    std::span<const TreeBetween> between,
                                    std::span<const DeclaredBase> declared) {
  EdgeGatherer edges(models, buckets, limits);
  JoinedSets joined(models);
  for (const ForestPair& of_forest : ForestsOf(buckets, shown)) {
    const AgreeingPair& pair = of_forest.pair;
    edges.Add(pair.a, pair.b,
              joined.Join(pair.a, pair.b) ? EdgeRole::kNearest : EdgeRole::kFurther);
  }
  for (const TreeBetween& found : between) {
    edges.Add(found.model, found.a, EdgeRole::kFurther);
    edges.Add(found.model, found.b, EdgeRole::kFurther);
  }
  for (const DeclaredBase& base : declared) {
    TreeEdge& edge = edges.Add(base.model, base.base, EdgeRole::kDeclaredOnly);
    (edge.a == base.model ? edge.a_declares_b : edge.b_declares_a) = true;
    edge.by_last_part = edge.by_last_part || base.by_last_part;
  }
  return edges.Take();
}

}  // namespace modelkin
