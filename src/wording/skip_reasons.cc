#include "wording/skip_reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

struct ReasonInWords {
  SkipReason reason;
  Words words;
};

using enum SkipReason;

// In the order of the reasons. {0} and {1} are Skipped::first and second.
constexpr auto kReasons = std::to_array<ReasonInWords>({
    {kNone, {"", ""}},
    {kWidthsDiffer, {"residual widths differ: {} and {}", "잔차 폭이 서로 다름: {}, {}"}},
    {kNoResidualAxis, {"no residual axis is known", "잔차 축을 알 수 없음"}},
    {kOneResidualAxis,
     {"no residual axis is known of one of the two", "둘 중 하나의 잔차 축을 알 수 없음"}},
    {kTooWideToTrace, {"the residual width is beyond 16,384", "잔차 폭이 16,384를 넘음"}},
    {kNoWeightsVary,
     {"no weights between residual coordinates and units vary in both",
      "잔차 좌표와 유닛 사이의 가중치 중 둘 다에서 값이 변하는 것이 없음"}},
    {kNoTablesVary,
     {"no norm and no table of tokens varies in both",
      "둘 다에서 값이 변하는 노름이나 토큰 표가 없음"}},
    {kFittedCoordinates, {"coordinates were fitted to each other", "좌표를 서로에게 맞추었음"}},
    {kNoMlps, {"no MLPs are known in both", "둘 다에서 알아낸 MLP가 없음"}},
    {kTooFewUnits,
     {"no MLP has enough hidden units to match", "짝지을 만큼 은닉 유닛이 많은 MLP가 없음"}},
    {kNoSameWidth, {"no MLPs of the same width", "폭이 같은 MLP가 없음"}},
    {kKnownResidualAxis,
     {"the residual axis is known: other tests do more",
      "잔차 축을 알고 있어 다른 검정이 더 많은 것을 봄"}},
    {kNoUnitAxis,
     {"no tensor of the same name and shape has an axis of hidden units",
      "이름과 모양이 같은 텐서 중 은닉 유닛의 축이 있는 것이 없음"}},
    {kNotQuick, {"not part of a quick trace", "빠른 추적에는 포함되지 않음"}},
    {kNoRouters,
     {"no layer has a router and experts in both", "둘 다에 라우터와 전문가가 있는 층이 없음"}},
    {kUnknownHeads, {"the numbers of heads are not known", "헤드의 수를 알 수 없음"}},
    {kTooManyHeads, {"more than 4,096 heads", "헤드가 4,096개를 넘음"}},
    {kHeadsDiffer, {"heads differ in number or in size", "헤드의 수나 크기가 다름"}},
    {kNoHeadWeights,
     {"no layer has query, key and value weights of the same shape in both",
      "쿼리, 키, 값의 가중치가 둘 다에 같은 모양으로 있는 층이 없음"}},
    {kTooFewHeads,
     {"too few heads: all of them have {} orders",
      "헤드가 너무 적음: 모두 합해 가능한 순서가 {}가지"}},
    {kNotInBoth, {"not in both models", "두 모델 모두에 있지는 않음"}},
    {kNotRowsOfTokens, {"rows are not known to be tokens'", "행이 토큰의 것인지 알 수 없음"}},
    {kCodes, {"stored as codes of a quantisation", "양자화 코드로 저장되어 있음"}},
    {kTooFewSharedTokens,
     {"fewer than 16 shared tokens with rows other than 0",
      "0이 아닌 행을 가진 공통 토큰이 16개 미만"}},
    {kNotFinite, {"values that are not finite", "유한하지 않은 값이 있음"}},
    {kTooWideForRows, {"the residual width is beyond 8,192", "잔차 폭이 8,192를 넘음"}},
    {kTooFewRows, {"fewer than 2 rows or coordinates", "행이나 좌표가 2개 미만"}},
    {kEqualRows, {"the rows are all the same", "모든 행이 같음"}},
    {kEqualOrders,
     {"every order of the coordinates gives the same sum", "좌표를 어떤 순서로 놓아도 합이 같음"}},
    {kUnknownRouterAxis,
     {"which axis runs over residual coordinates is not known",
      "어느 축이 잔차 좌표의 축인지 알 수 없음"}},
    {kTooManyExperts, {"more than 4,096 rows", "행이 4,096개를 넘음"}},
    {kTooLargeRouter, {"more than 2^24 elements", "원소가 2^24개를 넘음"}},
    {kExpertsDiffer, {"numbers of experts differ", "전문가의 수가 다름"}},
    {kEqualNorms, {"all rows have the same norm", "모든 행의 노름이 같음"}},
    {kEncoder, {"an encoder has no next token", "인코더에는 다음 토큰이 없음"}},
    {kTooFewTokens, {"fewer than two tokens in common", "공통 토큰이 2개 미만"}},
    {kTooFewTextEnds,
     {"fewer than two positions where tokens of both end",
      "두 모델의 토큰이 함께 끝나는 위치가 2개 미만"}},
    {kTooFewTexts, {"fewer than four texts", "글이 4편 미만"}},
    {kNotGated, {"an MLP is not gated", "게이트가 없는 MLP가 있음"}},
    {kTooManyUnits, {"too many hidden units", "은닉 유닛이 너무 많음"}},
    {kTooFewPositions,
     {"too few positions where tokens of both end",
      "두 모델의 토큰이 함께 끝나는 위치가 너무 적음"}},
    {kTooFewVaryingUnits,
     {"fewer than two hidden units that vary", "값이 변하는 은닉 유닛이 2개 미만"}},
});

static_assert(kReasons.size() == static_cast<std::size_t>(kLastSkipReason) + 1);
static_assert(std::ranges::is_sorted(kReasons, {}, &ReasonInWords::reason));

}  // namespace

std::string SkipText(const Skipped& skipped, Language language) {
  // What was read from a file may be any number.
  const auto place = std::min(static_cast<std::size_t>(skipped.reason), kReasons.size() - 1);
  return fmt::format(fmt::runtime(kReasons[place].words.In(language)), skipped.first,
                     skipped.second);
}

}  // namespace modelkin
