#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escaped_text.h"
#include "report/answer_text.h"
#include "report/check_report.h"
#include "report/wrapped_text.h"
#include "requests/short_names.h"
#include "wording/difference.h"
#include "wording/found.h"
#include "wording/headline.h"
#include "wording/verdict_sentence.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

// What is shared in part is said as the verdict says it: a starting point is no part.
std::string OutcomeText(ClaimOutcome outcome, const Found& found, const Speech& speech,
                        const TextStyle& style) {
  const std::string text = Capitals(
      outcome == ClaimOutcome::kPartial ? Pill(found, speech) : speech.In(OutcomeInWords(outcome)));
  switch (outcome) {
    case ClaimOutcome::kSupported: return style.Bold(style.Good(text));
    case ClaimOutcome::kRelated: return style.Bold(style.Related(text));
    case ClaimOutcome::kPartial: return style.Bold(style.Partly(text));
    case ClaimOutcome::kReversed:
    case ClaimOutcome::kUnsupported: return style.Bold(style.Bad(text));
    case ClaimOutcome::kUntestable: break;
  }
  return style.Bold(style.Nothing(text));
}

// What the outcome does not say.
std::string CaveatText(const CheckedClaim& claim, const Speech& speech) {
  switch (claim.outcome) {
    case ClaimOutcome::kRelated:
      return claim.pair.signs_point == Direction::kBToA
                 ? fmt::format("{} the other way: that {} was made from {}. {} nothing.",
                               claim.pair.signs.size() == 1 ? "The sign points" : "The signs point",
                               speech.a, speech.b,
                               claim.pair.signs.size() == 1 ? "It proves" : "They prove")
                 : "";
    case ClaimOutcome::kReversed:
      return fmt::format("{}, which is claimed as base, was made from {}.", speech.a, speech.b);
    case ClaimOutcome::kUnsupported:
      return "That is no proof against the claim: complete retraining leaves nothing to find, and "
             "disguises can hide more than was simulated.";
    case ClaimOutcome::kSupported:
    case ClaimOutcome::kPartial:
    case ClaimOutcome::kUntestable: break;
  }
  return "";
}

std::string KindsText(const CheckedClaim& claim) {
  std::string text;
  for (const DerivationKind kind : claim.pair.kinds) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", KindInWords(kind).english);
  }
  return text.empty() ? "" : Capitalised(text) + ".";
}

// How the claim says that the model was made, where it does.
std::string RelationText(const CheckedClaim& claim, const Screen& screen) {
  if (claim.claim.relation == ClaimedRelation::kUnsaid) return "";
  const std::string_view name = ClaimedRelationName(claim.claim.relation);
  if (!claim.relation_agrees) return fmt::format("{}; what was found does not tell.", name);
  if (*claim.relation_agrees) return fmt::format("{}, and that was found.", name);
  return fmt::format("{}, and that was {}: see the difference.", name,
                     screen.style.Bad("NOT found"));
}

// Of each sign, what turns it round and how often it was wrong.
std::string SignsText(const CheckedClaim& claim, const Speech& speech, const Screen& screen) {
  std::string text;
  for (const DirectionSign& sign : claim.pair.signs) {
    text += Labelled("",
                     fmt::format("A sign that {} came first: {}",
                                 sign.direction == Direction::kAToB ? speech.a : speech.b,
                                 SignText(sign).english),
                     screen);
  }
  return text;
}

std::string DetailsText(const CheckedClaim& claim, const Speech& speech, const Screen& screen) {
  return Labelled("In short", PairSentence(claim.pair, speech), screen) +
         SignsText(claim, speech, screen);
}

// What is claimed, and by which file where that was not the caller.
std::string ClaimLine(const CheckedClaim& claim, const Speech& speech) {
  const std::string text = Printable(ClaimText(claim));
  if (claim.claim.source.empty()) return fmt::format("{} claims {}", speech.b, text);
  const bool is_elsewhere = claim.claim.name != claim.base;
  return fmt::format("{} claims {}{}, says {}", speech.b, Printable(claim.claim.name),
                     is_elsewhere ? fmt::format(" ({})", text) : "", Printable(claim.claim.source));
}

void WriteClaim(const CheckedClaim& claim, const Speech& speech, const Screen& screen,
                const TextSink& sink) {
  const Relation relation = RelationOf(claim.pair);
  const Found found = FoundIn(claim.pair, relation);
  sink(Wrapped(ClaimLine(claim, speech), {.width = screen.width}));
  sink(PilledText(OutcomeText(claim.outcome, found, speech, screen.style),
                  Headline(found, speech) + " " + Lead(found, speech), screen));
  const std::string how_sure = Labelled("How sure", HowSure(found, speech), screen);
  if (!how_sure.empty()) sink("\n" + how_sure);
  // Of a start in common nothing is said of how one was made from the other.
  const bool was_made = found.look != Look::kStart;
  if (was_made) sink(Labelled("Difference", KindsText(claim), screen));
  sink(Labelled("Declared", RelationText(claim, screen), screen));
  if (found.relation != nullptr && was_made) {
    sink(Labelled("Who first", FirstLine(claim.pair.direction, claim.pair.signs, speech), screen));
  }
  sink(Labelled("But", CaveatText(claim, speech), screen));
  if (screen.details) sink(DetailsText(claim, speech, screen));
  sink("\n");
}

// What passes though the claim was not shown: outcomes that --fail-on has not got.
std::string PassedUnshown(const CheckResults& results, const CheckPolicy& policy) {
  std::vector<std::string_view> names;
  for (const ClaimOutcome outcome : {ClaimOutcome::kRelated, ClaimOutcome::kPartial}) {
    const bool occurs =
        std::ranges::find(results.claims, outcome, &CheckedClaim::outcome) != results.claims.end();
    if (occurs && !policy.Has(ClaimOutcomeName(outcome))) {
      names.push_back(ClaimOutcomeName(outcome));
    }
  }
  if (policy.failed || names.empty()) return "";
  return fmt::format(" What is claimed was not shown: to fail on that as well, add {}.",
                     fmt::join(names, ", "));
}

}  // namespace

std::string ClaimText(const CheckedClaim& claim) { return "base_model=" + claim.base; }

std::string ContradictionText(const CheckedClaim& claim) {
  if (claim.relation_agrees != false) return "";
  return fmt::format(" It is declared as {}, and that was not found.",
                     ClaimedRelationName(claim.claim.relation));
}

void WriteCheckText(const CheckResults& results, const CheckPolicy& policy, const Screen& screen,
                    const TextSink& sink) {
  for (const CheckedClaim& claim : results.claims) {
    const std::vector<std::string> names = PrintableNames({claim.base, results.model});
    WriteClaim(claim, {.a = names[0], .b = names[1], .plain = true}, screen, sink);
  }
  if (policy.fail_on.empty()) return;
  sink(Wrapped(fmt::format("{}: it fails on {} (--fail-on).{}",
                           policy.failed ? screen.style.Bad("Check failed")
                                         : screen.style.Good("Check passed"),
                           fmt::join(policy.fail_on, ", "), PassedUnshown(results, policy)),
               {.width = screen.width, .indent = 2}));
}

}  // namespace modelkin
