#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "atlas/rooted_forest.h"
#include "base/escaped_text.h"
#include "report/text_table.h"
#include "report/tree_report.h"

namespace modelkin {
namespace {

// Of a tree on a terminal.
constexpr std::size_t kMostTreeGroups = 20, kMostGroupLines = 40, kMostContradictions = 20;
constexpr std::size_t kMostBetween = 20, kDeepestIndent = 20;

std::string TreeDirectionText(const TreeEdge& edge, bool towards_child) {
  if (edge.basis == DirectionBasis::kNone) return "";
  const std::string_view order = towards_child ? "" : ", the other way round";
  return fmt::format(", {}{}", edge.basis == DirectionBasis::kDeclared ? "declared" : "a sign",
                     order);
}

// What joins a model to the one above it.
std::string EdgeText(const AtlasTree& tree, const RootedModel& rooted, std::size_t model) {
  const TreeEdge& edge = tree.edges[*rooted.parent_edge];
  const bool to_model = edge.from_a == (edge.b == model);
  return fmt::format("cosine {}{}", FormatUnit(edge.bits ? edge.bits->cosine.cosine : 0),
                     TreeDirectionText(edge, to_model));
}

void WriteGroup(const AtlasTree& tree, const std::vector<RootedModel>& forest,
                const TreeGroup& group, const TextStyle& style, const TextSink& sink) {
  std::size_t lines = 0;
  WalkGroup(
      forest, group.root,
      [&](std::size_t model) {
        if (++lines > kMostGroupLines) return;
        const RootedModel& rooted = forest[model];
        const std::string indent(2 + 2 * std::min(rooted.depth, kDeepestIndent), ' ');
        const std::string name = Printable(tree.models[model].name);
        if (!rooted.parent_edge) {
          sink(fmt::format("{}{}\n", indent, style.Bold(name)));
        } else {
          sink(fmt::format("{}{}  {}\n", indent, name, style.Dim(EdgeText(tree, rooted, model))));
        }
      },
      [](std::size_t) {});
  if (lines > kMostGroupLines) {
    sink(fmt::format("    {}\n",
                     style.Dim(fmt::format("and {} more", FormatCount(lines - kMostGroupLines)))));
  }
}

std::string GroupTitle(const TreeGroup& group) {
  const std::string_view basis = RootBasis(group);
  const std::string_view root = basis == "declared" ? "shown from its declared root"
                                : basis == "centre"
                                    ? "shown from its centre: nothing tells the root"
                                    : "nothing tells the root";
  return fmt::format("{}, {}", FormatQuantity(group.models.size(), "model"), root);
}

void WriteContradictions(const AtlasTree& tree, const TextStyle& style, const TextSink& sink) {
  if (tree.contradictions.empty()) return;
  sink(fmt::format("\n{}\n", style.Bold("contradictions")));
  const std::size_t shown = std::min(tree.contradictions.size(), kMostContradictions);
  for (std::size_t i = 0; i < shown; ++i) {
    sink(fmt::format("  {}\n",
                     Printable(ContradictionSentence(tree, tree.contradictions[i]), 1024)));
  }
  if (shown < tree.contradictions.size()) {
    sink(fmt::format("  and {} more\n", FormatCount(tree.contradictions.size() - shown)));
  }
}

void WriteBetween(const AtlasTree& tree, const TextStyle& style, const TextSink& sink) {
  if (tree.between.empty()) return;
  sink(fmt::format("\n{}\n",
                   style.Bold("between two others: merges, or steps on the way from one to the "
                              "other")));
  const std::size_t shown = std::min(tree.between.size(), kMostBetween);
  for (std::size_t i = 0; i < shown; ++i) {
    const TreeBetween& between = tree.between[i];
    sink(fmt::format("  {}: {} and {}  {}\n", Printable(tree.models[between.model].name),
                     Printable(tree.models[between.a].name), Printable(tree.models[between.b].name),
                     style.Dim(fmt::format("{:.0f}% of the difference explained",
                                           std::floor(100 * between.share)))));
  }
  if (shown < tree.between.size()) {
    sink(fmt::format("  and {} more\n", FormatCount(tree.between.size() - shown)));
  }
}

std::size_t CountGroupsWithRelatives(const AtlasTree& tree) {
  return static_cast<std::size_t>(std::ranges::count_if(
      tree.groups, [](const TreeGroup& group) { return group.models.size() > 1; }));
}

}  // namespace

std::string_view RootBasis(const TreeGroup& group) {
  if (group.root_declared) return "declared";
  return group.models.size() > 2 ? "centre" : "none";
}

std::string TreeSentence(const TreeResults& results) {
  const AtlasTree& tree = results.tree;
  const std::size_t groups = CountGroupsWithRelatives(tree);
  const auto alone = tree.groups.size() - groups;
  return fmt::format(
      "{}: {} of relatives, {} without any. The chance that such a tree shows any two "
      "unrelated models as relatives is at most {:.4g}%, over {} that were compared.",
      FormatQuantity(tree.models.size(), "model"), FormatQuantity(groups, "group"),
      FormatCount(alone), 100 * tree.error_rate, FormatQuantity(tree.compared_pairs, "pair"));
}

std::string ContradictionSentence(const AtlasTree& tree, const TreeContradiction& contradiction) {
  const TreeEdge& edge = tree.edges[contradiction.edge];
  const std::size_t model = edge.a_declares_b ? edge.a : edge.b;
  const std::string& name = tree.models[model].name;
  const std::string& base = tree.models[model == edge.a ? edge.b : edge.a].name;
  switch (contradiction.kind) {
    case ContradictionKind::kNoAgreement:
      return fmt::format(
          "{} declares {} as its base, and their bits agree no more than unrelated models': "
          "another base, "
          "weights in another order or basis, or training that left nothing of it.",
          name, base);
    case ContradictionKind::kCircle:
      return fmt::format("{} and {} declare each other as their base.", name, base);
    case ContradictionKind::kDirection:
      return fmt::format(
          "{} declares {} as its base, whose layers are repeated ones and its own are "
          "not: a sign that it was the other way round.",
          name, base);
  }
  return "";
}

void WriteTreeText(const TreeResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const AtlasTree& tree = results.tree;
  sink(fmt::format("{}  {}\n\n  {}\n", style.Bold("tree"), Printable(results.request.atlas),
                   TreeSentence(results)));
  WriteContradictions(tree, style, sink);
  const std::vector<RootedModel> forest = RootForest(tree);
  const std::size_t groups = CountGroupsWithRelatives(tree);
  for (std::size_t i = 0; i < std::min(groups, kMostTreeGroups); ++i) {
    sink(fmt::format("\n{}\n", style.Dim(GroupTitle(tree.groups[i]))));
    WriteGroup(tree, forest, tree.groups[i], style, sink);
  }
  if (groups > kMostTreeGroups) {
    sink(fmt::format(
        "\n{}\n",
        style.Dim(fmt::format("and {} more", FormatQuantity(groups - kMostTreeGroups, "group")))));
  }
  WriteBetween(tree, style, sink);
}

}  // namespace modelkin
