#include <cmath>

#include "report/tree_report.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

// Null where it is not known.
Json KnownSize(std::uint64_t size) { return size == 0 ? Json(nullptr) : Json(size); }

Json TreeModelJson(const TreeModel& model) {
  return {{"model", model.name},
          {"location", model.location},
          {"family", model.family},
          {"parameters", KnownSize(model.sizes.parameters)},
          {"bytes", KnownSize(model.sizes.bytes)},
          {"layers", KnownSize(model.sizes.layers)},
          {"width", KnownSize(model.sizes.width)},
          {"base_models", model.base_models},
          {"compared", model.compared},
          {"relatives", model.relatives},
          {"repeated_layers", model.repeated_layers},
          {"group", model.group}};
}

Json SharedBitsJson(const SharedBits& bits) {
  return {{"component", ComponentName(bits.kind)},
          {"agreements", bits.agreements},
          {"bits", kComponentBits},
          {"log10_p", Number(bits.log_p / std::log(10.0))},
          {"cosine", Number(bits.cosine.cosine)},
          {"cosine_low", Number(bits.cosine.low)},
          {"cosine_high", Number(bits.cosine.high)},
          {"shown", bits.shown}};
}

Json DeclaredJson(const TreeEdge& edge) {
  Json declared = Json::array();
  if (edge.a_declares_b) declared.push_back({{"model", edge.a}, {"base", edge.b}});
  if (edge.b_declares_a) declared.push_back({{"model", edge.b}, {"base", edge.a}});
  return declared;
}

Json DirectionJson(const TreeEdge& edge) {
  const bool known = edge.basis != DirectionBasis::kNone;
  return {{"basis", DirectionBasisName(edge.basis)},
          {"sign", edge.sign ? Json(EdgeSignName(*edge.sign)) : Json(nullptr)},
          {"from", known ? Json(edge.from_a ? edge.a : edge.b) : Json(nullptr)},
          {"to", known ? Json(edge.from_a ? edge.b : edge.a) : Json(nullptr)}};
}

Json TreeEdgeJson(const TreeEdge& edge) {
  return {{"a", edge.a},
          {"b", edge.b},
          {"role", EdgeRoleName(edge.role)},
          {"bits", edge.bits ? SharedBitsJson(*edge.bits) : Json(nullptr)},
          {"declared", DeclaredJson(edge)},
          {"by_last_part", edge.by_last_part},
          {"direction", DirectionJson(edge)}};
}

template <class Items, class Write>
NextItem EachOf(const Items& items, const Write& write) {
  return [&items, write, i = std::size_t{0}](Json& item) mutable {
    if (i == items.size()) return false;
    item = write(items[i++]);
    return true;
  };
}

}  // namespace

void WriteTreeJson(const TreeResults& results, const TextSink& sink, JsonDetail detail) {
  const AtlasTree& tree = results.tree;
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kTreeSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("atlas", results.request.atlas);
  writer.Member("of", results.request.of.empty() ? Json(nullptr) : Json(results.request.of));
  writer.Member("sentence", TreeSentence(results));
  writer.Member("error_rate", tree.error_rate);
  writer.Member("compared_pairs", tree.compared_pairs);
  writer.Member("shown_pairs", tree.shown_pairs);
  writer.Member("between_tests", tree.between_tests);
  writer.Member("unmatched_declarations", tree.unmatched_declarations);
  writer.ArrayMember("models", EachOf(tree.models, &TreeModelJson));
  writer.ArrayMember("groups", EachOf(tree.groups, [](const TreeGroup& group) {
                       return Json{{"models", group.models.size()},
                                   {"root", group.root},
                                   {"root_basis", RootBasis(group)}};
                     }));
  writer.ArrayMember("edges", EachOf(tree.edges, &TreeEdgeJson));
  writer.ArrayMember("between", EachOf(tree.between, [](const TreeBetween& between) {
                       return Json{{"model", between.model},
                                   {"a", between.a},
                                   {"b", between.b},
                                   {"log10_p", Number(between.log_p / std::log(10.0))},
                                   {"share", Number(between.share)}};
                     }));
  writer.ArrayMember("contradictions",
                     EachOf(tree.contradictions, [&](const TreeContradiction& contradiction) {
                       return Json{{"kind", ContradictionName(contradiction.kind)},
                                   {"edge", contradiction.edge},
                                   {"sentence", ContradictionSentence(tree, contradiction)}};
                     }));
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
