#include "wording/headline.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.h"
#include "evidence/linked_shares.h"
#include "wording/calibration.h"
#include "wording/difference.h"
#include "wording/evidence_sentences.h"
#include "wording/skip_reasons.h"
#include "wording/verdict_sentence.h"

namespace modelkin {
namespace {

bool IsComponentTaken(const Found& found) {
  return found.shared == SharedMaterial::kComponentTaken;
}

std::string PartHeadline(const Found& found, const Speech& speech) {
  if (IsComponentTaken(found)) {
    return speech.Say("The {2} of {1} and that of {0} go back to the same trained model.",
                      "{1}의 {2}와(과) {0}의 것은 같은 학습된 모델에서 나왔습니다.", speech.a,
                      speech.b, speech.In(ComponentInWords(found.component)));
  }
  if (found.shared == SharedMaterial::kCopiedTensors) {
    return speech.Say("Some tensors of {1} are those of {0}.",
                      "{1}의 텐서 일부가 {0}의 것과 같습니다.", speech.a, speech.b);
  }
  return speech.Say("A part of {1} has its origin in common with {0}.",
                    "{1}의 일부는 {0}와(과) 기원이 같습니다.", speech.a, speech.b);
}

std::string CalibrationText(const Found& found, const Speech& speech) {
  // What is known by the order of units in each tensor alone may be no model of text.
  const bool calibrated = std::ranges::any_of(found.tests, [](const TestResult& test) {
    return test.was_run() && test.key.id != TestId::kUnitOrder;
  });
  if (found.component != Component::kText || !calibrated) return "";
  return speech.Say(" Calibration: {} of {} unrelated pairs of small text models accused.",
                    " 보정 실험에서 무관한 소형 텍스트 모델 {1}쌍 중 {0}쌍이 잘못 지목되었습니다.",
                    kUnrelatedAccused, FormatCount(kUnrelatedPairs));
}

std::string TestsText(const Found& found, const Speech& speech) {
  const auto run = std::ranges::count_if(found.tests, &TestResult::was_run);
  const auto strong = std::ranges::count_if(found.tests, &TestResult::strong);
  if (run == 1 && strong == 1) {
    return speech.In({"strong evidence in the one test that could be run.",
                      "할 수 있었던 검정 하나에서 강한 증거."});
  }
  return speech.Say("strong evidence in {} of {} tests, which overlap.",
                    "서로 겹치는 검정 {1}개 중 {0}개에서 강한 증거.", strong, run);
}

// A starting point in common is shown, and more is not ruled out.
bool IsStartAtLeast(const Found& found) {
  return found.look == Look::kStart && IsLearnedUndecided(found.verdict.shares);
}

// What was not read of any component, "" where all was.
std::string UnreadOf(const Found& found, const Speech& speech) {
  if (found.components.empty()) return UnreadTexts(found.verdict.unread, speech);
  std::string text;
  for (const ComponentOutcome& component : found.components) {
    if (component.unread.empty()) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ",
                        speech.In(ComponentInWords(component.kind)),
                        UnreadTexts(component.unread, speech));
  }
  return text;
}

// What was not read, and so says nothing.
std::string NotReadText(const Found& found, const Speech& speech) {
  const std::string unread = UnreadOf(found, speech);
  return unread.empty()
             ? ""
             : speech.Say(" Not all was read: {}.", " 전부를 읽지는 않았습니다: {}.", unread);
}

// How small a share of A's weights, spread over all that were read, would have been found.
std::string WouldHaveBeenFound(const PowerStatement& power, bool all_read, const Speech& speech) {
  if (!power.simulated()) {
    return speech.In(
        {"How small a share would have been found was not simulated for such shapes.",
         "이런 모양에서 얼마나 적은 비율까지 찾아낼 수 있었는지는 모의실험하지 않았습니다."});
  }
  const auto smallest = power.smallest();
  if (!smallest) return PowerSentence(power, speech);
  if (!all_read) {
    return speech.Say(
        "In what was read, a blend of all weights, {0} or more of them {1}'s, would have been "
        "found 9 times in 10 (simulated); the rest may hold anything.",
        "읽은 것에서는, 모든 가중치를 섞되 {1}의 것이 {0} 이상이었다면 열에 아홉은 찾았을 "
        "것입니다(모의실험). 나머지에는 무엇이든 있을 수 있습니다.",
        FormatPercent(*smallest), speech.a);
  }
  return speech.Say(
      "A blend of all weights, {0} or more of them {1}'s, would have been found 9 times in 10 "
      "(simulated).",
      "모든 가중치를 섞되 {1}의 것이 {0} 이상이었다면 열에 아홉은 찾았을 것입니다(모의실험).",
      FormatPercent(*smallest), speech.a);
}

// Of each component: the easiest to find says nothing of the others.
std::string WouldHaveBeenFound(const Found& found, const Speech& speech) {
  if (found.components.empty()) {
    return found.power ? WouldHaveBeenFound(*found.power, found.verdict.unread.empty(), speech)
                       : "";
  }
  std::string text;
  for (const ComponentOutcome& component : found.components) {
    if (!component.power) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : " ",
                        Capitalised(speech.In(ComponentInWords(component.kind))),
                        WouldHaveBeenFound(*component.power, component.unread.empty(), speech));
  }
  return text;
}

std::string StartSureText(const Found& found, const Speech& speech) {
  if (IsStartAtLeast(found)) {
    return speech.Say("That they have a start in common: {}", "출발점이 같다는 것: {}",
                      TestsText(found, speech));
  }
  return speech.Say("{} of {} such pairs of small test models were told from derived ones.",
                    "이런 소형 시험 모델 {1}쌍 중 {0}쌍이 파생 모델과 구별되었습니다.",
                    kCommonStartsToldApart, kCommonStarts);
}

std::string RelatedQuote(const Found& found, const Speech& speech) {
  const Direction direction =
      found.relation == nullptr ? Direction::kUnknown : found.relation->direction;
  if (direction == Direction::kUnknown) {
    return speech.Say(
        "A comparison of their weights shows that {1} and {0} go back to the same trained model; "
        "it does not show which of them came first.",
        "가중치를 비교한 결과 {1}와(과) {0}는 같은 학습된 모델에서 나왔다. 어느 쪽이 먼저인지는 "
        "드러나지 "
        "않았다.",
        speech.a, speech.b);
  }
  return speech.Say(
      "A comparison of their weights shows that {1} and {0} go back to the same trained model, and "
      "that {2} came first.",
      "가중치를 비교한 결과 {1}와(과) {0}는 같은 학습된 모델에서 나왔고, {2}가 먼저이다.", speech.a,
      speech.b, direction == Direction::kAToB ? speech.a : speech.b);
}

}  // namespace

std::string Pill(const Found& found, const Speech& speech) {
  return IsStartAtLeast(found) ? speech.In({"Same starting point at least", "적어도 출발점은 같음"})
                               : speech.In(PillOf(found.look));
}

std::string WhyUntestable(const Found& found, const Speech& speech) {
  const auto skipped = std::ranges::find_if_not(found.tests, &TestResult::was_run);
  return skipped == found.tests.end()
             ? speech.In({"they have no axis in common", "공통된 축이 없음"})
             : SkipText(skipped->skipped, speech.language);
}

std::string Headline(const Found& found, const Speech& speech) {
  switch (found.look) {
    case Look::kSame:
      return speech.Say("{} and {} are the same model, byte for byte.",
                        "{}와(과) {}는 바이트까지 같은 모델입니다.", speech.a, speech.b);
    case Look::kRelated:
      return speech.Say("{} and {} go back to the same trained model.",
                        "{}와(과) {}는 같은 학습된 모델에서 나왔습니다.", speech.a, speech.b);
    case Look::kStart:
      return IsStartAtLeast(found)
                 ? speech.Say(
                       "{} and {} share a starting point; whether one is built on the other "
                       "can't be told.",
                       "{}와(과) {}는 출발점이 같습니다. 한쪽이 다른 쪽을 바탕으로 "
                       "만들어졌는지는 가릴 수 없습니다.",
                       speech.a, speech.b)
                 : speech.Say(
                       "{} and {} share a starting point; nothing shows that one took over "
                       "what the other learned.",
                       "{}와(과) {}는 출발점이 같습니다. 한쪽이 학습한 것을 다른 쪽이 "
                       "이어받았다는 것은 드러나지 않았습니다.",
                       speech.a, speech.b);
    case Look::kPart: return PartHeadline(found, speech);
    case Look::kNotFound:
      if (!UnreadOf(found, speech).empty()) {
        return speech.Say("Nothing that was read of {} and {} shows them to be related.",
                          "{}와(과) {}에서 읽은 것에서는 둘이 관련 있다는 것을 찾지 못했습니다.",
                          speech.a, speech.b);
      }
      return speech.Say("Nothing in the weights of {} and {} shows them to be related.",
                        "{}와(과) {}의 가중치에서 둘이 관련 있다는 것을 찾지 못했습니다.", speech.a,
                        speech.b);
    case Look::kUntestable: break;
  }
  return speech.Say("{} and {} cannot be compared weight by weight.",
                    "{}와(과) {}는 가중치끼리 비교할 수 없습니다.", speech.a, speech.b);
}

std::string Lead(const Found& found, const Speech& speech) {
  switch (found.look) {
    case Look::kSame:
      return speech.In({"Every tensor is stored with the same bytes in both.",
                        "모든 텐서가 두 모델에 같은 바이트로 저장되어 있습니다."});
    case Look::kRelated:
      return speech.In(
                 {"One is built on the other, or both on a common ancestor.",
                  "한 모델이 다른 모델을 바탕으로 만들어졌거나, 둘 다 같은 조상에서 나왔습니다."}) +
             NotReadText(found, speech);
    case Look::kStart:
      return (IsStartAtLeast(found)
                  ? speech.In({"Two projects that begin with the same random numbers look like "
                               "that; so can a model that was built on the other.",
                               "같은 난수로 시작한 두 프로젝트가 이렇게 보입니다. 다른 모델을 "
                               "바탕으로 만들어진 모델도 이렇게 보일 수 있습니다."})
                  : speech.In({"That happens when two projects begin with the same random numbers, "
                               "or when a little of one model is mixed into the other.",
                               "두 프로젝트가 같은 난수로 시작했거나, 한 모델이 다른 모델에 조금 "
                               "섞였을 때 그렇게 됩니다."})) +
             NotReadText(found, speech);
    case Look::kPart:
      return (IsComponentTaken(found)
                  ? speech.In({"The rest shows no evidence of it. Two projects that took the same "
                               "published model for this part have that in common, too.",
                               "나머지에는 그런 증거가 없습니다. 공개된 같은 모델을 각자 이 부분에 "
                               "가져다 쓴 "
                               "두 프로젝트도 그렇게 보입니다."})
                  : speech.In({"The rest shows no evidence of it.",
                               "나머지에는 그런 증거가 없습니다."})) +
             NotReadText(found, speech);
    case Look::kNotFound:
      return speech.In({"That does not prove that they are unrelated.",
                        "그렇다고 두 모델이 무관하다는 증명은 아닙니다."}) +
             NotReadText(found, speech);
    case Look::kUntestable: break;
  }
  return speech.Say("No test could be run: {}.", "어떤 검정도 할 수 없었습니다: {}.",
                    WhyUntestable(found, speech));
}

std::string HowSure(const Found& found, const Speech& speech) {
  switch (found.look) {
    case Look::kSame:
      return speech.In({"Certain: the bytes were compared.", "확실함: 바이트를 비교했습니다."});
    case Look::kRelated:
    case Look::kPart: return Capitalised(TestsText(found, speech)) + CalibrationText(found, speech);
    case Look::kStart: return StartSureText(found, speech);
    case Look::kNotFound: return WouldHaveBeenFound(found, speech);
    case Look::kUntestable: break;
  }
  return "";
}

std::string Quote(const Found& found, const Speech& speech) {
  switch (found.look) {
    case Look::kSame:
      return speech.Say("The weights of {} and {} are identical, byte for byte.",
                        "{}와(과) {}의 가중치는 바이트까지 같다.", speech.a, speech.b);
    case Look::kRelated: return RelatedQuote(found, speech);
    case Look::kStart:
      return IsStartAtLeast(found)
                 ? speech.Say(
                       "{} and {} have a starting point in common; whether one is built on "
                       "the other could not be told from their weights.",
                       "{}와(과) {}는 출발점이 같다. 한쪽이 다른 쪽을 바탕으로 "
                       "만들어졌는지는 가중치만으로 가릴 수 없었다.",
                       speech.a, speech.b)
                 : speech.Say(
                       "{} and {} have a starting point in common; a comparison of their "
                       "weights does not show that one took over what the other learned.",
                       "{}와(과) {}는 출발점이 같다. 가중치를 비교한 결과 한쪽이 학습한 것을 "
                       "다른 쪽이 이어받았다는 것은 드러나지 않았다.",
                       speech.a, speech.b);
    case Look::kPart:
      return speech.Say("{} A comparison of their weights found no evidence of that for the rest.",
                        "{} 가중치를 비교한 결과 나머지에서는 그런 증거가 발견되지 않았다.",
                        PartHeadline(found, speech));
    case Look::kNotFound:
      if (!UnreadOf(found, speech).empty()) {
        return speech.Say(
            "A comparison of those weights that could be read found nothing that shows {} and {} "
            "to be related; that clears neither.",
            "읽을 수 있었던 가중치를 비교한 결과 {}와(과) {}가 관련 있다는 것은 발견되지 않았다. "
            "이것으로 "
            "혐의가 풀리지는 않는다.",
            speech.a, speech.b);
      }
      return speech.Say(
          "A comparison of their weights found nothing that shows {} and {} to be related; that "
          "does "
          "not prove that they are unrelated.",
          "가중치를 비교한 결과 {}와(과) {}가 관련 있다는 것은 발견되지 않았다. 이는 두 모델이 "
          "무관하다는 "
          "증명은 아니다.",
          speech.a, speech.b);
    case Look::kUntestable: break;
  }
  return speech.Say("The weights of {} and {} cannot be compared with the tests that there are.",
                    "{}와(과) {}의 가중치는 현재의 검정으로 비교할 수 없다.", speech.a, speech.b);
}

}  // namespace modelkin
