#include <fmt/format.h>

#include <array>
#include <cmath>

#include "atlas/rooted_forest.h"
#include "base/graph_text.h"
#include "report/tree_report.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

struct GraphKey {
  std::string_view id, of, type;
};

constexpr std::array<GraphKey, 21> kGraphKeys = {
    {{"name", "node", "string"},         {"location", "node", "string"},
     {"family", "node", "string"},       {"parameters", "node", "long"},
     {"layers", "node", "long"},         {"group", "node", "long"},
     {"root", "node", "boolean"},        {"relatives", "node", "long"},
     {"role", "edge", "string"},         {"component", "edge", "string"},
     {"agreements", "edge", "long"},     {"log10_p", "edge", "double"},
     {"cosine", "edge", "double"},       {"cosine_low", "edge", "double"},
     {"cosine_high", "edge", "double"},  {"shown", "edge", "boolean"},
     {"direction", "edge", "string"},    {"from", "edge", "string"},
     {"declared", "edge", "boolean"},    {"by_last_part", "edge", "boolean"},
     {"contradiction", "edge", "string"}}};

template <class Value>
void WriteData(const TextSink& sink, std::string_view key, const Value& value) {
  sink(fmt::format("<data key=\"{}\">{}</data>", key, value));
}

void WriteNode(const AtlasTree& tree, std::size_t index, const TextSink& sink) {
  const TreeModel& model = tree.models[index];
  sink(fmt::format("<node id=\"n{}\">", index));
  WriteData(sink, "name", XmlText(model.name));
  WriteData(sink, "location", XmlText(model.location));
  WriteData(sink, "family", XmlText(model.family));
  if (model.sizes.parameters > 0) WriteData(sink, "parameters", model.sizes.parameters);
  if (model.sizes.layers > 0) WriteData(sink, "layers", model.sizes.layers);
  WriteData(sink, "group", model.group);
  WriteData(sink, "root", tree.groups[model.group].root == index);
  WriteData(sink, "relatives", model.relatives);
  sink("</node>\n");
}

void WriteEdge(const TreeEdge& edge, std::string_view contradiction, const TextSink& sink) {
  sink(fmt::format("<edge source=\"n{}\" target=\"n{}\">", edge.a, edge.b));
  WriteData(sink, "role", EdgeRoleName(edge.role));
  if (edge.bits) {
    WriteData(sink, "component", ComponentName(edge.bits->kind));
    WriteData(sink, "agreements", edge.bits->agreements);
    if (std::isfinite(edge.bits->log_p)) {
      WriteData(sink, "log10_p", edge.bits->log_p / std::log(10.0));
    }
    WriteData(sink, "cosine", edge.bits->cosine.cosine);
    WriteData(sink, "cosine_low", edge.bits->cosine.low);
    WriteData(sink, "cosine_high", edge.bits->cosine.high);
  }
  WriteData(sink, "shown", edge.bits && edge.bits->shown);
  WriteData(sink, "direction", DirectionBasisName(edge.basis));
  if (edge.basis != DirectionBasis::kNone) {
    WriteData(sink, "from", fmt::format("n{}", edge.from_a ? edge.a : edge.b));
  }
  WriteData(sink, "declared", edge.a_declares_b || edge.b_declares_a);
  if (edge.by_last_part) WriteData(sink, "by_last_part", true);
  if (!contradiction.empty()) WriteData(sink, "contradiction", contradiction);
  sink("</edge>\n");
}

std::string LengthOf(const AtlasTree& tree, const RootedModel& rooted) {
  if (!rooted.parent_edge) return "";
  const auto& bits = tree.edges[*rooted.parent_edge].bits;
  return fmt::format(":{:.6f}", bits ? 1 - bits->cosine.cosine : 1.0);
}

}  // namespace

void WriteTreeGraphMl(const TreeResults& results, const TextSink& sink) {
  const AtlasTree& tree = results.tree;
  std::vector<std::string_view> contradictions(tree.edges.size());
  for (const TreeContradiction& contradiction : tree.contradictions) {
    contradictions[contradiction.edge] = ContradictionName(contradiction.kind);
  }
  sink(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
  for (const auto& [id, of, type] : kGraphKeys) {
    sink(fmt::format("<key id=\"{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", id, of, id,
                     type));
  }
  sink("<graph edgedefault=\"undirected\">\n");
  for (std::size_t i = 0; i < tree.models.size(); ++i) WriteNode(tree, i, sink);
  for (std::size_t i = 0; i < tree.edges.size(); ++i) {
    WriteEdge(tree.edges[i], contradictions[i], sink);
  }
  sink("</graph>\n</graphml>\n");
}

void WriteTreeNewick(const TreeResults& results, const TextSink& sink) {
  const AtlasTree& tree = results.tree;
  const std::vector<RootedModel> forest = RootForest(tree);
  for (const TreeGroup& group : tree.groups) {
    // Whether something has been written after the last opening bracket.
    bool follows = false;
    WalkGroup(
        forest, group.root,
        [&](std::size_t model) {
          if (follows) sink(",");
          follows = false;
          if (!forest[model].children.empty()) sink("(");
        },
        [&](std::size_t model) {
          if (!forest[model].children.empty()) sink(")");
          sink(NewickLabel(tree.models[model].name) + LengthOf(tree, forest[model]));
          follows = true;
        });
    sink(";\n");
  }
}

}  // namespace modelkin
