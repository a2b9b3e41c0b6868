#include "atlas/tree.h"

#include <algorithm>

#include "atlas/between_scan.h"
#include "atlas/declared_bases.h"
#include "atlas/pair_scan.h"
#include "atlas/tree_direction.h"
#include "atlas/tree_edges.h"
#include "atlas/tree_records.h"
#include "base/parallel.h"

namespace modelkin {
namespace {

std::uint64_t PairsOf(std::uint64_t entries) {
  return entries < 2 ? 0 : entries * (entries - 1) / 2;
}

std::vector<std::uint32_t> LevelsOf(const std::vector<ShapeBucket>& buckets) {
  std::vector<std::uint32_t> levels;
  for (const ShapeBucket& bucket : buckets) {
    levels.insert(levels.end(), bucket.levels.begin(), bucket.levels.end());
  }
  return levels;
}

// Adds what was shown of each model, and returns how near each is to all of its relatives.
std::vector<std::int64_t> NoteRelatives(const std::vector<ShapeBucket>& buckets,
                                        const std::vector<ShownPairs>& shown, AtlasTree& tree) {
  std::vector<std::int64_t> closeness(tree.models.size());
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    tree.shown_pairs += shown[i].shown;
    for (std::size_t entry = 0; entry < buckets[i].models.size(); ++entry) {
      const std::size_t model = buckets[i].models[entry];
      tree.models[model].compared |= buckets[i].models.size() > 1;
      tree.models[model].relatives += shown[i].counts[entry];
      closeness[model] += shown[i].closeness[entry];
    }
  }
  return closeness;
}

// Those whose nearest relatives join them.
void MakeGroups(AtlasTree& tree) {
  JoinedSets joined(tree.models.size());
  for (const TreeEdge& edge : tree.edges) {
    if (edge.role == EdgeRole::kNearest) {
      joined.Join(static_cast<std::uint32_t>(edge.a), static_cast<std::uint32_t>(edge.b));
    }
  }
  std::vector<std::vector<std::size_t>> members(tree.models.size());
  for (std::size_t i = 0; i < tree.models.size(); ++i) {
    members[joined.SetOf(static_cast<std::uint32_t>(i))].push_back(i);
  }
  std::erase_if(members, [](const auto& models) { return models.empty(); });
  // Groups of a size stay in the order of their first models.
  std::ranges::stable_sort(members, std::ranges::greater{}, &std::vector<std::size_t>::size);
  for (std::vector<std::size_t>& models : members) {
    for (const std::size_t model : models) tree.models[model].group = tree.groups.size();
    tree.groups.push_back({.models = std::move(models)});
  }
}

}  // namespace

AtlasTree MakeTree(const Atlas& atlas, const TreeSettings& settings) {
  TreeRecords records = ReadTreeRecords(atlas);
  AtlasTree tree{.error_rate = settings.error_rate, .models = std::move(records.models)};
  for (const ShapeBucket& bucket : records.buckets) {
    tree.compared_pairs += PairsOf(bucket.bits.size());
  }
  const AgreementLimits limits(LevelsOf(records.buckets), settings.error_rate, tree.compared_pairs,
                               settings.threads);
  std::vector<ShownPairs> shown;
  shown.reserve(records.buckets.size());
  for (const ShapeBucket& bucket : records.buckets) {
    shown.push_back(ComparePairs(bucket, limits, settings.threads));
  }
  const std::vector<std::int64_t> closeness = NoteRelatives(records.buckets, shown, tree);
  BetweenResults between =
      FindBetween(records.buckets, shown, settings.error_rate, settings.threads);
  tree.between_tests = between.tests;
  tree.between = std::move(between.found);
  const DeclaredBases declared = MatchDeclaredBases(tree.models);
  tree.unmatched_declarations = declared.unmatched;
  tree.edges = MakeTreeEdges(tree.models.size(), records.buckets, shown, limits, tree.between,
                             declared.found);
  MakeGroups(tree);
  ChooseRoots(closeness, tree);
  DirectEdges(tree);
  FindContradictions(tree);
  return tree;
}

}  // namespace modelkin
