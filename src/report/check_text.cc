#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ranges>

#include "base/escaped_text.h"
#include "report/check_report.h"
#include "report/evidence_text.h"

namespace modelkin {
namespace {

// What of a supported claim is not shown: that two are related says nothing of which was first.
std::string DirectionText(const CheckedClaim& claim) {
  const bool supported = claim.verdict.category == VerdictCategory::kDerived;
  if (!supported || claim.direction != Direction::kUnknown) return "";
  std::string text = "  Related; which of the two was made from the other is not shown.\n";
  for (const DirectionSign& sign : claim.signs) {
    text += fmt::format("  A sign that {}: {}\n",
                        sign.direction == Direction::kAToB
                            ? "the claimed base (A) came first"
                            : "this model (B) came first, not the claimed base (A)",
                        SignText(sign));
  }
  return text;
}

}  // namespace

std::string ClaimText(const CheckedClaim& claim) { return "base_model=" + claim.base; }

void WriteCheckText(const CheckResults& results, const TextSink& sink) {
  for (const CheckedClaim& claim : results.claims) {
    sink(fmt::format("{}: {}\n  {}\n", Printable(ClaimText(claim)), ClaimOutcomeName(claim.outcome),
                     VerdictSentence(claim.verdict, claim.tests, claim.power)));
    if (!claim.kinds.empty()) {
      const auto names = claim.kinds | std::views::transform(DerivationKindName);
      sink(fmt::format("  made by: {}\n", fmt::join(names, ", ")));
    }
    sink(DirectionText(claim));
    if (claim.outcome == ClaimOutcome::kReversed) {
      sink(
          "  The model that is claimed as base was made from this one, not the other way round.\n");
    }
    if (claim.outcome == ClaimOutcome::kUnsupported) {
      sink("  That is no proof against the claim: complete retraining leaves nothing to find.\n");
    }
  }
}

}  // namespace modelkin
