#include "kinship/direction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// By SignKind. Numbers are those of bench/calibration/signs.py, and of pairs of trained models for
// decayed_rows: docs/kinship.md.
constexpr std::array<SignTraits, 8> kSigns = {{
    {.name = "cast",
     .turned_by = "noise of less than half a step, added to a copy in a wider type",
     .turned_by_korean = "더 넓은 자료형으로 바꾼 사본에 반 눈금보다 작은 잡음을 더하는 것",
     .wrong = 2,
     .cases = 4},
    {.name = "quantised",
     .turned_by = "noise spread evenly over the steps of a decoded copy",
     .turned_by_korean = "복원한 사본의 눈금 안에 고르게 퍼진 잡음",
     .wrong = 2,
     .cases = 20},
    {.name = "pruned",
     .turned_by = "training that fills the zeros of a sparse model again",
     .turned_by_korean = "희소 모델의 0을 다시 채우는 학습",
     .wrong = 10,
     .cases = 24},
    {.name = "merged",
     .turned_by = "a model that was computed from B by going on in a straight line",
     .turned_by_korean = "B에서 직선을 따라 더 나아가 계산한 모델",
     .wrong = 2,
     .cases = 4},
    {.name = "vocabulary_extended",
     .turned_by = "cutting off rows of tokens",
     .turned_by_korean = "토큰 행을 잘라 내는 것",
     .wrong = 6,
     .cases = 12},
    {.name = "layers_duplicated",
     .turned_by = "taking one of two doubled layers out again",
     .turned_by_korean = "복제된 두 층 중 하나를 다시 빼는 것",
     .wrong = 8,
     .cases = 12},
    {.name = "upcycled",
     .turned_by = "taking a dense model out of a mixture of experts",
     .turned_by_korean = "전문가 혼합 모델에서 밀집 모델을 꺼내는 것",
     .wrong = 6,
     .cases = 10},
    {.name = "decayed_rows",
     .turned_by = "scaling rows of the embedding; of two children of one model it is the one that "
                  "was trained for longer",
     .turned_by_korean = "임베딩 행의 배율을 바꾸는 것. 한 모델의 두 자식이라면 더 오래 학습한 쪽",
     .wrong = 2,
     .cases = 39},
}};

}  // namespace

std::string_view DirectionName(Direction direction) {
  constexpr std::array<std::string_view, 3> kNames = {"unknown", "a_to_b", "b_to_a"};
  return kNames[static_cast<std::size_t>(direction)];
}

const SignTraits& TraitsOf(SignKind kind) { return kSigns[static_cast<std::size_t>(kind)]; }

Direction WhereSignsPoint(const std::vector<DirectionSign>& signs) {
  if (signs.empty()) return Direction::kUnknown;
  const Direction first = signs.front().direction;
  const bool agree = std::ranges::all_of(
      signs, [&](const DirectionSign& sign) { return sign.direction == first; });
  return agree ? first : Direction::kUnknown;
}

Said SignText(const DirectionSign& sign) {
  const SignTraits& traits = TraitsOf(sign.kind);
  const Said turned_by{std::string(traits.turned_by), std::string(traits.turned_by_korean)};
  return Say("{0} (turned round by {1}; wrong in {2} of {3} measured cases)",
             "{0}(뒤집는 것: {1}; 측정한 {3}건 중 {2}건에서 틀림)", sign.evidence, turned_by,
             traits.wrong, traits.cases);
}

}  // namespace modelkin
