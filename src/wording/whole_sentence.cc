#include "wording/whole_sentence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "wording/evidence_sentences.h"
#include "wording/verdict_sentence.h"
#include "wording/words.h"

namespace modelkin {
namespace {

std::string InWords(std::string_view name) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string_view LeadOf(const WholeVerdict& verdict) {
  switch (verdict.category) {
    case VerdictCategory::kIdentical:
      return "A and B are the same model: every tensor of every component is stored with the same "
             "bytes in both.";
    case VerdictCategory::kDerived:
      return "One of A and B is built on the other, or both on the same trained model.";
    case VerdictCategory::kSharesMaterial:
      return verdict.shared == SharedMaterial::kComponentTaken
                 ? "A component of B goes back to A's, or both to a third model; the rest shows no "
                   "evidence of it."
                 : "A component of B has something in common with A's, less than a model that was "
                   "built on the other would have.";
    case VerdictCategory::kNoEvidence:
      return "No evidence that a component of B is built on A's, or one of A's on B's.";
    case VerdictCategory::kNotComparable: break;
  }
  return "A and B can't be compared: no test could be run on any component.";
}

// What would have been found where nothing was: of each component, as the easiest to find says
// nothing of the others.
std::string FoundText(const std::vector<ComponentOutcome>& components) {
  std::vector<std::string> shares;
  for (const ComponentOutcome& component : components) {
    if (!component.power) continue;
    const std::string name = fmt::format("{}{}", ComponentName(component.kind),
                                         component.unread.empty() ? "" : " (of what was read)");
    const auto share = component.power->smallest();
    const auto fitted = component.power->gate_up_fitted;
    shares.push_back(
        !component.power->simulated() ? fmt::format("{} not simulated", name)
        : share                       ? fmt::format("{} {:.1f}%", name, 100 * *share)
        : fitted ? fmt::format("{} {:.1f}% if its coordinates are found", name, 100 * *fitted)
                 : fmt::format("{} not even a copy", name));
  }
  if (shares.empty()) return "";
  return fmt::format(
      " Simulated, and found with probability {}: a plain mixture with so much of A's weights or "
      "more: {}.",
      kPowerProbability, fmt::join(shares, ", "));
}

// What was not read, which clears nothing.
std::string NotReadText(const std::vector<ComponentOutcome>& components) {
  std::string text;
  for (const ComponentOutcome& component : components) {
    for (const Unread& unread : component.unread) {
      text += fmt::format("{}of {} {}", text.empty() ? " But " : ", and ",
                          ComponentName(component.kind), UnreadText(unread));
    }
  }
  return text.empty() ? text : text + ": that is cleared by nothing here.";
}

}  // namespace

std::string OutcomeText(const ComponentOutcome& outcome) {
  std::string text = fmt::format("{}: ", ComponentName(outcome.kind));
  if (!outcome.category) return text + (outcome.only_in_b ? "only in B" : "only in A");
  text += InWords(VerdictName(*outcome.category));
  for (const DerivationKind kind : outcome.kinds) text += ", " + InWords(DerivationKindName(kind));
  return text;
}

std::string WholeSentence(const WholeVerdict& verdict,
                          const std::vector<ComponentOutcome>& components) {
  std::vector<std::string> outcomes;
  outcomes.reserve(components.size());
  for (const ComponentOutcome& component : components) outcomes.push_back(OutcomeText(component));
  return fmt::format("{} By component: {}.{}{}", LeadOf(verdict), fmt::join(outcomes, "; "),
                     FoundText(components), NotReadText(components));
}

std::string WholeSentence(const TraceResults& results) {
  return results.is_of_several() ? WholeSentence(results.verdict, results.Outcomes())
                                 : VerdictSentence(results.trace());
}

std::string PairSentence(const PairSummary& pair, const Speech& speech) {
  return pair.components.size() > 1 ? WholeSentence(pair.whole, pair.components)
                                    : VerdictSentence(pair.verdict, pair.tests, pair.power, speech);
}

std::vector<std::string> WholeLimitTexts(const TraceResults& results, const Speech& speech) {
  std::vector<std::pair<Component, std::string>> found;
  std::map<std::string, std::size_t> times;
  std::size_t traced = 0;
  for (const ComponentTrace& component : results.components) {
    if (!component.trace) continue;
    ++traced;
    for (std::string& text : LimitTexts(*component.trace, speech)) {
      ++times[text];
      found.emplace_back(component.pair.kind(), std::move(text));
    }
  }
  std::vector<std::string> texts;
  for (const auto& [kind, text] : found) {
    std::string line = text;
    if (times[text] < traced)
      line = fmt::format("{}: {}",
                         speech.language == Language::kKorean ? ComponentInWords(kind).korean
                                                              : ComponentName(kind),
                         text);
    if (std::ranges::find(texts, line) == texts.end()) texts.push_back(std::move(line));
  }
  return texts;
}

}  // namespace modelkin
