#include "basis/hidden_basis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "fingerprint/parts_in_memory.h"
#include "linalg/svd.h"

namespace modelkin::testing {
namespace hidden_basis_test {

constexpr std::size_t kWidth = 48, kTokens = 300;

HiddenBasis Find(const std::vector<float>& a, const std::vector<float>& b, unsigned threads = 2) {
  Progress progress;
  return FindHiddenBasis(EmbeddingInMemory(a, kWidth), EmbeddingInMemory(b, kWidth),
                         SameTokens(a.size() / kWidth), 1, threads, progress);
}

std::vector<float> Permuted(const std::vector<float>& rows,
                            const std::vector<std::uint32_t>& source,
                            const std::vector<float>& sign) {
  std::vector<float> result(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t j = i % kWidth;
    result[i] = rows[i - j + source[j]] * sign[j];
  }
  return result;
}

TEST(FindHiddenBasis, RecoversSignedPermutations) {
  const auto a = NormalNumbers(kTokens * kWidth, 1);
  std::vector<std::uint32_t> source(kWidth);
  std::iota(source.begin(), source.end(), 0U);
  std::mt19937_64 random(2);
  std::shuffle(source.begin(), source.end(), random);
  std::vector<float> sign(kWidth, 1);
  for (const bool signs : {false, true}) {
    for (std::size_t i = 0; i < kWidth && signs; i += 2) sign[i] = -1;
    auto b = Permuted(a, source, sign);
    const auto noise = NormalNumbers(b.size(), 3);
    for (std::size_t i = 0; i < b.size(); ++i) b[i] += 0.3F * noise[i];
    const HiddenBasis basis = Find(a, b);
    ASSERT_TRUE(basis.map != nullptr && basis.map->is_permutation());
    EXPECT_EQ(basis.map->source, source);
    EXPECT_EQ(basis.map->sign, sign);
    EXPECT_EQ(basis.map->has_signs(), signs);
    EXPECT_FALSE(basis.map->is_identity());
    EXPECT_GT(basis.cosine, 0.9);
    EXPECT_LT(basis.shuffled_cosine, 0.4);
  }
  EXPECT_TRUE(Find(a, a).map->is_identity());
}

TEST(FindHiddenBasis, RecoversARotation) {
  const auto a = NormalNumbers(kTokens * kWidth, 4);
  const auto numbers = NormalNumbers(kWidth * kWidth, 5);
  const auto rotation =
      *NearestOrthogonal(std::vector<double>(numbers.begin(), numbers.end()), kWidth);
  std::vector<float> b(a.size());
  for (std::size_t row = 0; row < kTokens; ++row) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < kWidth; ++i)
        sum += rotation[j * kWidth + i] * a[row * kWidth + i];
      b[row * kWidth + j] = static_cast<float>(sum);
    }
  }
  const HiddenBasis basis = Find(a, b);
  ASSERT_TRUE(basis.map != nullptr && !basis.map->is_permutation());
  for (std::size_t i = 0; i < rotation.size(); ++i) {
    EXPECT_NEAR(basis.map->rotation[i], rotation[i], 1e-5);
  }
  EXPECT_NEAR(basis.cosine, 1, 1e-6);
  // Not by one bit with other numbers of threads.
  EXPECT_EQ(Find(a, b, 1).map->rotation, Find(a, b, 5).map->rotation);
}

TEST(FindHiddenBasis, StrangersAreAsAlikeAsShuffledRows) {
  const HiddenBasis basis =
      Find(NormalNumbers(kTokens * kWidth, 6), NormalNumbers(kTokens * kWidth, 7));
  ASSERT_TRUE(basis.map != nullptr);
  EXPECT_NEAR(basis.cosine, basis.shuffled_cosine, 0.1);
}

TEST(FindHiddenBasis, Edges) {
  constexpr std::size_t kFew = 150;  // all are taken
  const auto a = NormalNumbers(kFew * kWidth, 8);
  EXPECT_EQ(Find(NormalNumbers(40 * kWidth, 1), NormalNumbers(40 * kWidth, 2)).skipped,
            "too few tokens in common");
  auto nan = a;
  nan[5] = std::nanf("");  // its row is left out
  std::fill_n(nan.begin() + 10 * kWidth, kWidth, 0.0F);
  const HiddenBasis basis = Find(a, nan);
  ASSERT_TRUE(basis.map != nullptr);
  EXPECT_TRUE(basis.map->is_identity());
  EXPECT_EQ(basis.fitted + basis.held_out, kFew - 2);
}

}  // namespace hidden_basis_test
}  // namespace modelkin::testing
