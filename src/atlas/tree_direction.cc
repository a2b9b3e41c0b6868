#include "atlas/tree_direction.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace modelkin {
namespace {

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

// Whether a model repeats layers and the other does not.
bool RepeatsAlone(const AtlasTree& tree, std::size_t model, std::size_t other) {
  return tree.models[model].repeated_layers > 0 && tree.models[other].repeated_layers == 0;
}

void Direct(const AtlasTree& tree, TreeEdge& edge) {
  const bool from_a = RepeatsAlone(tree, edge.b, edge.a);
  if (IsShown(edge) && (from_a || RepeatsAlone(tree, edge.a, edge.b))) {
    edge.sign = EdgeSign::kRepeatedLayers;
  }
  if (edge.a_declares_b != edge.b_declares_a) {
    edge.basis = DirectionBasis::kDeclared;
    edge.from_a = edge.b_declares_a;
  } else if (edge.sign) {
    edge.basis = DirectionBasis::kSign;
    edge.from_a = from_a;
  }
}

// Whether bits say that the two are strangers: those of their language models, if both have such.
bool DeniedByBits(const TreeEdge& edge) {
  return edge.bits && !edge.bits->shown && edge.bits->kind == Component::kText;
}

// As MatchDeclaredBases knows records by the last part of their path.
bool HaveOneLastPart(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a.substr(a.rfind('/') + 1), b.substr(b.rfind('/') + 1), {}, lower,
                            lower);
}

// Of several records that a declared name may mean, one that agrees is enough.
bool AnotherAgrees(const AtlasTree& tree, const EdgesOfModels& edges, std::size_t model,
                   const TreeEdge& denied) {
  const std::string& name = tree.models[OtherOf(denied, model)].name;
  return std::ranges::any_of(edges[model], [&](std::size_t index) {
    const TreeEdge& edge = tree.edges[index];
    return Declares(edge, model) && !DeniedByBits(edge) &&
           HaveOneLastPart(tree.models[OtherOf(edge, model)].name, name);
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
  for (TreeEdge& edge : tree.edges) Direct(tree, edge);
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
    const std::size_t from = edge.from_a ? edge.a : edge.b;
    if (edge.basis == DirectionBasis::kDeclared && edge.sign &&
        RepeatsAlone(tree, from, OtherOf(edge, from))) {
      tree.contradictions.push_back({ContradictionKind::kDirection, i});
    }
  }
}

}  // namespace modelkin
