#include "requests/check.h"

#include <algorithm>

namespace modelkin {
namespace {

// Of its parameters, not read: nothing found in the rest says nothing about the claim.
constexpr double kMostlyUnread = 0.5;

bool IsMostlyUnread(const ModelParts& model) {
  return model.incomplete || model.packed.share() > kMostlyUnread;
}

// Whether the most of a component that was tested was not read.
bool IsMostlyUnread(const TraceResults& results) {
  return std::ranges::any_of(results.components, [](const ComponentTrace& component) {
    return component.trace &&
           (IsMostlyUnread(component.trace->pair.a) || IsMostlyUnread(component.trace->pair.b));
  });
}

ClaimOutcome OutcomeOf(const TraceResults& results, Direction direction) {
  switch (results.verdict.category) {
    case VerdictCategory::kIdentical: return ClaimOutcome::kSupported;
    case VerdictCategory::kDerived:
      if (direction == Direction::kUnknown) return ClaimOutcome::kRelated;
      return direction == Direction::kBToA ? ClaimOutcome::kReversed : ClaimOutcome::kSupported;
    case VerdictCategory::kSharesMaterial: return ClaimOutcome::kPartial;
    case VerdictCategory::kNoEvidence:
      return IsMostlyUnread(results) ? ClaimOutcome::kUntestable : ClaimOutcome::kUnsupported;
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
  const ComponentTrace& telling = results.Telling();
  CheckedClaim claim{.base = base,
                     .claim = claimed,
                     .relation_agrees = {},
                     .component = telling.pair.kind(),
                     .verdict = telling.trace->verdict,
                     .tests = telling.trace->tests,
                     .power = telling.trace->power,
                     .whole = results.verdict,
                     .components = results.Outcomes()};
  for (const Kind& kind : results.verdict.kinds) claim.kinds.push_back(kind.kind);
  if (telling.kinship && telling.kinship->relation) {
    const Relation& relation = *telling.kinship->relation;
    claim.direction = relation.direction;
    claim.signs_point = relation.signs_point;
    claim.signs = relation.signs;
    for (const Kind& kind : relation.kinds) claim.kinds.push_back(kind.kind);
  }
  claim.outcome = OutcomeOfClaim(results);
  // How it was made is a question of what was made from it.
  if (claim.outcome != ClaimOutcome::kUnsupported && claim.outcome != ClaimOutcome::kUntestable) {
    const OpenedModel& model = *results.models.b().model;
    claim.relation_agrees =
        AgreesWith(claimed.relation, claim.kinds,
                   model.is_adapter_alone() || model.described_at() != model.path());
  }
  return claim;
}

}  // namespace

ClaimOutcome OutcomeOfClaim(const TraceResults& results) {
  const auto& kinship = results.Telling().kinship;
  const bool is_related = kinship && kinship->relation;
  return OutcomeOf(results, is_related ? kinship->relation->direction : Direction::kUnknown);
}

CheckResults CheckClaims(const CheckRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  CheckResults results{.model = request.model, .claims = {}, .run = RecordOf("check", context)};
  for (const Claim& claim : request.claims) {
    results.claims.push_back(CheckClaim(claim, request, context));
  }
  return results;
}

}  // namespace modelkin
