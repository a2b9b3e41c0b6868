#include "requests/pair_summary.h"

#include <algorithm>

namespace modelkin {
namespace {

bool IsMostlyUnread(const ModelParts& model) {
  return model.incomplete || model.packed.share() > kMostlyUnread;
}

bool IsAnyMostlyUnread(const TraceResults& results) {
  return std::ranges::any_of(results.components, [](const ComponentTrace& component) {
    return component.trace &&
           (IsMostlyUnread(component.trace->pair.a) || IsMostlyUnread(component.trace->pair.b));
  });
}

}  // namespace

bool PairSummary::is_related() const {
  return whole.category != VerdictCategory::kNoEvidence &&
         whole.category != VerdictCategory::kNotComparable;
}

PairSummary Summarise(const TraceResults& results) {
  const ComponentTrace& telling = results.Telling();
  PairSummary summary{.component = telling.pair.kind(),
                      .verdict = telling.trace->verdict,
                      .tests = telling.trace->tests,
                      .power = telling.trace->power,
                      .signs = {},
                      .kinds = {},
                      .whole = results.verdict,
                      .components = results.Outcomes(),
                      .mostly_unread = IsAnyMostlyUnread(results)};
  for (const Kind& kind : results.verdict.kinds) summary.kinds.push_back(kind.kind);
  if (!telling.kinship || !telling.kinship->relation) return summary;
  const Relation& relation = *telling.kinship->relation;
  summary.direction = relation.direction;
  summary.signs_point = relation.signs_point;
  summary.signs = relation.signs;
  for (const Kind& kind : relation.kinds) summary.kinds.push_back(kind.kind);
  return summary;
}

}  // namespace modelkin
