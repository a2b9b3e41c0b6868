#include "kinship/direction.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace {

using enum Direction;

DirectionSign Sign(SignKind kind, Direction direction) {
  return {.kind = kind, .direction = direction, .evidence = {"so it is", "그러함"}};
}

TEST(WhereSignsPoint, WhereAllDo) {
  EXPECT_EQ(WhereSignsPoint({}), kUnknown);
  for (const Direction direction : {kAToB, kBToA}) {
    EXPECT_EQ(WhereSignsPoint({Sign(SignKind::kPruned, direction)}), direction);
    EXPECT_EQ(WhereSignsPoint(
                  {Sign(SignKind::kPruned, direction), Sign(SignKind::kDecayedRows, direction)}),
              direction);
  }
}

TEST(WhereSignsPoint, ContradictingOnesAbstain) {
  EXPECT_EQ(WhereSignsPoint({Sign(SignKind::kQuantised, kAToB), Sign(SignKind::kPruned, kBToA)}),
            kUnknown);
  EXPECT_EQ(WhereSignsPoint({Sign(SignKind::kPruned, kAToB), Sign(SignKind::kCast, kAToB),
                             Sign(SignKind::kPruned, kBToA)}),
            kUnknown);
}

// Each sign is known to be wrong somewhere, or it would be a fact.
TEST(SignText, SaysWhatTurnsASignRoundAndHowOftenItWasWrong) {
  for (const auto kind :
       {SignKind::kCast, SignKind::kQuantised, SignKind::kPruned, SignKind::kMerged,
        SignKind::kVocabularyExtended, SignKind::kLayersDuplicated, SignKind::kUpcycled,
        SignKind::kDecayedRows}) {
    const SignTraits& traits = TraitsOf(kind);
    EXPECT_GT(traits.wrong, 0U) << traits.name;
    EXPECT_LT(traits.wrong, traits.cases) << traits.name;
    const std::string text = SignText(Sign(kind, kAToB)).english;
    EXPECT_TRUE(text.starts_with("so it is (turned round by ")) << text;
    EXPECT_NE(text.find(traits.turned_by), std::string::npos) << text;
    EXPECT_NE(text.find("wrong in " + std::to_string(traits.wrong) + " of " +
                        std::to_string(traits.cases)),
              std::string::npos)
        << text;
  }
}

}  // namespace
}  // namespace modelkin
