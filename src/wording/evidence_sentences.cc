#include "wording/evidence_sentences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/escaped_text.h"
#include "base/number_text.h"
#include "wording/evidence_rows.h"
#include "wording/words.h"

namespace modelkin {
namespace {

constexpr std::size_t kNamedNonFinite = 8;

const TestResult& ResultOf(const TestKey& key, const std::vector<TestResult>& tests) {
  return *std::ranges::find(tests, key, &TestResult::key);
}

// "; unrelated models: at most 1 %"
std::string ControlsText(const TestResult& test, const Speech& speech) {
  if (test.control_effects.empty()) return "";
  const double largest = *std::ranges::max_element(test.control_effects);
  return speech.plain ? speech.Say(" (unrelated: at most {})", "(무관한 모델: 최대 {})",
                                   EffectText(test.key.id, largest))
                      : fmt::format(" (controls: at most {:.3g})", largest);
}

std::string StrongTestText(const TestResult& test, const Speech& speech) {
  const std::string effect =
      speech.plain ? EffectText(test.key.id, test.effect)
                   : fmt::format("{} {:.3g}", TraitsOf(test.key.id).effect_name, test.effect);
  const std::string name =
      speech.plain ? TestInWords(test.key, speech.language) : TestName(test.key);
  const std::string found =
      test.p_is_valid() ? speech.Say("{} after correction, {}", "보정 후 {}, {}",
                                     FormatP(test.log_p_adjusted, test.log_p_is_bound), effect)
                        : fmt::format("{} ({})", effect, CaveatText(test, speech));
  return fmt::format("{}: {}{}", name, found, ControlsText(test, speech));
}

std::string LinkedMlpsText(const Evidence& evidence, const Speech& speech) {
  if (evidence.drawn_from > 0) {
    return speech.Say(
        "hidden units of {0} of {1} MLPs that were drawn of {4}'s {2} have their like in an MLP of "
        "{3}",
        "{4}의 MLP {2}개에서 뽑은 {1}개 중 {0}개의 은닉 유닛과 닮은 것이 {3}의 MLP에 있습니다",
        evidence.count, evidence.all, FormatCount(evidence.drawn_from), speech.a, speech.b);
  }
  return speech.Say("hidden units of {0} of {3}'s {1} MLPs have their like in an MLP of {2}",
                    "{3}의 MLP {1}개 중 {0}개의 은닉 유닛과 닮은 것이 {2}의 MLP에 있습니다",
                    evidence.count, evidence.all, speech.a, speech.b);
}

// How far it is told whether what one model learned is in the other.
std::string RetainedText(const LinkedShares& shares, const Speech& speech) {
  const double deviations = *shares.retained_deviations;
  if (shares.unit_cosine.value_or(0) >= kNearCopy) {
    return speech.In({"units so nearly the same need not be seen to have learned",
                      "유닛이 이만큼 거의 같으면 학습한 것이 드러나지 않아도 됩니다"});
  }
  if (!shares.retained) {
    return speech.Say(
        "units have learned too little to tell whether one model goes back to the other or both "
        "only started alike",
        "유닛이 학습한 것이 너무 적어 한 모델이 다른 모델에서 나왔는지 출발점만 같은지 가릴 수 "
        "없습니다");
  }
  const std::string numbers =
      fmt::format("{:.2f} ± {:.2f}", *shares.retained, *shares.retained_error);
  if (deviations >= kBeyondDoubt && shares.learned_ratio.value_or(0) < kLearnedRatio) {
    return speech.Say(
        "of what units of one model learned, the other has {} times as much as of the units, but "
        "relations between units only {:.2f} times: a longer training of the same start does that "
        "too",
        "한 모델의 유닛이 학습한 것을 다른 모델이 유닛 자체의 {}배만큼 지니지만, 유닛 사이의 "
        "관계는 {:.2f}배만큼만 지닙니다. 같은 출발점에서 더 오래 학습해도 그렇게 됩니다",
        numbers, shares.learned_ratio.value_or(0));
  }
  if (deviations >= kBeyondDoubt) {
    return speech.Say(
        "of what units of one model learned, the other has {} times as much as of the units: 1 "
        "where one model goes back to the other, less than {} where both only started alike",
        "한 모델의 유닛이 학습한 것을 다른 모델이 유닛 자체의 {}배만큼 지닙니다. 한 모델이 다른 "
        "모델에서 나왔으면 1, 출발점만 같으면 {} 미만입니다",
        numbers, kLearnedRatio);
  }
  if (deviations <= -kBeyondDoubt) {
    return speech.Say(
        "of what units of one model learned, the other has only {} times as much as of the units: "
        "both only started alike, or much was learned anew; it is 1 where one goes back to the "
        "other",
        "한 모델의 유닛이 학습한 것을 다른 모델이 유닛 자체의 {}배만큼만 지닙니다. 출발점만 "
        "같거나 많은 것을 새로 학습했습니다. 한 모델이 다른 모델에서 나왔으면 1입니다",
        numbers);
  }
  return speech.Say(
      "of what units of one model learned, the other has {} times as much as of the units: too "
      "uncertain to tell a common start, with less than {}, from a derivation, with 1",
      "한 모델의 유닛이 학습한 것을 다른 모델이 유닛 자체의 {}배만큼 지닙니다. 너무 불확실하여 "
      "공통 출발점({} 미만)과 파생(1)을 가릴 수 없습니다",
      numbers, kLearnedRatio);
}

std::string EvidenceText(const Evidence& evidence, const std::vector<TestResult>& tests,
                         const Speech& speech) {
  const std::string layers = fmt::format("{}", fmt::join(evidence.layers, ", "));
  switch (evidence.kind) {
    case EvidenceKind::kStrongTest: return StrongTestText(ResultOf(evidence.test, tests), speech);
    case EvidenceKind::kLinkedMlps: return LinkedMlpsText(evidence, speech);
    case EvidenceKind::kUnitCosine:
      return speech.Say(
          "units and their like have a mean cosine of {}",
          "서로 닮은 유닛의 평균 코사인은 {}입니다",
          evidence.value > 0.9995 ? std::string(">0.999") : fmt::format("{:.3f}", evidence.value));
    case EvidenceKind::kRelations:
      return speech.Say(
          "relations between units, which training makes, are in common {:.2f} times as much as "
          "the units: 1 or more where one model goes back to the other, under {} where both only "
          "started alike",
          "학습이 만드는 유닛 사이의 관계가 유닛 자체의 {:.2f}배만큼 공통됩니다. 한 모델이 다른 "
          "모델에서 나왔으면 1 이상, 출발점만 같으면 {} 미만입니다",
          evidence.value, kLearnedRatio);
    case EvidenceKind::kLinkedLayers:
      return speech.Say("attention and norms of {0} of {3}'s {1} layers go back to {2}'s",
                        "{3}의 층 {1}개 중 {0}개의 어텐션과 노름이 {2}에서 나왔습니다",
                        evidence.count, evidence.all, speech.a, speech.b);
    case EvidenceKind::kDuplicatedLayers:
      return speech.Say("layers of {1} more than once in {2}: {0}",
                        "{2}에 두 번 이상 있는 {1}의 층: {0}", layers, speech.a, speech.b);
    case EvidenceKind::kDroppedLayers:
      return speech.Say("layers of {1} not in {2}: {0}", "{2}에 없는 {1}의 층: {0}", layers,
                        speech.a, speech.b);
    case EvidenceKind::kCopiedTensors: break;
  }
  return speech.Say("{} of learned values stored with the same bytes in both",
                    "학습된 값을 담은 {}가 두 모델에 같은 바이트로 저장되어 있습니다",
                    speech.language == Language::kKorean
                        ? fmt::format("텐서 {}개", FormatCount(evidence.count))
                        : FormatQuantity(evidence.count, "tensor"));
}

void AddNonFinite(const std::vector<NonFiniteTensor>& tensors, const std::string& model,
                  const Speech& speech, std::vector<std::string>& texts) {
  for (const NonFiniteTensor& tensor : tensors) {
    texts.push_back(speech.Say("{0} of {1} ({2} NaN, {3} infinite)",
                               "{1}의 {0}(NaN {2}개, 무한대 {3}개)", Printable(tensor.tensor),
                               model, tensor.nan, tensor.infinite));
  }
}

// Names the first few, and how many more there are.
std::string NonFiniteText(const PairAnalysis& pair, const Speech& speech) {
  std::vector<std::string> texts;
  AddNonFinite(pair.non_finite_a, speech.a, speech, texts);
  AddNonFinite(pair.non_finite_b, speech.b, speech, texts);
  const std::size_t more = texts.size() - std::min(texts.size(), kNamedNonFinite);
  texts.resize(texts.size() - more);
  const std::string rest =
      more == 0 ? "" : speech.Say(" and {} tensors more", " 외 텐서 {}개", more);
  return speech.Say("Values that are not finite were left out: {}{}.",
                    "유한하지 않은 값은 제외했습니다: {}{}.", fmt::join(texts, ", "), rest);
}

}  // namespace

std::string LimitText(const Limit& limit, const Trace& trace, const Speech& speech) {
  switch (limit.kind) {
    case LimitKind::kDistillation:
      return speech.Say(
          "Weights can't show distillation, training on another model's outputs, or shared data.",
          "가중치만으로는 증류, 다른 모델의 출력을 이용한 학습, 학습 자료의 공유를 알 수 "
          "없습니다.");
    case LimitKind::kRetraining:
      return speech.Say("Complete retraining leaves nothing to find.",
                        "완전히 다시 학습하면 아무 흔적도 남지 않습니다.");
    case LimitKind::kNonFinite: return NonFiniteText(trace.pair, speech);
    case LimitKind::kUnread: break;
  }
  return speech.Say("Not all was looked at: {}.", "전부를 본 것은 아닙니다: {}.",
                    UnreadText(limit.unread, speech));
}

std::vector<std::string> EvidenceTexts(const Verdict& verdict, const std::vector<TestResult>& tests,
                                       const Speech& speech) {
  std::vector<std::string> texts;
  texts.reserve(verdict.evidence.size());
  for (const Evidence& evidence : verdict.evidence) {
    const bool retained =
        evidence.kind == EvidenceKind::kRelations && verdict.shares.retained_deviations;
    texts.push_back(retained ? RetainedText(verdict.shares, speech)
                             : EvidenceText(evidence, tests, speech));
  }
  return texts;
}

std::vector<std::string> EvidenceTexts(const Trace& trace, const Speech& speech) {
  return EvidenceTexts(trace.verdict, trace.tests, speech);
}

std::vector<std::string> LimitTexts(const Trace& trace, const Speech& speech) {
  std::vector<std::string> texts;
  texts.reserve(trace.verdict.limits.size());
  for (const Limit& limit : trace.verdict.limits) texts.push_back(LimitText(limit, trace, speech));
  if (!trace.effort.plan.is_all()) texts.push_back(EffortText(trace, speech));
  return texts;
}

std::string UnreadText(const Unread& unread, const Speech& speech) {
  const std::string& name = unread.of_b ? speech.b : speech.a;
  std::string text;
  if (unread.packed) {
    text = speech.Say("of {0}'s parameters {1:.1f}% are packed and were not read",
                      "{0}의 매개변수 {1:.1f}%(압축 형식)를 읽지 않음", name, 100 * *unread.packed);
  }
  if (unread.incomplete) {
    text += speech.Say("{}files or tensors of {} are missing", "{}{}의 파일이나 텐서가 빠져 있음",
                       text.empty() ? "" : speech.In({", and ", ", "}), name);
  }
  return text;
}

std::string UnreadTexts(const std::vector<Unread>& unread, const Speech& speech) {
  std::vector<std::string> parts;
  parts.reserve(unread.size());
  for (const Unread& part : unread) parts.push_back(UnreadText(part, speech));
  return fmt::format("{}", fmt::join(parts, speech.In({", and ", ", "})));
}

std::string EffortText(const Trace& trace, const Speech& speech) {
  const EffortRecord& effort = trace.effort;
  const PairAnalysis& pair = trace.shown();
  const auto matched =
      static_cast<std::uint64_t>(std::ranges::count(pair.mlps, "", &MlpMatch::skipped));
  const std::uint64_t rows = trace.pair.residual.weights.rows;
  std::string drawn =
      speech.Say("{} of weights", "가중치 {}",
                 speech.language == Language::kKorean ? fmt::format("{}행", FormatCount(rows))
                                                      : FormatQuantity(rows, "row"));
  if (matched > 0) {
    drawn += effort.plan.units == DrawPlan::kAll
                 ? speech.In({" and all hidden units", "과 모든 은닉 유닛"})
                 : speech.Say(" and up to {} hidden units each", "과 각각 은닉 유닛 최대 {}개",
                              FormatCount(effort.plan.units));
    drawn += speech.Say(" of {0} of {2}'s {1}", "({2}의 MLP {1} 중 {0}개)", FormatCount(matched),
                        speech.language == Language::kKorean
                            ? fmt::format("{}개", FormatCount(pair.b.mlps.size()))
                            : FormatQuantity(pair.b.mlps.size(), "MLP"),
                        speech.b);
  }
  const bool found = trace.verdict.category != VerdictCategory::kNoEvidence;
  const std::string open = effort.settled ? ""
                           : found
                               ? speech.In({" How much is shared is not known within 2 points.",
                                            " 공유 비율은 2%포인트 이내로 정해지지 않았습니다."})
                               : speech.In({" Smaller shares than are said above may be there.",
                                            " 위에서 말한 것보다 적은 비율은 있을 수 있습니다."});
  return speech.Say(
      "By draws, which no value decided, in look {} of at most {}: {}.{} --effort full takes all.",
      "값을 보지 않고 뽑은 표본으로, 최대 {1}회 중 {0}회째: {2}.{3} --effort full은 전부를 봅니다.",
      effort.taken, effort.planned, drawn, open);
}

std::string CaveatText(const TestResult& test, const Speech& speech) {
  if (test.p_is_valid()) return "";
  const TestTraits& traits = TraitsOf(test.key.id);
  return speech.Say(
      "p may be too small in a fitted basis: what counts is the {}, of unrelated models at most {} "
      "in the "
      "calibration, and strong from {} on",
      "맞춘 좌표계에서는 p가 지나치게 작을 수 있습니다. 보아야 할 것은 효과({})이며, 보정 실험의 "
      "무관한 "
      "모델은 최대 {}, 강한 증거는 {}부터입니다",
      EffectNameInWords(test.key.id, speech.language), traits.fitted->of_strangers,
      traits.fitted->least);
}

std::string AssumptionText(const TestResult& test, const Trace& trace) {
  if (!test.p_is_valid()) {
    return "none makes p exact: units of unrelated models that do the same are alike in a basis "
           "that is "
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

}  // namespace modelkin
