#include <algorithm>
#include <limits>
#include <set>

#include "atlas/tree.h"

namespace modelkin {
namespace {

constexpr std::size_t kNotOfPart = std::numeric_limits<std::size_t>::max();

// The groups of the models, and what declared edges join to these models.
std::vector<bool> ModelsOfPart(const AtlasTree& tree, const std::set<std::uint64_t>& ids) {
  std::set<std::size_t> groups;
  for (const TreeModel& model : tree.models) {
    if (ids.contains(model.id)) groups.insert(model.group);
  }
  for (const TreeEdge& edge : tree.edges) {
    const TreeModel& a = tree.models[edge.a];
    const TreeModel& b = tree.models[edge.b];
    if (ids.contains(a.id) || ids.contains(b.id)) groups.insert({a.group, b.group});
  }
  std::vector<bool> kept(tree.models.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = groups.contains(tree.models[i].group);
  return kept;
}

std::vector<std::size_t> NewIndexes(const std::vector<bool>& kept) {
  std::vector<std::size_t> indexes(kept.size(), kNotOfPart);
  std::size_t next = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) indexes[i] = next++;
  }
  return indexes;
}

void KeepGroups(const AtlasTree& tree, const std::vector<std::size_t>& models, AtlasTree& part) {
  for (const TreeGroup& group : tree.groups) {
    if (models[group.root] == kNotOfPart) continue;
    TreeGroup kept = group;
    kept.root = models[group.root];
    for (std::size_t& model : kept.models) {
      model = models[model];
      part.models[model].group = part.groups.size();
    }
    part.groups.push_back(std::move(kept));
  }
}

}  // namespace

AtlasTree PartOfTree(const AtlasTree& tree, const std::vector<std::uint64_t>& ids) {
  const std::vector<std::size_t> models = NewIndexes(ModelsOfPart(tree, {ids.begin(), ids.end()}));
  AtlasTree part{.error_rate = tree.error_rate,
                 .compared_pairs = tree.compared_pairs,
                 .shown_pairs = tree.shown_pairs,
                 .between_tests = tree.between_tests,
                 .unmatched_declarations = tree.unmatched_declarations};
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i] != kNotOfPart) part.models.push_back(tree.models[i]);
  }
  KeepGroups(tree, models, part);
  std::vector<std::size_t> edges(tree.edges.size(), kNotOfPart);
  for (std::size_t i = 0; i < tree.edges.size(); ++i) {
    TreeEdge edge = tree.edges[i];
    edge.a = models[edge.a];
    edge.b = models[edge.b];
    if (edge.a == kNotOfPart || edge.b == kNotOfPart) continue;
    edges[i] = part.edges.size();
    part.edges.push_back(edge);
  }
  for (TreeBetween between : tree.between) {
    if (models[between.model] == kNotOfPart) continue;
    between.model = models[between.model];
    between.a = models[between.a];
    between.b = models[between.b];
    part.between.push_back(between);
  }
  for (TreeContradiction contradiction : tree.contradictions) {
    contradiction.edge = edges[contradiction.edge];
    if (contradiction.edge != kNotOfPart) part.contradictions.push_back(contradiction);
  }
  return part;
}

std::string_view EdgeRoleName(EdgeRole role) {
  switch (role) {
    case EdgeRole::kNearest: return "nearest";
    case EdgeRole::kFurther: return "further";
    case EdgeRole::kDeclaredOnly: return "declared";
  }
  return "";
}

std::string_view DirectionBasisName(DirectionBasis basis) {
  switch (basis) {
    case DirectionBasis::kNone: return "none";
    case DirectionBasis::kDeclared: return "declared";
    case DirectionBasis::kSign: return "sign";
  }
  return "";
}

std::string_view EdgeSignName(EdgeSign sign) {
  switch (sign) {
    case EdgeSign::kRepeatedLayers: return "repeated_layers";
  }
  return "";
}

std::string_view ContradictionName(ContradictionKind kind) {
  switch (kind) {
    case ContradictionKind::kNoAgreement: return "no_agreement";
    case ContradictionKind::kCircle: return "circle";
    case ContradictionKind::kDirection: return "direction";
  }
  return "";
}

}  // namespace modelkin
