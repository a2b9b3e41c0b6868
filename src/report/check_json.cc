#include <algorithm>
#include <utility>

#include "report/check_report.h"
#include "report/json_output.h"
#include "report/pair_summary_json.h"

namespace modelkin {

std::optional<std::string_view> FailureOf(const CheckedClaim& claim, const CheckPolicy& policy) {
  if (policy.Has(ClaimOutcomeName(claim.outcome))) return ClaimOutcomeName(claim.outcome);
  if (claim.relation_agrees == false && policy.Has(kContradicted)) return kContradicted;
  return std::nullopt;
}

CheckPolicy PolicyOn(const CheckResults& results, std::vector<std::string> fail_on) {
  CheckPolicy policy{.fail_on = std::move(fail_on)};
  policy.failed = std::ranges::any_of(results.claims, [&](const CheckedClaim& claim) {
    return FailureOf(claim, policy).has_value();
  });
  return policy;
}

void WriteCheckJson(const CheckResults& results, const CheckPolicy& policy, const TextSink& sink) {
  Json list = Json::array();
  for (const CheckedClaim& claim : results.claims) {
    const bool says_how = claim.claim.relation != ClaimedRelation::kUnsaid;
    Json object = {
        {"claim", ClaimText(claim)},
        {"name", claim.claim.name},
        {"source", claim.claim.source.empty() ? Json(nullptr) : Json(claim.claim.source)},
        {"relation", says_how ? Json(ClaimedRelationName(claim.claim.relation)) : Json(nullptr)},
        {"relation_agrees", OrNull(claim.relation_agrees)},
        {"outcome", ClaimOutcomeName(claim.outcome)}};
    AddPairSummary(claim.pair, object);
    list.push_back(std::move(object));
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
