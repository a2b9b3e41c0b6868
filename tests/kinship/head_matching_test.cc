#include "kinship/head_matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fingerprint/parts_in_memory.h"
#include "linalg/svd.h"
#include "lineage/attention_sums.h"

namespace modelkin::testing {
namespace head_matching_test {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kWidth = 32, kSize = 4;
constexpr HeadCounts kHeads{.query = 6, .groups = 3};

using Values = std::vector<float>;

Values Numbers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Values values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Heads' rows over coordinates; of outputs, columns.
struct Attention {
  Values query, key, value, output;

  explicit Attention(std::uint64_t seed)
      : query(Numbers(kHeads.query * kSize * kWidth, seed)),
        key(Numbers(kHeads.groups * kSize * kWidth, seed + 1)),
        value(Numbers(kHeads.groups * kSize * kWidth, seed + 2)),
        output(Numbers(kHeads.query * kSize * kWidth, seed + 3)) {}

  ModelParts Parts() const {
    Values columns(output.size());
    const std::size_t units = kHeads.query * kSize;
    for (std::size_t i = 0; i < output.size(); ++i) {
      columns[i % kWidth * units + i / kWidth] = output[i];
    }
    const std::string prefix = "model.layers.2.self_attn.";
    return PartsInMemory(
        {TensorOf("model.embed_tokens.weight", "F32", {50, kWidth}, Numbers(50 * kWidth, 1)),
         TensorOf(prefix + "q_proj.weight", "F32", {units, kWidth}, query),
         TensorOf(prefix + "k_proj.weight", "F32", {kHeads.groups * kSize, kWidth}, key),
         TensorOf(prefix + "v_proj.weight", "F32", {kHeads.groups * kSize, kWidth}, value),
         TensorOf(prefix + "o_proj.weight", "F32", {kWidth, units}, columns)});
  }
};

// Blocks of a head's rows in another order.
Values Reordered(const Values& rows, const std::vector<std::uint32_t>& order) {
  Values result;
  const std::size_t block = kSize * kWidth;
  for (const std::uint32_t from : order) {
    result.insert(result.end(), rows.begin() + static_cast<std::ptrdiff_t>(from * block),
                  rows.begin() + static_cast<std::ptrdiff_t>((from + 1) * block));
  }
  return result;
}

const std::vector<std::uint32_t> kGroupOrder = {2, 0, 1}, kHeadOrder = {5, 4, 0, 1, 3, 2};

Attention Permuted(const Attention& from) {
  Attention result = from;
  result.query = Reordered(from.query, kHeadOrder);
  result.output = Reordered(from.output, kHeadOrder);
  result.key = Reordered(from.key, kGroupOrder);
  result.value = Reordered(from.value, kGroupOrder);
  return result;
}

// Rows of one block times a matrix: diagonal and a shear, so that its inverse is plain.
void Mix(Values& rows, std::size_t block, bool inverse_transposed) {
  Values before = rows;
  const std::size_t first = block * kSize;
  for (std::size_t i = 0; i < kSize; ++i) {
    const float scale = static_cast<float>(1 << i) * (i % 2 == 0 ? 1.0F : -1.0F);
    for (std::size_t c = 0; c < kWidth; ++c) {
      const auto at = [&](std::size_t row) -> float { return before[(first + row) * kWidth + c]; };
      // M = D S with S adding row i + 1 to row i; M^-T = D^-1 S^-T.
      float value = at(i);
      if (!inverse_transposed && i + 1 < kSize) value += at(i + 1);
      if (inverse_transposed) {
        value = 0;  // S^-T subtracts what was added before, alternating
        for (std::size_t k = 0; k <= i; ++k) value += ((i - k) % 2 == 0 ? 1.0F : -1.0F) * at(k);
      }
      rows[(first + i) * kWidth + c] = inverse_transposed ? value / scale : value * scale;
    }
  }
}

Attention Disguised(Attention attention) {
  for (std::size_t group = 0; group < kHeads.groups; ++group) {
    Mix(attention.key, group, true);
    Mix(attention.value, group, true);
  }
  for (std::size_t head = 0; head < kHeads.query; ++head) {
    Mix(attention.query, head, false);
    Mix(attention.output, head, false);
  }
  return attention;
}

std::optional<HeadMatch> Match(const Attention& a, const Attention& b) {
  return MatchHeads(a.Parts(), 2, b.Parts(), 2, kHeads, 2);
}

TEST(MatchHeads, InPlace) {
  const Attention a(1);
  const auto match = Match(a, a);
  ASSERT_TRUE(match);
  EXPECT_TRUE(match->in_place);
  EXPECT_THAT(match->heads, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_NEAR(match->query_key, 1, 1e-6);
  EXPECT_NEAR(*match->query_key_product, 1, 1e-6);
  EXPECT_FALSE(match->query_key_disguised() || match->value_output_disguised());
}

TEST(MatchHeads, FindsAnotherOrder) {
  const Attention a(1);
  const auto match = Match(a, Permuted(a));
  ASSERT_TRUE(match);
  EXPECT_FALSE(match->in_place);
  EXPECT_EQ(match->groups, kGroupOrder);
  EXPECT_EQ(match->heads, kHeadOrder);
}

TEST(MatchHeads, FindsDisguisedFactorsByTheirProducts) {
  const Attention a(1);
  for (const bool moved : {false, true}) {
    const auto match = Match(a, Disguised(moved ? Permuted(a) : a));
    ASSERT_TRUE(match);
    EXPECT_EQ(match->in_place, !moved);
    EXPECT_NEAR(*match->query_key_product, 1, 1e-5);
    EXPECT_NEAR(*match->value_output_product, 1, 1e-5);
    EXPECT_TRUE(match->query_key_disguised());
    EXPECT_TRUE(match->value_output_disguised());
  }
}

TEST(MatchHeads, SomeCoordinatesSayTheSame) {
  const Attention a(1), b = Disguised(Permuted(a));
  std::vector<std::uint32_t> some;
  for (std::uint32_t i = 0; i < kWidth; i += 2) some.push_back(i);
  const auto match = MatchHeads(a.Parts(), 2, b.Parts(), 2, kHeads, 2, some);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->heads, kHeadOrder);
  EXPECT_NEAR(*match->query_key_product, 1, 1e-5);
  EXPECT_TRUE(match->query_key_disguised() && match->value_output_disguised());
  const auto stranger = MatchHeads(a.Parts(), 2, Attention(11).Parts(), 2, kHeads, 2, some);
  EXPECT_LT(std::abs(*stranger->query_key_product), 0.3);
  // A coordinate that is not there.
  EXPECT_FALSE(MatchHeads(a.Parts(), 2, b.Parts(), 2, kHeads, 2, {std::uint32_t{kWidth}}));
}

TEST(MatchHeads, StrangersHaveNoProductsInCommon) {
  const auto match = Match(Attention(1), Attention(11));
  ASSERT_TRUE(match);
  EXPECT_LT(std::abs(*match->query_key_product), 0.2);
  EXPECT_FALSE(match->query_key_disguised() || match->value_output_disguised());
}

TEST(MatchHeads, Edges) {
  const Attention a(1);
  Attention nan = a;
  nan.query[3] = std::nanf("");
  EXPECT_FALSE(Match(a, nan));
  EXPECT_FALSE(MatchHeads(a.Parts(), 1, a.Parts(), 2, kHeads, 1));  // no such layer
  for (const HeadCounts heads : {HeadCounts{0, 0}, {5, 1}, {6, 4}, {7, 7}, {1000, 1}}) {
    EXPECT_FALSE(MatchHeads(a.Parts(), 2, a.Parts(), 2, heads, 1)) << heads.query;
  }
  Attention zeros = a;
  zeros.query.assign(zeros.query.size(), 0);
  EXPECT_EQ(*Match(a, zeros)->query_key_product, 0);
}

TEST(AttentionSums, DoNotChangeWithOrderOrDisguise) {
  const Attention a(1);
  const auto sums = AttentionSums(a.Parts(), 2, kHeads);
  ASSERT_EQ(sums.size(), kAttentionSums * kWidth);
  for (const Attention& other : {Permuted(a), Disguised(a), Disguised(Permuted(a))}) {
    const auto others = AttentionSums(other.Parts(), 2, kHeads);
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(others[i], sums[i], 2e-3);
  }
  // S 1 as defined.
  for (std::size_t j = 0; j < kWidth; ++j) {
    double expected = 0;
    for (std::size_t unit = 0; unit < kHeads.query * kSize; ++unit) {
      const std::size_t own = unit / kSize / 2 * kSize + unit % kSize;
      double row = 0;
      for (std::size_t i = 0; i < kWidth; ++i) row += a.key[own * kWidth + i];
      expected += a.query[unit * kWidth + j] * row;
    }
    EXPECT_NEAR(sums[j], expected, 1e-3);
  }
}

TEST(AttentionSums, Edges) {
  const Attention a(1);
  EXPECT_THAT(AttentionSums(a.Parts(), 1, kHeads), IsEmpty());
  EXPECT_THAT(AttentionSums(a.Parts(), 2, {}), IsEmpty());
  EXPECT_THAT(AttentionSums(a.Parts(), 2, {5, 2}), IsEmpty());
  EXPECT_THAT(AttentionSums(a.Parts(), 2, {12, 3}), IsEmpty());
  Attention nan = a;
  nan.output[7] = std::nanf("");
  EXPECT_THAT(AttentionSums(nan.Parts(), 2, kHeads), IsEmpty());
}

// Of four value dimensions one negated: factors keep half of their cosine, products all of it.
TEST(MatchHeads, SeesASignOfOneDimension) {
  const Attention a(1);
  Attention b = a;
  for (Values* const rows : {&b.value, &b.output}) {
    for (std::size_t i = 0; i < rows->size(); ++i) {
      if (i / kWidth % kSize == 1) (*rows)[i] = -(*rows)[i];
    }
  }
  for (const bool turned : {false, true}) {
    const auto match =
        MatchHeads((turned ? b : a).Parts(), 2, (turned ? a : b).Parts(), 2, kHeads, 1);
    EXPECT_NEAR(match->value_output, 0.5, 0.2);
    EXPECT_NEAR(*match->value_output_product, 1, 1e-5);
    EXPECT_TRUE(match->value_output_disguised());
    EXPECT_FALSE(match->query_key_disguised());
  }
  EXPECT_FALSE(MatchHeads(a.Parts(), 2, a.Parts(), 2, kHeads, 1)->value_output_disguised());
}

}  // namespace head_matching_test
}  // namespace modelkin::testing
