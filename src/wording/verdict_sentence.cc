#include "wording/verdict_sentence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "evidence/linked_shares.h"
#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/words.h"

namespace modelkin {
namespace {

std::string RejectionText(const TestResult& test, const Speech& speech) {
  if (test.p_is_valid()) return FormatP(test.log_p_adjusted, test.log_p_is_bound);
  return speech.Say("{}: {} {:.3g}, strong from {:.3g} on", "{}: {} {:.3g}, {:.3g}부터 강함",
                    TestName(test.key), EffectNameInWords(test.key.id, speech.language),
                    test.effect, test.least_effect);
}

std::string DerivedSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::string& unread, const Speech& speech) {
  const std::string rejected =
      verdict.strongest
          ? speech.Say("the hypothesis of independent initialisation is rejected ({})",
                       "독립적으로 초기화되었다는 가설은 기각됩니다({})",
                       RejectionText(
                           *std::ranges::find(tests, *verdict.strongest, &TestResult::key), speech))
          : speech.Say("every tensor of {1} is stored with the same bytes in {0}",
                       "{1}의 모든 텐서가 {0}에 같은 바이트로 저장되어 있습니다", speech.a,
                       speech.b);
  return speech.Say(
             "One of {0} and {1} is built on the other, or both on the same trained model: {2}.",
             "{0}와(과) {1} 중 하나가 다른 하나를 바탕으로 만들어졌거나, 둘 다 같은 학습된 "
             "모델에서 "
             "나왔습니다: {2}.",
             speech.a, speech.b, rejected) +
         (unread.empty() ? ""
                         : speech.Say(" That is of what was read: {}.",
                                      " 읽은 것에 대해서만 그렇습니다: {}.", unread));
}

std::string SharesSentence(const Verdict& verdict, const Speech& speech) {
  switch (*verdict.shared) {
    case SharedMaterial::kCommonInitialisation:
      if (IsLearnedUndecided(verdict.shares)) {
        return speech.Say(
            "{} and {} have in common what they started from, as models do that were initialised "
            "with the same random numbers; whether one is built on the other can't be told.",
            "{}와(과) {}는 출발점이 같습니다. 같은 난수로 초기화된 모델이 그렇습니다. 한쪽이 다른 "
            "쪽을 바탕으로 만들어졌는지는 가릴 수 없습니다.",
            speech.a, speech.b);
      }
      return speech.Say(
          "{} and {} have in common what they started from, as models do that were initialised "
          "with the same random numbers, or into one of which a little of the other was mixed; "
          "nothing learned is shown to be shared.",
          "{}와(과) {}는 출발점이 같습니다. 같은 난수로 초기화되었거나 한쪽에 다른 쪽이 조금 섞인 "
          "모델이 "
          "그렇습니다. 학습된 것이 공유되었음은 드러나지 않았습니다.",
          speech.a, speech.b);
    case SharedMaterial::kCopiedTensors:
      return speech.Say(
          "{1} shares some stored tensors with {0}; the rest shows no evidence of a common origin.",
          "{1}의 텐서 일부가 {0}와(과) 같습니다. 나머지에는 공통 기원의 증거가 없습니다.", speech.a,
          speech.b);
    case SharedMaterial::kPartOfTheModel:
    case SharedMaterial::kComponentTaken: break;
  }
  return speech.Say("Part of {1} shares its origin with {0}; the rest shows no evidence of it.",
                    "{1}의 일부는 {0}와(과) 기원이 같습니다. 나머지에는 그런 증거가 없습니다.",
                    speech.a, speech.b);
}

std::string Percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

// What a plain mixture, and disguised ones, would have needed; `smallest` is there.
std::string MixturesText(const PowerStatement& power, const Speech& speech) {
  std::string text =
      speech.Say("plain mixture with {} of {}'s weights or more",
                 "{1}의 가중치가 {0} 이상 섞인 혼합", Percent(*power.smallest()), speech.a);
  if (power.gate_up) {
    text += speech.Say("; with hidden units renumbered, {}", "; 은닉 유닛의 번호를 바꾸었다면 {}",
                       Percent(*power.gate_up));
  }
  if (power.gate_up_fitted) {
    text += speech.Say("; with residual coordinates renumbered as well, {} if these are found",
                       "; 잔차 좌표의 번호까지 바꾸었다면 {}(좌표를 찾아냈을 때)",
                       Percent(*power.gate_up_fitted));
  }
  return text;
}

std::string NoEvidenceSentence(const std::optional<PowerStatement>& power,
                               const std::string& unread, const Speech& speech) {
  std::string sentence = speech.Say(
      "No evidence that {1} is built on {0}, or {0} on {1}.",
      "{1}가 {0}를, 또는 {0}가 {1}를 바탕으로 만들어졌다는 증거가 없습니다.", speech.a, speech.b);
  if (!unread.empty()) {
    sentence = speech.Say(
        "Nothing that was read is evidence that {1} is built on {0}, or {0} on {1}; but {2}: that "
        "clears neither.",
        "읽은 것에는 {1}가 {0}를, 또는 {0}가 {1}를 바탕으로 만들어졌다는 증거가 없습니다. 그러나 "
        "{2}: "
        "어느 쪽도 혐의가 풀린 것은 아닙니다.",
        speech.a, speech.b, unread);
  }
  if (!power) return sentence;
  // What was not read may hold any share of A.
  const std::string of_read =
      unread.empty() ? "" : speech.In({" Of what was read alone:", " 읽은 것에 대해서만:"});
  return sentence + of_read + " " + PowerSentence(*power, speech);
}

std::string NotComparableSentence(const std::vector<TestResult>& tests, const std::string& unread,
                                  const Speech& speech) {
  const auto skipped = std::ranges::find_if_not(tests, &TestResult::was_run);
  const std::string why = skipped == tests.end()
                              ? speech.In({"no test could be run", "실행할 수 있는 검정이 없음"})
                              : SkipText(skipped->skipped, speech.language);
  return speech.Say("{} and {} can't be compared: {}{}.", "{}와(과) {}는 비교할 수 없습니다: {}{}.",
                    speech.a, speech.b, why, unread.empty() ? "" : "; " + unread);
}

}  // namespace

std::string PowerSentence(const PowerStatement& power, const Speech& speech) {
  if (!power.simulated()) {
    return speech.Say(
        "What the tests that these shapes allow would have found was not simulated.",
        "이 모양에서 가능한 검정이 무엇을 찾아낼 수 있었는지는 모의실험하지 않았습니다.");
  }
  const auto smallest = power.smallest();
  if (!smallest && !power.gate_up_fitted) {
    return speech.Say("On these shapes not even a copy would have been found.",
                      "이 모양에서는 복사본이라도 찾아내지 못했을 것입니다.");
  }
  const std::string mixtures =
      smallest ? MixturesText(power, speech)
               : speech.Say(
                     "mixture with {} of {}'s weights or more, if the residual coordinates "
                     "that both have are found",
                     "{1}의 가중치가 {0} 이상 섞인 혼합(둘에 공통된 잔차 좌표를 찾아냈을 때)",
                     Percent(*power.gate_up_fitted), speech.a);
  return speech.Say(
      "Simulated, and found with probability {0}: {1} as a {2}. Other disguises, and training that "
      "followed, were not simulated.",
      "모의실험에서 확률 {0}로 찾아낸 것: {1}가 {2}. 다른 위장과 이후의 학습은 모의실험하지 "
      "않았습니다.",
      kPowerProbability, speech.b, mixtures);
}

std::string VerdictSentence(const Verdict& verdict, const std::vector<TestResult>& tests,
                            const std::optional<PowerStatement>& power, const Speech& speech) {
  const std::string unread = UnreadTexts(verdict.unread, speech);
  switch (verdict.category) {
    case VerdictCategory::kIdentical:
      return speech.Say(
          "{} and {} are the same model: every tensor is stored with the same bytes in both.",
          "{}와(과) {}는 같은 모델입니다. 모든 텐서가 두 모델에 같은 바이트로 저장되어 있습니다.",
          speech.a, speech.b);
    case VerdictCategory::kDerived: return DerivedSentence(verdict, tests, unread, speech);
    case VerdictCategory::kSharesMaterial:
      return SharesSentence(verdict, speech) +
             (unread.empty() ? "" : speech.Say(" But {}.", " 다만 {}.", unread));
    case VerdictCategory::kNoEvidence: return NoEvidenceSentence(power, unread, speech);
    case VerdictCategory::kNotComparable: break;
  }
  return NotComparableSentence(tests, unread, speech);
}

std::string VerdictSentence(const Trace& trace, const Speech& speech) {
  return VerdictSentence(trace.verdict, trace.tests, trace.power, speech);
}

}  // namespace modelkin
