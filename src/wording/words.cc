#include "wording/words.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace modelkin {
namespace {

template <class Id>
constexpr std::size_t Index(Id id) {
  return static_cast<std::size_t>(id);
}

constexpr std::array<std::string_view, 6> kLookNames = {"same", "related", "start",
                                                        "part", "nothing", "untestable"};
constexpr std::array<Words, kLookNames.size()> kPills = {{
    {"Identical", "동일"},
    {"Same lineage", "같은 계보"},
    {"Same starting point only", "출발점만 같음"},
    {"Partly shared", "일부 공유"},
    {"Nothing found", "발견된 것 없음"},
    {"Cannot be tested", "검정 불가"},
}};

// By TestId.
constexpr std::array<Words, Index(TestId::kUndertrainedOutputs) + 1> kTests = {{
    {"hidden dimensions in the same order", "은닉 차원의 같은 순서"},
    {"norms and token tables in the same order", "노름과 토큰 표의 같은 순서"},
    {"neurons keep their partner (ranks)", "뉴런의 같은 짝(순위)"},
    {"neurons keep their partner (count)", "뉴런의 같은 짝(개수)"},
    {"neurons in the same place", "같은 자리의 뉴런"},
    {"neurons alike, place by place", "자리마다 닮은 뉴런"},
    {"experts paired the same way", "같게 짝지어진 전문가"},
    {"attention heads alike", "닮은 어텐션 헤드"},
    {"units in the same place, tensor by tensor", "텐서마다 같은 자리의 유닛"},
    {"rare tokens' vectors alike", "닮은 희귀 토큰 벡터"},
    {"rare tokens' output vectors alike", "닮은 희귀 토큰 출력 벡터"},
}};

// Korean names of a test's numbers; TestTraits has the English ones.
struct NumbersInKorean {
  std::string_view statistic, effect;
};
// By TestId.
constexpr std::array<NumbersInKorean, kTests.size()> kNumbers = {{
    {"z", "z"},
    {"z", "z"},
    {"두 짝짓기의 평균 스피어만 상관", "일치 비율"},
    {"두 짝짓기에서 짝이 같은 유닛", "일치 비율"},
    {"짝지은 유닛 자리의 평균 스피어만 상관", "제자리 유닛의 비율"},
    {"모든 MLP를 합한 z", "평균 z"},
    {"두 짝짓기에서 짝이 같은 전문가", "일치 비율"},
    {"같은 자리 헤드의 코사인 합", "평균 코사인"},
    {"제자리 유닛의 최대 비율", "제자리 유닛 비율의 중앙값"},
    {"z", "중심화한 행의 코사인"},
    {"z", "중심화한 행의 코사인"},
}};

// By DerivationKind.
constexpr std::array<Words, Index(DerivationKind::kTextReplaced) + 1> kKinds = {{
    {"copied", "복사"},
    {"tensors renamed", "텐서 이름 변경"},
    {"queries and keys in the other rotary order", "쿼리·키의 다른 로터리 배열"},
    {"hidden dimensions rotated", "은닉 차원 회전"},
    {"hidden dimensions in another order", "은닉 차원 순서 변경"},
    {"width cut", "폭 축소"},
    {"width extended", "폭 확장"},
    {"neurons in another order", "뉴런 순서 변경"},
    {"signs of neurons flipped", "뉴런 부호 반전"},
    {"experts dropped", "전문가 제거"},
    {"experts merged", "전문가 병합"},
    {"experts in another order", "전문가 순서 변경"},
    {"heads in another order", "헤드 순서 변경"},
    {"attention disguised", "어텐션 위장"},
    {"scales moved", "배율 이동"},
    {"rows shifted", "행 이동"},
    {"experts made of one MLP", "하나의 MLP에서 만든 전문가"},
    {"layers dropped", "층 제거"},
    {"layers in another order", "층 순서 변경"},
    {"layers doubled", "층 복제"},
    {"vocabulary reordered", "어휘 순서 변경"},
    {"vocabulary extended", "어휘 확장"},
    {"another number format", "자료형 변환"},
    {"quantised", "양자화"},
    {"pruned", "가지치기"},
    {"pruned, two of four", "가지치기(4개 중 2개)"},
    {"a direction taken out", "방향 하나 제거"},
    {"low-rank change (LoRA)", "저계수 변경(LoRA)"},
    {"merged", "병합"},
    {"fine-tuned", "미세조정"},
    {"noise added", "잡음 추가"},
    {"same starting point", "같은 출발점"},
    {"a component taken over", "구성 요소 가져옴"},
    {"text model replaced", "텍스트 모델 교체"},
}};

// By HeritageClass.
constexpr std::array<Words, Index(HeritageClass::kUndecided) + 1> kHeritage = {{
    {"the same values", "같은 값"},
    {"another number format", "자료형 변환"},
    {"quantised", "양자화"},
    {"some values changed", "일부 값 변경"},
    {"low-rank change", "저계수 변경"},
    {"scaled or rotated", "배율·회전 변환"},
    {"changed all over", "전체가 변경됨"},
    {"unrelated", "무관"},
    {"new", "새로 추가됨"},
    {"undecided", "판단 불가"},
}};

// By ClaimOutcome.
constexpr std::array<Words, kClaimOutcomeNames.size()> kOutcomes = {{
    {"supported", "뒷받침됨"},
    {"related, direction not shown", "관련 있음, 선후는 드러나지 않음"},
    {"partly shared", "일부 공유"},
    {"the other way round", "반대 방향"},
    {"nothing found", "발견된 것 없음"},
    {"cannot be tested", "검정 불가"},
}};

// By ClaimOutcome.
constexpr std::array<std::string_view, kClaimOutcomeNames.size()> kMeanings = {
    "The model is identical to the claimed base, or a fact says that it was made from it.",
    "The model and the claimed base go back to the same trained model; which was first is not "
    "shown.",
    "Some of the model is the claimed base's, or both started from the same numbers and no more is "
    "shown.",
    "A fact says that the claimed base was made from the model.",
    "Nothing in the weights shows the model to be made from the claimed base.",
    "No test could be run, or most of the weights were not read.",
};

// By Component.
constexpr std::array<Words, kComponentCount> kComponents = {{
    {"text model", "텍스트 모델"},
    {"image encoder", "이미지 인코더"},
    {"audio encoder", "오디오 인코더"},
    {"projector", "프로젝터"},
    {"prediction heads", "예측 헤드"},
}};

}  // namespace

std::string_view LookName(Look look) { return kLookNames[Index(look)]; }

Look LookOf(VerdictCategory category, std::optional<SharedMaterial> shared) {
  switch (category) {
    case VerdictCategory::kIdentical: return Look::kSame;
    case VerdictCategory::kDerived: return Look::kRelated;
    case VerdictCategory::kSharesMaterial:
      return shared == SharedMaterial::kCommonInitialisation ? Look::kStart : Look::kPart;
    case VerdictCategory::kNoEvidence: return Look::kNotFound;
    case VerdictCategory::kNotComparable: break;
  }
  return Look::kUntestable;
}

std::string_view StatisticNameInWords(TestId id, Language language) {
  return language == Language::kKorean ? kNumbers[Index(id)].statistic
                                       : TraitsOf(id).statistic_name;
}
std::string_view EffectNameInWords(TestId id, Language language) {
  return language == Language::kKorean ? kNumbers[Index(id)].effect : TraitsOf(id).effect_name;
}

const Words& PillOf(Look look) { return kPills[Index(look)]; }

std::string TestInWords(const TestKey& key, Language language) {
  const std::string_view name = kTests[Index(key.id)].In(language);
  if (key.basis == ResidualBasis::kAsStored) return std::string(name);
  return language == Language::kKorean ? fmt::format("{}(가능한 회전을 되돌린 뒤)", name)
                                       : fmt::format("{}, after undoing a possible rotation", name);
}

const Words& OutcomeInWords(ClaimOutcome outcome) { return kOutcomes[Index(outcome)]; }
std::string_view MeaningOfOutcome(ClaimOutcome outcome) { return kMeanings[Index(outcome)]; }
std::string_view MeaningOfContradicted() {
  return "It is declared how the model was made from the base, and something else was found.";
}
const Words& KindInWords(DerivationKind kind) { return kKinds[Index(kind)]; }
const Words& HeritageInWords(HeritageClass heritage) { return kHeritage[Index(heritage)]; }
const Words& ComponentInWords(Component component) { return kComponents[Index(component)]; }

}  // namespace modelkin
