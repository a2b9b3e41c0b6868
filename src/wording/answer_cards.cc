#include "wording/answer_cards.h"

#include <algorithm>
#include <array>

#include "evidence/linked_shares.h"
#include "wording/difference.h"
#include "wording/evidence_sentences.h"

namespace modelkin {
namespace {

// Of the evidence of a shared part, more is said elsewhere.
constexpr std::size_t kSharedSentences = 2;

AnswerCard Card(CardTone tone, const Words& label, const Words& title, const std::string& text,
                const Speech& speech) {
  return {tone, speech.In(label), speech.In(title), text, text};
}

AnswerCard NotShown(const Found& found, const Speech& speech) {
  constexpr Words kOfRelatives = {"Whether it was allowed, distillation, or shared training data.",
                                  "허락된 것인지, 증류나 학습 자료의 공유가 있었는지."};
  constexpr Words kOfStart = {"Distillation, shared training data, or who used whose code.",
                              "증류, 학습 자료의 공유, 누가 누구의 코드를 썼는지."};
  constexpr Words kOfNothing = {
      "That the models are independent: distillation and shared data leave no such traces.",
      "두 모델이 독립이라는 것: 증류나 자료의 공유는 이런 흔적을 남기지 않습니다."};
  constexpr Words kOfUntestable = {"Anything about whether they are related.",
                                   "두 모델이 관련 있는지에 대한 어떤 것."};
  const Words& words = found.look == Look::kStart        ? kOfStart
                       : found.look == Look::kNotFound   ? kOfNothing
                       : found.look == Look::kUntestable ? kOfUntestable
                                                         : kOfRelatives;
  AnswerCard card = Card(CardTone::kQuiet, {"Not shown", "알 수 없음"},
                         {"Not shown", "알 수 없는 것"}, speech.In(words), speech);
  if (found.look == Look::kNotFound) {
    card.line = speech.In({"That they are independent: distillation leaves no such traces.",
                           "둘이 독립이라는 것: 증류는 이런 흔적을 남기지 않습니다."});
  }
  return card;
}

void AddDifference(const Found& found, const Speech& speech, std::vector<AnswerCard>& cards) {
  if (found.relation == nullptr || found.heritage == nullptr) return;
  AnswerCard card =
      Card(CardTone::kMain, {"Difference", "차이"}, {"How they differ", "어떻게 다른가"},
           DifferenceText(*found.relation, *found.heritage, speech), speech);
  card.line = DifferenceLine(*found.relation, *found.heritage, speech);
  cards.push_back(std::move(card));
}

void AddFirst(const Found& found, const Speech& speech, std::vector<AnswerCard>& cards) {
  if (found.relation == nullptr) return;
  const Direction direction = found.relation->direction;
  AnswerCard card = Card(direction == Direction::kUnknown ? CardTone::kOpen : CardTone::kMain,
                         {"Who first", "먼저인 쪽"}, {"", ""},
                         FirstText(direction, found.relation->signs, speech), speech);
  card.title = FirstTitle(direction, speech);
  card.line = FirstLine(direction, found.relation->signs, speech);
  cards.push_back(std::move(card));
}

void AddShared(const Found& found, const Speech& speech, std::vector<AnswerCard>& cards) {
  const auto texts = EvidenceTexts(found.verdict, found.tests, speech);
  // Tests have numbers of their own; what was found in the weights says more.
  std::string text;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < texts.size() && taken < kSharedSentences; ++i) {
    if (found.verdict.evidence[i].kind == EvidenceKind::kStrongTest) continue;
    text += (text.empty() ? "" : "; ") + texts[i];
    ++taken;
  }
  if (text.empty()) return;
  cards.push_back(Card(CardTone::kMain, {"Shared", "공유"}, {"What is shared", "무엇이 공유되는가"},
                       text + ".", speech));
}

AnswerCard WhyNotMore(const Found& found, const Speech& speech) {
  const LinkedShares& shares = found.verdict.shares;
  const auto ratio = shares.retained_deviations ? shares.retained : shares.learned_ratio;
  if (IsLearnedUndecided(shares)) {
    AnswerCard card =
        Card(CardTone::kMain, {"Why no more", "이유"},
             {"Why not “built on”?", "왜 ‘바탕으로 함’이 아닌가?"},
             speech.In({"What both have learned is not enough to tell a model that was built on "
                        "the other from two that only started alike.",
                        "둘이 공통으로 학습한 것만으로는 한 모델이 다른 모델을 바탕으로 했는지 "
                        "출발점만 같은지 가릴 수 없습니다."}),
             speech);
    card.line.clear();  // the headline says it
    return card;
  }
  return Card(
      CardTone::kMain, {"Why no more", "이유"},
      {"Why not “built on”?", "왜 ‘바탕으로 함’이 아닌가?"},
      ratio ? speech.Say(
                  "What training adds is shared {:.2f} times as much as the raw weights; where one "
                  "model is built on the other it is {} or more.",
                  "학습이 더한 것은 가중치 자체의 {:.2f}배만큼 공통됩니다. 한 모델이 다른 모델을 "
                  "바탕으로 "
                  "하면 {} 이상입니다.",
                  *ratio, kLearnedRatio)
            : speech.In({"What is shared is spread over the weights as a common start leaves it.",
                         "공유된 것이 같은 출발점이 남기는 모양으로 퍼져 있습니다."}),
      speech);
}

AnswerCard WhatCouldHide(const Speech& speech) {
  return Card(CardTone::kOpen, {"Could hide", "숨길 수 있는 것"},
              {"What could hide a relation", "관계를 숨길 수 있는 것"},
              speech.In({"Complete retraining, and disguises that were not simulated.",
                         "완전한 재학습, 그리고 모의실험하지 않은 위장."}),
              speech);
}

AnswerCard WhatCanBeCompared(const Speech& speech) {
  return Card(CardTone::kOpen, {"Instead", "대신"}, {"What can be compared", "비교할 수 있는 것"},
              speech.In({"Where both models have them: tokenizers (modelkin tokenizer), "
                         "configurations (modelkin config), and what both do with the same texts "
                         "(modelkin compare --functional).",
                         "두 모델에 있다면: 토크나이저(modelkin tokenizer), 설정(modelkin config), "
                         "같은 글에 대한 두 모델의 계산(modelkin compare --functional)."}),
              speech);
}

}  // namespace

std::string_view CardToneName(CardTone tone) {
  constexpr std::array<std::string_view, 3> kNames = {"main", "open", "quiet"};
  return kNames[static_cast<std::size_t>(tone)];
}

std::vector<AnswerCard> AnswerCards(const Found& found, const Speech& speech) {
  std::vector<AnswerCard> cards;
  switch (found.look) {
    case Look::kSame: break;
    case Look::kRelated:
      AddDifference(found, speech, cards);
      AddFirst(found, speech, cards);
      break;
    case Look::kStart: cards.push_back(WhyNotMore(found, speech)); break;
    case Look::kPart:
      AddShared(found, speech, cards);
      if (found.shared == SharedMaterial::kComponentTaken) AddDifference(found, speech, cards);
      AddFirst(found, speech, cards);
      break;
    case Look::kNotFound: cards.push_back(WhatCouldHide(speech)); break;
    case Look::kUntestable: cards.push_back(WhatCanBeCompared(speech)); break;
  }
  cards.push_back(NotShown(found, speech));
  return cards;
}

}  // namespace modelkin
