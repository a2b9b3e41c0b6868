#include "wording/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/number_text.h"
#include "wording/words.h"

namespace modelkin {
namespace {

// How much room there is.
enum class Extent : std::uint8_t { kWhole, kLine };

std::string KindsText(const std::vector<Kind>& kinds, const Speech& speech) {
  std::string text;
  for (const Kind& kind : kinds) {
    text += (text.empty() ? "" : ", ") + speech.In(KindInWords(kind.kind));
  }
  return Capitalised(text);
}

// What became of the tensors that were looked at.
struct Changes {
  std::uint64_t all = 0;
  std::uint64_t looked_at = 0;  // that could be judged
  std::uint64_t changed = 0;    // that go back to the other model, with other values
  std::uint64_t foreign = 0;    // new or unrelated
  std::vector<double> sizes;    // relative changes of `changed`
};

Changes ChangesOf(const std::vector<TensorHeritage>& heritage) {
  Changes changes;
  changes.all = heritage.size();
  for (const TensorHeritage& tensor : heritage) {
    const HeritageClass found = tensor.heritage;
    if (found == HeritageClass::kUndecided) continue;
    ++changes.looked_at;
    if (found == HeritageClass::kIdentical) continue;
    if (found == HeritageClass::kAdded || found == HeritageClass::kUnrelated) {
      ++changes.foreign;
      continue;
    }
    ++changes.changed;
    const auto size = tensor.changes ? tensor.changes->relative_change() : std::nullopt;
    if (size) changes.sizes.push_back(*size);
  }
  std::ranges::sort(changes.sizes);
  return changes;
}

// Of all that changed, how much the one in the middle did.
std::string SizesText(const Changes& changes, Extent extent, const Speech& speech) {
  if (changes.sizes.empty()) return "";
  const std::string size = FormatPercent(changes.sizes[changes.sizes.size() / 2]);
  return extent == Extent::kLine
             ? speech.Say(", typically by {}", ", 보통 {}만큼", size)
             : speech.Say(", by {} of their size (median)", ", 크기의 {}만큼(중앙값)", size);
}

std::string ChangesText(const Changes& changes, Extent extent, const Speech& speech) {
  if (changes.looked_at == 0) return "";
  if (changes.changed + changes.foreign == 0) {
    return speech.Say("all {} tensors have the same values", "텐서 {}개의 값이 모두 같음",
                      changes.looked_at);
  }
  std::string text;
  if (changes.changed == 0 && changes.looked_at > changes.foreign) {
    text = speech.Say("{} of {} tensors are the same", "텐서 {1}개 중 {0}개가 같음",
                      changes.looked_at - changes.foreign, changes.looked_at);
  }
  if (changes.changed > 0) {
    text = changes.looked_at < changes.all
               ? speech.Say("{} of {} judged tensors changed",
                            "판단할 수 있었던 텐서 {1}개 중 {0}개가 변경됨", changes.changed,
                            changes.looked_at)
               : speech.Say("{} of {} tensors changed", "텐서 {1}개 중 {0}개가 변경됨",
                            changes.changed, changes.looked_at);
    text += SizesText(changes, extent, speech);
  }
  if (changes.foreign > 0) {
    text += speech.Say("{}{} new or unrelated", "{}새롭거나 무관한 텐서 {}개",
                       text.empty() ? "" : "; ", changes.foreign);
  }
  return text;
}

std::string SignsText(const std::vector<DirectionSign>& signs, Extent extent,
                      const Speech& speech) {
  const SignTraits& traits = TraitsOf(signs.front().kind);
  const Direction way = WhereSignsPoint(signs);
  if (way == Direction::kUnknown) {
    return speech.In({"Signs contradict each other.", "징후들이 서로 어긋납니다."});
  }
  const std::string& first = way == Direction::kAToB ? speech.a : speech.b;
  const std::uint64_t right = traits.cases - traits.wrong;
  if (signs.size() > 1) {
    return speech.Say("{} signs point to {}; later steps can turn each of them round.",
                      "징후 {}개가 {} 쪽을 가리킵니다. 나중 작업으로 모두 뒤집힐 수 있습니다.",
                      signs.size(), first);
  }
  if (extent == Extent::kLine) {
    return speech.Say("One sign points to {} (right {} of {} times).",
                      "징후 하나가 {0} 쪽을 가리킵니다({2}번 중 {1}번 맞음).", first, right,
                      traits.cases);
  }
  return speech.Say("One sign points to {} (right in {} of {} test cases).",
                    "징후 하나가 {0} 쪽을 가리킵니다(시험 {2}건 중 {1}건에서 맞음).", first, right,
                    traits.cases);
}

std::string TextOf(Direction direction, const std::vector<DirectionSign>& signs, Extent extent,
                   const Speech& speech) {
  if (direction != Direction::kUnknown) {
    return speech.Say("{} came first.", "{}가 먼저입니다.",
                      direction == Direction::kAToB ? speech.a : speech.b);
  }
  if (signs.empty()) {
    return speech.In({"Nothing that was found tells.", "알려 주는 것이 발견되지 않았습니다."});
  }
  return SignsText(signs, extent, speech);
}

std::string TextOf(const Relation& relation, const std::vector<TensorHeritage>& heritage,
                   Extent extent, const Speech& speech) {
  const std::string changes = ChangesText(ChangesOf(heritage), extent, speech);
  if (relation.kinds.empty() && !changes.empty()) return Capitalised(changes) + ".";
  const std::string kinds = relation.kinds.empty()
                                ? speech.In({"In no way that has a name", "이름 붙일 방법 없음"})
                                : KindsText(relation.kinds, speech);
  return fmt::format("{}{}.", kinds, changes.empty() ? "" : ": " + changes);
}

}  // namespace

std::string Capitalised(std::string text) {
  if (!text.empty()) {
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  }
  return text;
}

std::string DifferenceText(const Relation& relation, const std::vector<TensorHeritage>& heritage,
                           const Speech& speech) {
  return TextOf(relation, heritage, Extent::kWhole, speech);
}

std::string DifferenceLine(const Relation& relation, const std::vector<TensorHeritage>& heritage,
                           const Speech& speech) {
  return TextOf(relation, heritage, Extent::kLine, speech);
}

std::string FirstText(Direction direction, const std::vector<DirectionSign>& signs,
                      const Speech& speech) {
  return TextOf(direction, signs, Extent::kWhole, speech);
}

std::string FirstLine(Direction direction, const std::vector<DirectionSign>& signs,
                      const Speech& speech) {
  const std::string text = TextOf(direction, signs, Extent::kLine, speech);
  return direction == Direction::kUnknown ? speech.Say("Not proven. {}", "증명되지 않음. {}", text)
                                          : text;
}

std::string FirstTitle(Direction direction, const Speech& speech) {
  return direction == Direction::kUnknown
             ? speech.In({"Which came first? Not proven", "어느 쪽이 먼저인가? 증명되지 않음"})
             : speech.In({"Which came first", "어느 쪽이 먼저인가"});
}

}  // namespace modelkin
