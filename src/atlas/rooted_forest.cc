#include "atlas/rooted_forest.h"

#include <algorithm>
#include <tuple>

namespace modelkin {
namespace {

// Those of the forest, nearest first.
std::vector<std::vector<std::size_t>> ForestEdges(const AtlasTree& tree) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < tree.edges.size(); ++i) {
    if (tree.edges[i].role == EdgeRole::kNearest) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) {
    return tree.edges[i].bits ? tree.edges[i].bits->agreements : 0;
  });
  std::vector<std::vector<std::size_t>> edges(tree.models.size());
  for (const std::size_t i : order) {
    edges[tree.edges[i].a].push_back(i);
    edges[tree.edges[i].b].push_back(i);
  }
  return edges;
}

}  // namespace

std::vector<RootedModel> RootForest(const AtlasTree& tree) {
  const auto edges = ForestEdges(tree);
  std::vector<RootedModel> forest(tree.models.size());
  for (const TreeGroup& group : tree.groups) {
    std::vector<std::size_t> waiting = {group.root};
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const std::size_t model = waiting[i];
      for (const std::size_t index : edges[model]) {
        if (forest[model].parent_edge == index) continue;
        const TreeEdge& edge = tree.edges[index];
        const std::size_t child = edge.a == model ? edge.b : edge.a;
        forest[child].parent_edge = index;
        forest[child].depth = forest[model].depth + 1;
        forest[model].children.push_back(child);
        waiting.push_back(child);
      }
    }
  }
  return forest;
}

void WalkGroup(const std::vector<RootedModel>& forest, std::size_t root,
               const std::function<void(std::size_t model)>& enter,
               const std::function<void(std::size_t model)>& leave) {
  std::vector<std::pair<std::size_t, std::size_t>> path = {{root, 0}};  // and the next child
  enter(root);
  while (!path.empty()) {
    auto& [model, next] = path.back();
    if (next == forest[model].children.size()) {
      leave(model);
      path.pop_back();
      continue;
    }
    const std::size_t child = forest[model].children[next++];
    enter(child);
    path.emplace_back(child, 0);
  }
}

}  // namespace modelkin
