// Which tokens' rows a basis is fitted to.
#include "basis/token_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace token_rows_test {

constexpr std::size_t kTokens = 401, kWidth = 24;

// Random rows, but row i is 1 at one of the coordinates, and i at another: its direction tells the
// token.
ModelParts Numbered() {
  std::vector<float> values = NormalNumbers(kTokens * kWidth, 1);
  for (std::size_t i = 0; i < kTokens; ++i) {
    values[i * kWidth] = 1;
    values[i * kWidth + 1] = static_cast<float>(i);
  }
  return EmbeddingInMemory(values, kWidth);
}

std::vector<long> TokensOf(const RowPairs& rows) {
  std::vector<long> tokens;
  for (std::size_t i = 0; i < rows.count(); ++i) {
    tokens.push_back(std::lround(rows.a[i * kWidth + 1] / rows.a[i * kWidth]));
  }
  return tokens;
}

std::vector<long> Taken(std::size_t first, std::uint64_t most, const TokenSpread& spread) {
  const ModelParts model = Numbered();
  TokenPairs tokens;
  for (std::uint64_t i = 0; i < kTokens; ++i) tokens.pairs.push_back({i, i});
  RowPairs rows{.widths = {kWidth, kWidth}};
  AddTokenRows(model, model, tokens, first, most, rows, spread);
  EXPECT_EQ(rows.a, rows.b);
  return TokensOf(rows);
}

TEST(AddTokenRows, OfEitherHalfInTheSameRuns) {
  const TokenSpread spread{.seed = 5, .together = 8};
  const auto even = Taken(0, 40, spread), odd = Taken(1, 40, spread);
  ASSERT_EQ(even.size(), 40U);
  ASSERT_EQ(odd.size(), 40U);
  std::set<long> runs;
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(even[i] % 2, 0);
    EXPECT_EQ(odd[i], even[i] + 1);
    runs.insert(even[i - i % 8]);
    EXPECT_EQ(even[i], even[i - i % 8] + static_cast<long>(2 * (i % 8)));
  }
  EXPECT_EQ(runs.size(), 5U);
  EXPECT_NE(Taken(0, 40, {.seed = 6, .together = 8}), even);
}

TEST(AddTokenRows, WithoutRunsTheyAreSpreadEvenly) {
  const auto tokens = Taken(1, 4, {});
  EXPECT_EQ(tokens, (std::vector<long>{1, 101, 201, 301}));
}

TEST(AddTokenRows, TakesAllThatThereAre) {
  EXPECT_EQ(Taken(0, 1000, {.seed = 5, .together = 8}).size(), kTokens / 2);
  EXPECT_EQ(Taken(1, 1000, {.seed = 5, .together = 8}).size(), kTokens / 2);
  EXPECT_TRUE(Taken(0, 0, {.seed = 5, .together = 8}).empty());
}

}  // namespace token_rows_test
}  // namespace modelkin::testing
