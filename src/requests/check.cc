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

CheckedClaim CheckClaim(const std::string& base, const CheckRequest& request,
                        const RequestContext& context) {
  const TraceResults results =
      TraceModels({.models = {.a = base, .b = request.model, .controls = request.controls},
                   .opening = request.opening,
                   .options = request.options,
                   .resume = {}},
                  context);
  CheckedClaim claim{.base = base, .pair = Summarise(results)};
  claim.outcome = OutcomeOf(claim.pair);
  return claim;
}

}  // namespace

CheckResults CheckClaims(const CheckRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  CheckResults results{.model = request.model, .claims = {}, .run = RecordOf("check", context)};
  for (const std::string& base : request.bases) {
    results.claims.push_back(CheckClaim(base, request, context));
  }
  return results;
}

}  // namespace modelkin
