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
     .wrong = 2,
     .cases = 4},
    {.name = "quantised",
     .turned_by = "noise spread evenly over the steps of a decoded copy",
     .wrong = 2,
     .cases = 20},
    {.name = "pruned",
     .turned_by = "training that fills the zeros of a sparse model again",
     .wrong = 10,
     .cases = 24},
    {.name = "merged",
     .turned_by = "a model that was computed from B by going on in a straight line",
     .wrong = 2,
     .cases = 4},
    {.name = "vocabulary_extended",
     .turned_by = "cutting off rows of tokens",
     .wrong = 6,
     .cases = 12},
    {.name = "layers_duplicated",
     .turned_by = "taking one of two doubled layers out again",
     .wrong = 8,
     .cases = 12},
    {.name = "upcycled",
     .turned_by = "taking a dense model out of a mixture of experts",
     .wrong = 6,
     .cases = 10},
    {.name = "decayed_rows",
     .turned_by = "scaling rows of the embedding; of two children of one model it is the one that "
                  "was trained for longer",
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

std::string SignText(const DirectionSign& sign) {
  const SignTraits& traits = TraitsOf(sign.kind);
  return fmt::format("{} (turned round by {}; wrong in {} of {} measured cases)", sign.evidence,
                     traits.turned_by, traits.wrong, traits.cases);
}

}  // namespace modelkin
