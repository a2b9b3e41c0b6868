#include <algorithm>
#include <utility>

#include "report/check_report.h"
#include "report/json_output.h"
#include "report/trace_report.h"
#include "wording/evidence_sentences.h"

namespace modelkin {

CheckPolicy PolicyOn(const CheckResults& results, std::vector<std::string> fail_on) {
  const bool failed = std::ranges::any_of(results.claims, [&](const CheckedClaim& claim) {
    return std::ranges::find(fail_on, ClaimOutcomeName(claim.outcome)) != fail_on.end();
  });
  return {.fail_on = std::move(fail_on), .failed = failed};
}

namespace {

Json ComponentsJson(const std::vector<ComponentOutcome>& components) {
  Json list = Json::array();
  for (const ComponentOutcome& component : components) {
    Json kinds = Json::array();
    for (const DerivationKind kind : component.kinds) kinds.push_back(DerivationKindName(kind));
    list.push_back(
        {{"component", ComponentName(component.kind)},
         {"verdict", VerdictName(component.category.value_or(VerdictCategory::kNotComparable))},
         {"kinds", std::move(kinds)}});
  }
  return list;
}

}  // namespace

void WriteCheckJson(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink) {
  Json list = Json::array();
  for (const CheckedClaim& claim : results.claims) {
    Json kinds = Json::array();
    for (const DerivationKind kind : claim.kinds) kinds.push_back(DerivationKindName(kind));
    const bool says_how = claim.claim.relation != ClaimedRelation::kUnsaid;
    list.push_back(
        {{"claim", ClaimText(claim)},
         {"name", claim.claim.name},
         {"source", claim.claim.source.empty() ? Json(nullptr) : Json(claim.claim.source)},
         {"relation", says_how ? Json(ClaimedRelationName(claim.claim.relation)) : Json(nullptr)},
         {"relation_agrees", OrNull(claim.relation_agrees)},
         {"outcome", ClaimOutcomeName(claim.outcome)},
         {"verdict", VerdictName(claim.whole.category)},
         {"sentence", ClaimSentence(claim)},
         {"components", ComponentsJson(claim.components)},
         {"direction", DirectionName(claim.direction)},
         {"signs_point", SignsPointName(claim.signs_point)},
         {"signs", SignsJson(claim.signs)},
         {"kinds", std::move(kinds)}});
  }
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kCheckSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("model", results.model);
  writer.Member("claims", list);
  writer.Member("fail_on", policy.fail_on);
  writer.Member("failed", policy.failed);
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
