#include "requests/check.h"

#include "requests/trace.h"

namespace modelkin {
namespace {

ClaimOutcome OutcomeOf(const PairSummary& pair) {
  switch (pair.whole.category) {
    case VerdictCategory::kIdentical: return ClaimOutcome::kSupported;
    case VerdictCategory::kDerived:
      if (pair.direction == Direction::kUnknown) return ClaimOutcome::kRelated;
      return pair.direction == Direction::kBToA ? ClaimOutcome::kReversed
                                                : ClaimOutcome::kSupported;
    case VerdictCategory::kSharesMaterial: return ClaimOutcome::kPartial;
    case VerdictCategory::kNoEvidence:
      return pair.mostly_unread ? ClaimOutcome::kUntestable : ClaimOutcome::kUnsupported;
    case VerdictCategory::kNotComparable: break;
  }
  return ClaimOutcome::kUntestable;
}

// The bases that one file claims, where they are as many as a merge is looked for among: one of two
// models alone shows none.
std::vector<std::string> ParentsOf(const Claim& claim, const CheckRequest& request) {
  constexpr std::size_t kFewestParents = 2, kMostParents = 4;
  std::vector<std::string> parents;
  if (claim.source.empty() || request.options.quick()) return parents;
  for (const Claim& other : request.claims) {
    if (other.source == claim.source) parents.push_back(other.place);
  }
  const bool fits = parents.size() >= kFewestParents && parents.size() <= kMostParents;
  return fits ? parents : std::vector<std::string>();
}

CheckedClaim CheckClaim(const Claim& claimed, const CheckRequest& request,
                        const RequestContext& context) {
  const std::string& base = claimed.place;
  const TraceResults results = TraceModels({.models = {.a = base,
                                                       .b = request.model,
                                                       .controls = request.controls,
                                                       .parents = ParentsOf(claimed, request)},
                                            .opening = request.opening,
                                            .options = request.options,
                                            .resume = {}},
                                           context);
  CheckedClaim claim{
      .base = base, .claim = claimed, .relation_agrees = {}, .pair = Summarise(results)};
  claim.outcome = OutcomeOf(claim.pair);
  // How it was made is a question of what was made from it.
  if (claim.outcome != ClaimOutcome::kUnsupported && claim.outcome != ClaimOutcome::kUntestable) {
    const OpenedModel& model = *results.models.b().model;
    claim.relation_agrees =
        AgreesWith(claimed.relation, claim.pair.kinds,
                   model.is_adapter_alone() || model.described_at() != model.path());
  }
  return claim;
}

}  // namespace

ClaimOutcome OutcomeOfClaim(const TraceResults& results) { return OutcomeOf(Summarise(results)); }

CheckResults CheckClaims(const CheckRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  CheckResults results{.model = request.model, .claims = {}, .run = RecordOf("check", context)};
  for (const Claim& claim : request.claims) {
    results.claims.push_back(CheckClaim(claim, request, context));
  }
  return results;
}

}  // namespace modelkin
