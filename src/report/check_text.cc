#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ranges>

#include "base/escaped_text.h"
#include "report/check_report.h"
#include "wording/evidence_sentences.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

std::string OutcomeText(const CheckedClaim& claim) {
  const bool is_related = claim.outcome == ClaimOutcome::kRelated;
  return fmt::format("{}{}", ClaimOutcomeName(claim.outcome),
                     is_related ? ", direction not shown" : "");
}

// What signs say of which was first: that two are related says nothing of that.
std::string DirectionText(const CheckedClaim& claim) {
  if (claim.outcome != ClaimOutcome::kRelated) return "";
  std::string text = claim.signs_point == Direction::kBToA
                         ? "  The signs point the other way: that the claimed base was made from "
                           "this model. They prove nothing.\n"
                         : "";
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

std::string ClaimSentence(const CheckedClaim& claim) {
  return claim.components.size() > 1 ? WholeSentence(claim.whole, claim.components)
                                     : VerdictSentence(claim.verdict, claim.tests, claim.power);
}

void WriteCheckText(const CheckResults& results, const Screen&, const TextSink& sink) {
  for (const CheckedClaim& claim : results.claims) {
    sink(fmt::format("{}: {}\n  {}\n", Printable(ClaimText(claim)), OutcomeText(claim),
                     ClaimSentence(claim)));
    if (!claim.kinds.empty()) {
      const auto names = claim.kinds | std::views::transform(DerivationKindName);
      sink(fmt::format("  how they differ: {}\n", fmt::join(names, ", ")));
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
