#include "sketch/token_sketch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin::testing {
namespace token_sketch_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Tokenizer WithTokens(std::size_t begin, std::size_t end) {
  Tokenizer tokenizer;
  for (std::size_t i = begin; i < end; ++i) {
    tokenizer.tokens.push_back({.bytes = fmt::format("token {}", i), .id = i - begin});
  }
  return tokenizer;
}

TEST(TokenSketch, OverlapIsTheShareOfTheUnion) {
  const auto all = HashVocabulary(WithTokens(0, 3000));
  EXPECT_EQ(VocabularyOverlap(*all, *HashVocabulary(WithTokens(0, 3000))), 1);
  // 2,000 of 4,000: a standard error of sqrt(0.5 * 0.5 / 128) = 0.044.
  EXPECT_NEAR(VocabularyOverlap(*all, *HashVocabulary(WithTokens(1000, 4000))), 0.5, 0.14);
  EXPECT_LT(VocabularyOverlap(*all, *HashVocabulary(WithTokens(3000, 6000))), 0.03);
}

TEST(TokenSketch, HashesDoNotDependOnOrderOrIds) {
  Tokenizer tokenizer = WithTokens(0, 50);
  const auto hashes = HashVocabulary(tokenizer);
  std::ranges::reverse(tokenizer.tokens);
  EXPECT_EQ(HashVocabulary(tokenizer), hashes);
  EXPECT_FALSE(HashVocabulary({}));
}

TEST(TokenSketch, FindsBytesThatNoTextHas) {
  Tokenizer tokenizer;
  tokenizer.tokens = {{.bytes = "a", .id = 0},        {.bytes = "\xff", .id = 7},
                      {.bytes = "<0xC0>", .id = 3},   {.bytes = "\xc3", .id = 4},
                      {.bytes = "<0xF5>", .id = 500}, {.bytes = "<0xC0>", .id = 9}};
  EXPECT_THAT(TokensOfNoText(tokenizer, 100), ElementsAre(3, 7));
  EXPECT_THAT(TokensOfNoText(WithTokens(0, 5), 100), IsEmpty());
}

}  // namespace token_sketch_test
}  // namespace modelkin::testing
