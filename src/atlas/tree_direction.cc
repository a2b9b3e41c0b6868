#include "atlas/tree_direction.h"

#include <algorithm>
#include <optional>
#include <set>

#include "atlas/rooted_forest.h"

namespace modelkin {
namespace {

constexpr std::size_t kLeastWithCentre = 3;  // two are as near to one another

using EdgesOfModels = std::vector<std::vector<std::size_t>>;

EdgesOfModels ListEdges(const AtlasTree& tree) {
  EdgesOfModels edges(tree.models.size());
  for (std::size_t i = 0; i < tree.edges.size(); ++i) {
    edges[tree.edges[i].a].push_back(i);
    edges[tree.edges[i].b].push_back(i);
  }
  return edges;
}

bool IsShown(const TreeEdge& edge) { return edge.bits && edge.bits->shown; }

bool Declares(const TreeEdge& edge, std::size_t model) {
  return edge.a == model ? edge.a_declares_b : edge.b_declares_a;
}

std::size_t OtherOf(const TreeEdge& edge, std::size_t model) {
  return edge.a == model ? edge.b : edge.a;
}

// The base that a model's card names, of those whose bits agree; the smallest of several.
std::optional<std::size_t> DeclaredParent(const AtlasTree& tree, const EdgesOfModels& edges,
                                          std::size_t model) {
  std::optional<std::size_t> parent;
  for (const std::size_t index : edges[model]) {
    const TreeEdge& edge = tree.edges[index];
    if (!IsShown(edge) || !Declares(edge, model)) continue;
    const std::size_t other = OtherOf(edge, model);
    if (Declares(edge, other) || tree.models[other].group != tree.models[model].group) continue;
    if (!parent || other < *parent) parent = other;
  }
  return parent;
}

// Whether a group's root is that by a centre that is one.
bool HasCentre(const TreeGroup& group) {
  return group.root_declared || group.models.size() >= kLeastWithCentre;
}

struct SignedDirection {
  EdgeSign sign = EdgeSign::kCentre;
  bool from_a = false;
};

std::vector<SignedDirection> SignsOf(const AtlasTree& tree, const TreeEdge& edge,
                                     const std::vector<RootedModel>& forest) {
  std::vector<SignedDirection> signs;
  const TreeModel& a = tree.models[edge.a];
  const TreeModel& b = tree.models[edge.b];
  if ((a.repeated_layers == 0) != (b.repeated_layers == 0)) {
    signs.push_back({EdgeSign::kRepeatedLayers, a.repeated_layers == 0});
  }
  if (edge.role == EdgeRole::kNearest && HasCentre(tree.groups[a.group])) {
    signs.push_back({EdgeSign::kCentre, forest[edge.a].depth < forest[edge.b].depth});
  }
  return signs;
}

void Direct(const std::vector<SignedDirection>& signs, TreeEdge& edge) {
  if (edge.a_declares_b != edge.b_declares_a) {
    edge.basis = DirectionBasis::kDeclared;
    edge.from_a = edge.b_declares_a;
    return;
  }
  if (signs.empty() || !IsShown(edge)) return;
  edge.basis = DirectionBasis::kSign;
  edge.from_a = signs.front().from_a;
  for (const SignedDirection& sign : signs) {
    if (sign.from_a == edge.from_a) edge.signs.push_back(sign.sign);
  }
}

// Whether bits say that the two are strangers: those of their language models, if both have such.
bool DeniedByBits(const TreeEdge& edge) {
  return edge.bits && !edge.bits->shown && edge.bits->kind == Submodel::kLanguage;
}

// Of several records that a declared name may mean, one that agrees is enough.
bool AnotherAgrees(const AtlasTree& tree, const EdgesOfModels& edges, std::size_t model,
                   const TreeEdge& denied) {
  const std::string& name = tree.models[OtherOf(denied, model)].name;
  const auto last_part = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  return std::ranges::any_of(edges[model], [&](std::size_t index) {
    const TreeEdge& edge = tree.edges[index];
    return Declares(edge, model) && !DeniedByBits(edge) &&
           last_part(tree.models[OtherOf(edge, model)].name) == last_part(name);
  });
}

bool IsContradicted(const AtlasTree& tree, const EdgesOfModels& edges, const TreeEdge& edge) {
  if (!DeniedByBits(edge)) return false;
  return (edge.a_declares_b && !AnotherAgrees(tree, edges, edge.a, edge)) ||
         (edge.b_declares_a && !AnotherAgrees(tree, edges, edge.b, edge));
}

}  // namespace

void ChooseRoots(const std::vector<std::int64_t>& closeness, AtlasTree& tree) {
  const EdgesOfModels edges = ListEdges(tree);
  for (TreeGroup& group : tree.groups) {
    group.root = group.models.front();
    for (const std::size_t model : group.models) {
      if (closeness[model] > closeness[group.root]) group.root = model;
    }
    std::set<std::size_t> passed;
    while (passed.insert(group.root).second) {
      const auto parent = DeclaredParent(tree, edges, group.root);
      if (!parent || passed.contains(*parent)) break;
      group.root = *parent;
      group.root_declared = true;
    }
  }
}

void DirectEdges(AtlasTree& tree) {
  const std::vector<RootedModel> forest = RootForest(tree);
  for (TreeEdge& edge : tree.edges) Direct(SignsOf(tree, edge, forest), edge);
}

void FindContradictions(AtlasTree& tree) {
  const EdgesOfModels edges = ListEdges(tree);
  for (std::size_t i = 0; i < tree.edges.size(); ++i) {
    const TreeEdge& edge = tree.edges[i];
    if (IsContradicted(tree, edges, edge)) {
      tree.contradictions.push_back({ContradictionKind::kNoAgreement, i});
    }
    if (edge.a_declares_b && edge.b_declares_a) {
      tree.contradictions.push_back({ContradictionKind::kCircle, i});
    }
    const bool a_repeats = tree.models[edge.a].repeated_layers > 0;
    const bool b_repeats = tree.models[edge.b].repeated_layers > 0;
    if (edge.basis == DirectionBasis::kDeclared && IsShown(edge) && a_repeats != b_repeats &&
        edge.from_a == a_repeats) {
      tree.contradictions.push_back({ContradictionKind::kDirection, i});
    }
  }
}

}  // namespace modelkin
