#include "functional/token_alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/layer_pairing.h"

namespace modelkin {
namespace token_alignment_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(AlignTokens, PairsTokensThatEndTheSamePart) {
  const TextParts a = {{"On", "Once", "Once up"}, {"a", "ab"}};
  const TextParts b = {{"O", "Once", "Once u", "Once up"}, {"ab"}};
  EXPECT_THAT(AlignTokens(a, b), ElementsAre(RowPair{1, 1}, RowPair{2, 3}, RowPair{4, 4}));
}

TEST(AlignTokens, TakesTheLastTokenThatEndsAPart) {
  // A's first token is one of beginning, and its second ends nothing that is seen.
  const TextParts a = {{"", "", "x"}};
  const TextParts b = {{"", "x", "x"}};
  EXPECT_THAT(AlignTokens(a, b), ElementsAre(RowPair{1, 0}, RowPair{2, 2}));
}

TEST(AlignTokens, OfNothingIsNothing) {
  EXPECT_THAT(AlignTokens({}, {}), IsEmpty());
  EXPECT_THAT(AlignTokens({{}}, {{"a"}}), IsEmpty());
}

TEST(SpreadOver, KeepsAllOfAFewAndThinsOutMany) {
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < 10; ++i) pairs.push_back({i, i});
  EXPECT_EQ(SpreadOver(pairs, 10), pairs);
  EXPECT_THAT(SpreadOver(pairs, 4),
              ElementsAre(RowPair{0, 0}, RowPair{2, 2}, RowPair{5, 5}, RowPair{7, 7}));
}

TEST(PairByDepth, GivesTheSameNumberOfAsManyAndTheEndsOfMore) {
  EXPECT_THAT(PairByDepth({1, 2, 3}, {1, 2, 3}), ElementsAre(Pair(1, 1), Pair(2, 2), Pair(3, 3)));
  EXPECT_THAT(PairByDepth({0, 1, 2, 3, 4}, {0, 1, 2}),
              ElementsAre(Pair(0, 0), Pair(2, 1), Pair(4, 2)));
  EXPECT_THAT(PairByDepth({5, 6}, {7}), ElementsAre(Pair(5, 7)));
  EXPECT_THAT(PairByDepth({}, {1}), IsEmpty());
}

}  // namespace token_alignment_test
}  // namespace modelkin
