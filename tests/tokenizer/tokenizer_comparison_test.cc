#include "tokenizer/tokenizer_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace modelkin {
namespace tokenizer_comparison_test {

Tokenizer Make(const std::vector<std::string>& tokens, const std::vector<Merge>& merges = {}) {
  Tokenizer tokenizer;
  for (const std::string& token : tokens) {
    tokenizer.tokens.push_back({.bytes = token, .id = tokenizer.tokens.size(), .special = false});
  }
  tokenizer.merges = merges;
  return tokenizer;
}

TEST(CompareTokenizers, OverlapAndOffsets) {
  const auto found = CompareTokenizers(Make({"a", "b", "c", "d", "e"}), Make({"x", "b", "d", "e"}));
  EXPECT_EQ(found.tokens.a, 5U);
  EXPECT_EQ(found.tokens.b, 4U);
  EXPECT_EQ(found.tokens.shared, 3U);
  EXPECT_EQ(found.tokens.jaccard(), 0.5);
  EXPECT_EQ(found.tokens.share_of_smaller(), 0.75);
  EXPECT_EQ(found.same_id, 1U);
  ASSERT_EQ(found.offsets.size(), 2U);
  EXPECT_EQ(found.offsets[0].offset, -1);
  EXPECT_EQ(found.offsets[0].tokens, 2U);
  EXPECT_EQ(found.longest_run.first_id_a, 3U);
  EXPECT_EQ(found.longest_run.first_id_b, 2U);
  EXPECT_EQ(found.longest_run.length, 2U);
  EXPECT_EQ(found.order_correlation, 1.0);
}

TEST(CompareTokenizers, Orders) {
  EXPECT_EQ(CompareTokenizers(Make({"a", "b", "c"}), Make({"c", "b", "a"})).order_correlation,
            -1.0);
  EXPECT_DOUBLE_EQ(
      CompareTokenizers(Make({"a", "b", "c"}), Make({"b", "a", "c"})).order_correlation.value(),
      0.5);
  EXPECT_EQ(CompareTokenizers(Make({"a"}), Make({"a"})).order_correlation, std::nullopt);
}

// Two texts of one id share a rank: 0, 1.5, 1.5 against 0, 1, 2.
TEST(CompareTokenizers, TiedIds) {
  Tokenizer tied = Make({"a", "b", "c"});
  tied.tokens[2].id = 1;
  const auto found = CompareTokenizers(tied, Make({"a", "b", "c"}));
  EXPECT_NEAR(found.order_correlation.value(), std::sqrt(0.75), 1e-12);
  tied.tokens[0].id = 1;
  EXPECT_EQ(CompareTokenizers(tied, Make({"a", "b", "c"})).order_correlation, std::nullopt);
}

TEST(CompareTokenizers, Merges) {
  const auto found = CompareTokenizers(Make({}, {{"a", "bc"}, {"x", "y"}, {"q", "r"}}),
                                       Make({}, {{"ab", "c"}, {"q", "r"}, {"x", "y"}}));
  EXPECT_EQ(found.merges.shared, 2U);  // "abc" comes about in two ways
  EXPECT_EQ(found.merge_rank_correlation, -1.0);
}

TEST(CompareTokenizers, Edges) {
  const auto nothing = CompareTokenizers(Make({}), Make({}));
  EXPECT_EQ(nothing.tokens.jaccard(), std::nullopt);
  EXPECT_EQ(nothing.tokens.share_of_smaller(), std::nullopt);
  EXPECT_EQ(nothing.order_correlation, std::nullopt);
  EXPECT_EQ(nothing.longest_run.length, 0U);
  EXPECT_TRUE(nothing.offsets.empty());
  const auto twice = CompareTokenizers(Make({"a", "a", "b"}), Make({"b", "a"}));
  EXPECT_EQ(twice.tokens.a, 2U);
  EXPECT_EQ(twice.tokens.shared, 2U);
}

TEST(CompareTokenizers, SpecialTokens) {
  Tokenizer a = Make({"<s>", "x"});
  Tokenizer b = Make({"<s>", "<pad>"});
  a.tokens[0].special = b.tokens[0].special = b.tokens[1].special = true;
  const auto found = CompareTokenizers(a, b);
  EXPECT_EQ(found.special_shared, std::vector<std::string>{"<s>"});
  EXPECT_TRUE(found.special_only_a.empty());
  EXPECT_EQ(found.special_only_b, std::vector<std::string>{"<pad>"});
}

// Swapping the sides turns offsets round and leaves the rest.
TEST(CompareTokenizers, Symmetry) {
  std::mt19937 random(3);
  std::vector<std::string> one, two;
  for (int i = 0; i < 500; ++i) one.push_back(std::to_string(random() % 700));
  for (int i = 0; i < 400; ++i) two.push_back(std::to_string(random() % 700));
  const auto ab = CompareTokenizers(Make(one), Make(two));
  const auto ba = CompareTokenizers(Make(two), Make(one));
  EXPECT_EQ(ab.tokens.shared, ba.tokens.shared);
  EXPECT_EQ(ab.tokens.jaccard(), ba.tokens.jaccard());
  EXPECT_EQ(ab.same_id, ba.same_id);
  EXPECT_NEAR(ab.order_correlation.value(), ba.order_correlation.value(), 1e-12);
  EXPECT_EQ(ab.longest_run.length, ba.longest_run.length);
}

}  // namespace tokenizer_comparison_test
}  // namespace modelkin
