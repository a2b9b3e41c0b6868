// What a model's card claims of its origin, held against the weights.
#ifndef MODELKIN_REQUESTS_CHECK_H_
#define MODELKIN_REQUESTS_CHECK_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelkin/options.h"
#include "modelkin/trace.h"
#include "requests/claims.h"
#include "requests/pair_summary.h"
#include "requests/request_context.h"
#include "requests/trace.h"

namespace modelkin {

enum class ClaimOutcome : std::uint8_t {
  kSupported,    // identical, or a fact says that the model was made from the base
  kRelated,      // which of the two was first is not shown
  kPartial,      // some is shared, or only a common start
  kReversed,     // the base was made from the model
  kUnsupported,  // no evidence
  kUntestable,
};

inline constexpr std::array<std::string_view, 6> kClaimOutcomeNames = {
    "supported", "related", "partial", "reversed", "unsupported", "untestable"};

constexpr std::string_view ClaimOutcomeName(ClaimOutcome outcome) {
  return kClaimOutcomeNames[static_cast<std::size_t>(outcome)];
}

struct CheckRequest {
  std::string model;
  std::vector<Claim> claims;          // each of a base of the model
  std::vector<std::string> controls;  // strangers to all of them
  OpenOptions opening;
  TraceOptions options;
};

struct CheckedClaim {
  std::string base;  // where it was opened
  Claim claim;
  // Whether what was found is how the claim says that the model was made; nullopt where one of the
  // two does not say.
  std::optional<bool> relation_agrees;
  ClaimOutcome outcome = ClaimOutcome::kUntestable;
  PairSummary pair;  // A is the base that is claimed, B the model
};

struct CheckResults {
  std::string model;
  std::vector<CheckedClaim> claims;  // in their order
  RunRecord run;
};

// Returns what becomes of the claim that B is built on A.
ClaimOutcome OutcomeOfClaim(const TraceResults& results);

// Traces each claimed base against the model. Throws what TraceModels throws.
CheckResults CheckClaims(const CheckRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_CHECK_H_
