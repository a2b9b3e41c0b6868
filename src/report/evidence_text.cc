#include "report/evidence_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/escaped_text.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

constexpr std::size_t kNamedNonFinite = 8;

const TestResult& ResultOf(const TestKey& key, const std::vector<TestResult>& tests) {
  return *std::ranges::find(tests, key, &TestResult::key);
}

std::string Power10(double log_p, bool is_bound) {
  return fmt::format("p {} 10^{:.1f}", is_bound ? "<=" : "=", log_p / std::log(10.0));
}

std::string StrongTestText(const TestResult& test) {
  const std::string effect =
      fmt::format("{} {:.3g}", TraitsOf(test.key.id).effect_name, test.effect);
  std::string text = TestName(test.key) + ": ";
  if (test.p_is_valid()) {
    text += fmt::format("{} after correction, {}",
                        Power10(test.log_p_adjusted, test.log_p_is_bound), effect);
  } else {
    text += fmt::format("{} ({})", effect, CaveatText(test));
  }
  if (!test.control_effects.empty()) {
    text +=
        fmt::format(" (controls: at most {:.3g})", *std::ranges::max_element(test.control_effects));
  }
  return text;
}

std::string EvidenceText(const Evidence& evidence, const std::vector<TestResult>& tests) {
  switch (evidence.kind) {
    case EvidenceKind::kStrongTest: return StrongTestText(ResultOf(evidence.test, tests));
    case EvidenceKind::kLinkedMlps:
      if (evidence.drawn_from > 0) {
        return fmt::format(
            "hidden units of {} of {} MLPs that were drawn of B's {} have their like in an MLP of "
            "A",
            evidence.count, evidence.all, FormatCount(evidence.drawn_from));
      }
      return fmt::format("hidden units of {} of B's {} MLPs have their like in an MLP of A",
                         evidence.count, evidence.all);
    case EvidenceKind::kUnitCosine:
      return fmt::format(
          "units and their like have a mean cosine of {}",
          evidence.value > 0.9995 ? std::string(">0.999") : fmt::format("{:.3f}", evidence.value));
    case EvidenceKind::kRelations:
      return fmt::format(
          "relations between units, which training makes, are in common {:.2f} times as much as "
          "the units: 1 or more where one model goes back to the other, under {} where both only "
          "started alike",
          evidence.value, kLearnedRatio);
    case EvidenceKind::kLinkedLayers:
      return fmt::format("attention and norms of {} of B's {} layers go back to A's",
                         evidence.count, evidence.all);
    case EvidenceKind::kDuplicatedLayers:
      return fmt::format("layers of A more than once in B: {}", fmt::join(evidence.layers, ", "));
    case EvidenceKind::kDroppedLayers:
      return fmt::format("layers of A not in B: {}", fmt::join(evidence.layers, ", "));
    case EvidenceKind::kCopiedTensors: break;
  }
  return fmt::format("{} of learned values stored with the same bytes in both",
                     evidence.count == 1 ? "1 tensor" : fmt::format("{} tensors", evidence.count));
}

void AddNonFinite(const std::vector<NonFiniteTensor>& tensors, char model,
                  std::vector<std::string>& texts) {
  for (const NonFiniteTensor& tensor : tensors) {
    texts.push_back(fmt::format("{} of {} ({} NaN, {} infinite)", Printable(tensor.tensor), model,
                                tensor.nan, tensor.infinite));
  }
}

// Names the first few, and how many more there are.
std::string NonFiniteText(const PairAnalysis& pair) {
  std::vector<std::string> texts;
  AddNonFinite(pair.non_finite_a, 'A', texts);
  AddNonFinite(pair.non_finite_b, 'B', texts);
  const std::size_t more = texts.size() - std::min(texts.size(), kNamedNonFinite);
  texts.resize(texts.size() - more);
  return fmt::format("Values that are not finite were left out: {}{}.", fmt::join(texts, ", "),
                     more > 0 ? fmt::format(" and {} tensors more", more) : "");
}

std::string LimitText(const Limit& limit, const Trace& trace) {
  switch (limit.kind) {
    case LimitKind::kDistillation:
      return "Weights can't show distillation, training on another model's outputs, or shared "
             "data.";
    case LimitKind::kRetraining: return "Complete retraining leaves nothing to find.";
    case LimitKind::kNonFinite: return NonFiniteText(trace.pair);
    case LimitKind::kUnread: break;
  }
  return fmt::format("Not all was looked at: {}.", UnreadText(limit.unread));
}

std::string RejectionText(const TestResult& test) {
  if (test.p_is_valid()) return Power10(test.log_p_adjusted, test.log_p_is_bound);
  return fmt::format("{}: {} {:.3g}, strong from {:.3g} on", TestName(test.key),
                     TraitsOf(test.key.id).effect_name, test.effect, test.least_effect);
}

std::string DerivedSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::string& unread) {
  const std::string rejected =
      verdict.strongest
          ? fmt::format("the hypothesis of independent initialisation is rejected ({})",
                        RejectionText(ResultOf(*verdict.strongest, tests)))
          : "every tensor of B is stored with the same bytes in A";
  return fmt::format(
      "One of A and B is built on the other, or both on the same trained model: {}.{}", rejected,
      unread.empty() ? "" : fmt::format(" That is of what was read: {}.", unread));
}

std::string SharesSentence(SharedMaterial shared) {
  switch (shared) {
    case SharedMaterial::kCommonInitialisation:
      return "A and B have in common what they started from, as models do that were initialised "
             "with the same random numbers, or into one of which a little of the other was mixed; "
             "nothing learned is shown to be shared.";
    case SharedMaterial::kCopiedTensors:
      return "B shares some stored tensors with A; the rest shows no evidence of a common origin.";
    case SharedMaterial::kPartOfTheModel:
    case SharedMaterial::kComponentTaken: break;
  }
  return "Part of B shares its origin with A; the rest shows no evidence of it.";
}

std::string PowerSentence(const PowerStatement& power) {
  const auto percent = [](double share) { return fmt::format("{:.1f}%", 100 * share); };
  if (!power.simulated()) {
    return " What the tests that these shapes allow would have found was not simulated.";
  }
  const auto smallest = power.smallest();
  if (!smallest && !power.gate_up_fitted) {
    return " On these shapes not even a copy would have been found.";
  }
  std::string sentence =
      fmt::format(" Simulated, and found with probability {}: B as a ", kPowerProbability);
  if (smallest) {
    sentence += fmt::format("plain mixture with {} of A's weights or more", percent(*smallest));
    if (power.gate_up) {
      sentence += fmt::format("; with hidden units renumbered, {}", percent(*power.gate_up));
    }
    if (power.gate_up_fitted) {
      sentence +=
          fmt::format("; with residual coordinates renumbered as well, {} if these are found",
                      percent(*power.gate_up_fitted));
    }
  } else {
    sentence += fmt::format(
        "mixture with {} of A's weights or more, if the residual coordinates that both have are "
        "found",
        percent(*power.gate_up_fitted));
  }
  return sentence + ". Other disguises, and training that followed, were not simulated.";
}

std::string NoEvidenceSentence(const std::optional<PowerStatement>& power,
                               const std::string& unread) {
  std::string sentence = "No evidence that B is built on A, or A on B.";
  if (!unread.empty()) {
    sentence = fmt::format(
        "Nothing that was read is evidence that B is built on A, or A on B; but {}: that clears "
        "neither.",
        unread);
  }
  return sentence + (power ? PowerSentence(*power) : "");
}

std::string NotComparableSentence(const std::vector<TestResult>& tests, const std::string& unread) {
  const auto skipped = std::ranges::find_if_not(tests, &TestResult::was_run);
  return fmt::format("A and B can't be compared: {}{}.",
                     skipped == tests.end() ? "no test could be run" : skipped->skipped,
                     unread.empty() ? "" : fmt::format("; {}", unread));
}

}  // namespace

std::string UnreadText(const Unread& unread) {
  const char* const name = unread.of_b ? "B" : "A";
  std::string text;
  if (unread.packed) {
    text = fmt::format("of {}'s parameters {:.1f}% are packed and were not read", name,
                       100 * *unread.packed);
  }
  if (unread.incomplete) {
    text += fmt::format("{}files or tensors of {} are missing", text.empty() ? "" : ", and ", name);
  }
  return text;
}

std::string VerdictSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::optional<PowerStatement>& power) {
  std::vector<std::string> parts;
  parts.reserve(verdict.unread.size());
  for (const Unread& part : verdict.unread) parts.push_back(UnreadText(part));
  const std::string unread = fmt::format("{}", fmt::join(parts, ", and "));
  switch (verdict.category) {
    case VerdictCategory::kIdentical:
      return "A and B are the same model: every tensor is stored with the same bytes in both.";
    case VerdictCategory::kDerived: return DerivedSentence(verdict, tests, unread);
    case VerdictCategory::kSharesMaterial:
      return SharesSentence(*verdict.shared) +
             (unread.empty() ? "" : fmt::format(" But {}.", unread));
    case VerdictCategory::kNoEvidence: return NoEvidenceSentence(power, unread);
    case VerdictCategory::kNotComparable: break;
  }
  return NotComparableSentence(tests, unread);
}

std::string VerdictSentence(const Trace& trace) {
  return VerdictSentence(trace.verdict, trace.tests, trace.power);
}

std::vector<std::string> EvidenceTexts(const Trace& trace) {
  std::vector<std::string> texts;
  texts.reserve(trace.verdict.evidence.size());
  for (const Evidence& evidence : trace.verdict.evidence) {
    texts.push_back(EvidenceText(evidence, trace.tests));
  }
  return texts;
}

std::vector<std::string> LimitTexts(const Trace& trace) {
  std::vector<std::string> texts;
  texts.reserve(trace.verdict.limits.size());
  for (const Limit& limit : trace.verdict.limits) texts.push_back(LimitText(limit, trace));
  if (!trace.effort.plan.is_all()) texts.push_back(EffortText(trace));
  return texts;
}

std::string EffortText(const Trace& trace) {
  const EffortRecord& effort = trace.effort;
  const PairAnalysis& pair = trace.shown();
  const auto matched =
      static_cast<std::uint64_t>(std::ranges::count(pair.mlps, "", &MlpMatch::skipped));
  std::string drawn = FormatQuantity(trace.pair.residual.weights.rows, "row") + " of weights";
  if (matched > 0) {
    drawn += effort.plan.units == DrawPlan::kAll
                 ? " and all hidden units"
                 : fmt::format(" and up to {} hidden units each", FormatCount(effort.plan.units));
    drawn += fmt::format(" of {} of B's {}", FormatCount(matched),
                         FormatQuantity(pair.b.mlps.size(), "MLP"));
  }
  const bool found = trace.verdict.category != VerdictCategory::kNoEvidence;
  const std::string_view open = effort.settled ? ""
                                : found        ? " How much is shared is not known within 2 points."
                                        : " Smaller shares than are said above may be there.";
  return fmt::format(
      "By draws, which no value decided, in look {} of at most {}: {}.{} --effort full takes all.",
      effort.taken, effort.planned, drawn, open);
}

std::string AssumptionText(const TestResult& test, const Trace& trace) {
  if (!test.p_is_valid()) {
    return "none makes p exact: units of strangers that do the same are alike in a basis that is "
           "fitted, by whatever weights they are matched";
  }
  std::string text(TraitsOf(test.key.id).assumption);
  if (test.key.basis == ResidualBasis::kAsStored) return text;
  return text + (trace.fitted->basis.by == BasisSource::kTokens
                     ? "; A's residual coordinates are fitted to B's by tokens alone, which say "
                       "nothing of the order of hidden units, experts and heads"
                     : "; A's residual coordinates are fitted to B's by sums over all rows of a "
                       "layer's tensors, which no order of hidden units, experts and heads "
                       "changes");
}

std::string CaveatText(const TestResult& test) {
  if (test.p_is_valid()) return "";
  const TestTraits& traits = TraitsOf(test.key.id);
  return fmt::format(
      "p may be too small in a fitted basis: what counts is the {}, of strangers at most {} in the "
      "calibration, and strong from {} on",
      traits.effect_name, traits.fitted->of_strangers, traits.fitted->least);
}

}  // namespace modelkin
