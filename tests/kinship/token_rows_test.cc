// Rows of embeddings: which token is which, and which rows training never saw.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "fingerprint/parts_in_memory.h"
#include "kinship/decayed_rows.h"
#include "kinship/token_order.h"

namespace modelkin::testing {
namespace token_rows_test {

constexpr std::size_t kWidth = 48, kTokens = 300;

TEST(MatchTokens, FindsReorderedRows) {
  const auto a = NormalNumbers(kTokens * kWidth, 9);
  std::vector<std::uint32_t> order(kTokens);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 random(10);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<float> b;
  for (const std::uint32_t row : order) {
    for (std::size_t i = 0; i < kWidth; ++i) b.push_back(a[row * kWidth + i]);
  }
  const ModelParts of_a = EmbeddingInMemory(a, kWidth), of_b = EmbeddingInMemory(b, kWidth);
  const TokenOrder found = MatchTokens(of_a, of_b, SameTokens(kTokens), 2);
  EXPECT_TRUE(found.reordered);
  EXPECT_EQ(found.rows, order);
  EXPECT_FALSE(MatchTokens(of_a, of_a, SameTokens(kTokens), 2).reordered);
  const ModelParts stranger = EmbeddingInMemory(NormalNumbers(kTokens * kWidth, 11), kWidth);
  EXPECT_FALSE(MatchTokens(of_a, stranger, SameTokens(kTokens), 2).reordered);
  auto longer = a;
  const auto more = NormalNumbers(7 * kWidth, 12);
  longer.insert(longer.end(), more.begin(), more.end());
  const TokenOrder extended =
      MatchTokens(of_a, EmbeddingInMemory(longer, kWidth), SameTokens(kTokens), 2);
  EXPECT_FALSE(extended.reordered);
  EXPECT_EQ(extended.added, 7U);
  const auto rows = extended.RowsFor(kTokens + 7, kTokens);
  EXPECT_EQ(rows[kTokens - 1], kTokens - 1);
  EXPECT_EQ(rows[kTokens], 0xffffffffU);
}

TEST(FindDecayedRows, OnlyWhereUnusedRowsShrankAlike) {
  const auto a = NormalNumbers(kTokens * kWidth, 13);
  auto b = a;
  const auto change = NormalNumbers(b.size(), 14);
  for (std::size_t i = 0; i < b.size(); ++i) {
    b[i] = i < 50 * kWidth ? a[i] * 0.95F : a[i] + 0.5F * change[i];
  }
  const auto find = [&](const std::vector<float>& from, const std::vector<float>& to) {
    const ModelParts of_a = EmbeddingInMemory(from, kWidth), of_b = EmbeddingInMemory(to, kWidth);
    return FindDecayedRows(of_a.checkpoint, *of_a.Find("model.embed_tokens.weight")->tensor,
                           of_b.checkpoint, *of_b.Find("model.embed_tokens.weight")->tensor);
  };
  const auto forward = find(a, b), backward = find(b, a);
  ASSERT_TRUE(forward && backward);
  EXPECT_EQ(forward->rows, 50U);
  EXPECT_NEAR(forward->log_ratio, std::log(0.95), 1e-5);
  EXPECT_EQ(forward->b_is_later(), true);
  EXPECT_EQ(backward->b_is_later(), false);
  EXPECT_FALSE(find(a, a));  // all rows are alike, which no training leaves
  EXPECT_FALSE(find(a, NormalNumbers(b.size(), 15)));
  auto mixed = a;  // half longer, half shorter
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] *= i / kWidth % 2 == 0 ? 0.9F : 1.1F;
  EXPECT_FALSE(find(a, mixed)->b_is_later());
}

}  // namespace token_rows_test
}  // namespace modelkin::testing
