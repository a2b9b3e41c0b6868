#include "basis/basis_screen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "basis/fitted_pair.h"
#include "basis/span_map.h"
#include "fingerprint/parts_in_memory.h"
#include "linalg/svd.h"

namespace modelkin::testing {
namespace basis_screen_test {

constexpr std::size_t kWidth = 96, kTokens = 400, kUnits = 160, kLayers = 6;
constexpr DrawPlan kSmallPlan = {
    .rows = 64, .units = 24, .mlps = 3, .sums = 8, .layers = 3, .tokens = 80};

// What becomes of a row over residual coordinates.
using Change = std::function<std::vector<float>(const std::vector<float>&)>;

std::vector<float> Unchanged(const std::vector<float>& row) { return row; }

// Each coordinate of the result is one of the row's, with a sign, or 0 where `from` is -1.
Change Moved(std::vector<int> from, std::vector<float> sign) {
  return [=](const std::vector<float>& row) {
    std::vector<float> result(from.size(), 0);
    for (std::size_t j = 0; j < from.size(); ++j) {
      if (from[j] >= 0) result[j] = sign[j] * row[static_cast<std::size_t>(from[j])];
    }
    return result;
  };
}

Change Permuted(bool signs, std::size_t more = 0) {
  std::vector<int> from(kWidth);
  std::iota(from.begin(), from.end(), 0);
  from.insert(from.end(), more, -1);
  std::shuffle(from.begin(), from.end(), std::mt19937_64(3));
  std::vector<float> sign(from.size(), 1);
  for (std::size_t j = 0; j < sign.size() && signs; j += 2) sign[j] = -1;
  return Moved(from, sign);
}

Change Rotated() {
  const auto numbers = NormalNumbers(kWidth * kWidth, 5);
  const auto rotation = *NearestOrthogonal({numbers.begin(), numbers.end()}, kWidth);
  return [=](const std::vector<float>& row) {
    std::vector<float> result(kWidth);
    for (std::size_t j = 0; j < kWidth; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < kWidth; ++i) sum += rotation[j * kWidth + i] * row[i];
      result[j] = static_cast<float>(sum);
    }
    return result;
  };
}

struct Making {
  std::uint64_t seed = 1;
  Change change = Unchanged;
  double noise = 0;         // of the size of the weights
  double meaning = 0;       // that rows of tokens have in common with those of other seeds
  bool new_tokens = false;  // with no likeness to those of the same seed
};

// A decoder of random weights.
ModelParts Made(const Making& how) {
  std::vector<TestTensor> tensors;
  std::uint64_t stream = 1000 * how.seed;
  const auto add = [&](const std::string& name, std::size_t rows, bool to_residual,
                       const std::vector<float>& common = {}) {
    const auto own = NormalNumbers(rows * kWidth, ++stream + (common.empty() ? 0 : 500));
    const auto noise = NormalNumbers(rows * (kWidth + 64), stream + 77777);
    std::vector<float> values;
    std::size_t width = 0, at = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      std::vector<float> row(own.begin() + static_cast<std::ptrdiff_t>(i * kWidth),
                             own.begin() + static_cast<std::ptrdiff_t>((i + 1) * kWidth));
      for (std::size_t k = 0; k < kWidth && !common.empty(); ++k) {
        row[k] += static_cast<float>(how.meaning) * common[i * kWidth + k];
      }
      row = how.change(row);
      width = row.size();
      for (float& value : row) value += static_cast<float>(how.noise) * noise[at++];
      values.insert(values.end(), row.begin(), row.end());
    }
    if (!to_residual) {
      tensors.push_back(TensorOf(name, "F32", {rows, width}, values));
      return;
    }
    std::vector<float> turned(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      turned[i % width * rows + i / width] = values[i];
    tensors.push_back(TensorOf(name, "F32", {width, rows}, turned));
  };
  if (how.new_tokens) stream += 333;
  add("model.embed_tokens.weight", kTokens, false,
      how.meaning > 0 ? NormalNumbers(kTokens * kWidth, 9) : std::vector<float>());
  if (how.new_tokens) stream -= 333;
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    for (const char* role : {"q_proj", "k_proj", "v_proj"}) {
      add(prefix + "self_attn." + role + ".weight", 64, false);
    }
    add(prefix + "self_attn.o_proj.weight", 64, true);
    add(prefix + "mlp.gate_proj.weight", kUnits, false);
    add(prefix + "mlp.up_proj.weight", kUnits, false);
    add(prefix + "mlp.down_proj.weight", kUnits, true);
  }
  return PartsInMemory(tensors);
}

BasisScreen Screen(const Making& a, const Making& b, unsigned threads = 2) {
  return ScreenBasis(Made(a), Made(b), SameTokens(kTokens), kSmallPlan, 1, threads);
}

TEST(ScreenBasis, ShowsRelativesInAnotherBasis) {
  for (const Change& change : {Rotated(), Permuted(false), Permuted(true), Permuted(true, 8)}) {
    for (const double noise : {0.0, 0.2}) {
      const BasisScreen screen = Screen({}, {.change = change, .noise = noise});
      EXPECT_TRUE(screen.shows_something()) << screen.Text();
      EXPECT_FALSE(screen.is_in_place());
      EXPECT_GT(screen.cosine, noise > 0 ? 0.8 : 0.999);
      EXPECT_LT(std::abs(screen.shuffled_cosine), 0.1);
      EXPECT_EQ(screen.fitted, 40U);
    }
  }
}

TEST(ScreenBasis, AsksHiddenUnitsWhereTokensAreUnclear) {
  const Making strangers_of_one_language = {.seed = 2, .meaning = 0.8}, a = {.meaning = 0.8};
  const BasisScreen stranger = Screen(a, strangers_of_one_language);
  EXPECT_GT(stranger.cosine - stranger.shuffled_cosine, 0.1);
  EXPECT_EQ(stranger.units, 3U * 24);
  EXPECT_FALSE(stranger.shows_something()) << stranger.Text();
  const BasisScreen relative = Screen(a, {.change = Rotated(), .noise = 1.3, .meaning = 0.8});
  EXPECT_LT(relative.cosine - relative.shuffled_cosine, 0.5);
  EXPECT_GT(relative.units, 0U);
  EXPECT_TRUE(relative.shows_something()) << relative.Text();
}

TEST(ScreenBasis, AsksLayersWhereTokensTellNothing) {
  const BasisScreen screen =
      Screen({}, {.change = Permuted(true), .noise = 0.1, .new_tokens = true});
  EXPECT_LT(screen.cosine - screen.shuffled_cosine, 0.2);
  ASSERT_TRUE(screen.layers.has_value());
  EXPECT_EQ(screen.layers->sums, 12U);
  EXPECT_GT(screen.layers->held_out, 0.3);
  EXPECT_LT(std::abs(screen.layers->shuffled), 0.1);
  EXPECT_TRUE(screen.shows_something());
}

TEST(ScreenBasis, StrangersShowNothing) {
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    const BasisScreen screen = Screen({}, {.seed = seed});
    EXPECT_FALSE(screen.shows_something()) << screen.Text();
    EXPECT_NEAR(screen.cosine, screen.shuffled_cosine, 0.1);
  }
}

TEST(ScreenBasis, CoordinatesInPlaceNeedNoFit) {
  EXPECT_TRUE(Screen({}, {.noise = 0.1}).is_in_place());
  const PairAnalysis pair{.a = Made({}), .b = Made({.noise = 0.1})};
  TraceSettings options;
  options.threads = 1;
  options.plan = kSmallPlan;
  TraceState state;
  Progress progress;
  const FittedPair fitted = FitPair(pair, SameTokens(kTokens), options, state, "pair", progress);
  ASSERT_TRUE(fitted.basis.map != nullptr);
  EXPECT_TRUE(fitted.basis.map->is_identity());
  EXPECT_GT(fitted.basis.cosine, 0.9);
  EXPECT_TRUE(fitted.pair.has_value());
}

TEST(ScreenBasis, NothingIsFittedToStrangersAndTheReasonIsSaid) {
  const PairAnalysis pair{.a = Made({}), .b = Made({.seed = 2})};
  TraceSettings options;
  options.plan = kSmallPlan;
  TraceState state;
  Progress progress;
  const FittedPair fitted = FitPair(pair, SameTokens(kTokens), options, state, "pair", progress);
  EXPECT_EQ(fitted.basis.map, nullptr);
  EXPECT_FALSE(fitted.pair.has_value());
  EXPECT_TRUE(fitted.basis.skipped.starts_with("a look at few of both shows none, by 40 rows"))
      << fitted.basis.skipped;
}

TEST(ScreenBasis, SameBitsForAnyNumberOfThreads) {
  const Making b = {.change = Rotated(), .noise = 1.3};
  const BasisScreen one = Screen({}, b, 1), three = Screen({}, b, 3);
  EXPECT_EQ(one.cosine, three.cosine);
  EXPECT_EQ(one.shuffled_cosine, three.shuffled_cosine);
  EXPECT_EQ(one.agreeing, three.agreeing);
  const auto layers = [&](unsigned threads) {
    return CompareFewLayers(Made({}), Made(b), kSmallPlan, 1, threads)->held_out;
  };
  EXPECT_EQ(layers(1), layers(3));
}

TEST(ScreenBasis, Edges) {
  const auto rows = NormalNumbers(40 * kWidth, 1);
  const ModelParts few = EmbeddingInMemory(rows, kWidth);
  const BasisScreen screen = ScreenBasis(few, few, SameTokens(40), kSmallPlan, 1, 1);
  EXPECT_EQ(screen.fitted, 0U);  // too few tokens
  EXPECT_FALSE(screen.layers.has_value());
  EXPECT_FALSE(screen.shows_something());
  EXPECT_EQ(screen.Text(), "a look at few of both shows none");
}

// By the definition: V of B's and U of A's singular vectors of the sum of outer products.
TEST(SpanMap, IsTheProcrustesSolutionInTheSpans) {
  constexpr std::size_t kFew = 20;
  RowPairs rows{.a = NormalNumbers(kFew * kWidth, 1),
                .b = NormalNumbers(kFew * kWidth, 2),
                .widths = {kWidth, kWidth}};
  const auto map = SpanMap::Fit(rows, 2);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->rank(), kFew);
  // trace(R^T X_A^T X_B) is the sum of singular values of X_A^T X_B for the best R.
  std::vector<double> products(kWidth * kWidth, 0);
  for (std::size_t row = 0; row < kFew; ++row) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      for (std::size_t j = 0; j < kWidth; ++j) {
        products[i * kWidth + j] +=
            static_cast<double>(rows.a[row * kWidth + i]) * rows.b[row * kWidth + j];
      }
    }
  }
  const auto singular = *SingularValues(products, kWidth, kWidth);
  const double best = std::accumulate(singular.begin(), singular.end(), 0.0);
  const auto back = map->BackToA(rows.b, kFew, 1);
  const double reached = std::inner_product(back.begin(), back.end(), rows.a.begin(), 0.0);
  EXPECT_NEAR(reached, best, 1e-4 * best);
}

TEST(SpanMap, Edges) {
  RowPairs rows{.widths = {4, 4}};
  EXPECT_FALSE(SpanMap::Fit(rows, 1).has_value());
  rows.a = rows.b = NormalNumbers(5 * 4, 1);  // more rows than coordinates
  EXPECT_FALSE(SpanMap::Fit(rows, 1).has_value());
  rows.a = rows.b = {1, 0, 0, 0, 1, 0, 0, 0};  // of rank 1
  const auto map = SpanMap::Fit(rows, 1);
  ASSERT_TRUE(map.has_value());
  EXPECT_NEAR(map->MeanCosine(rows, 1), 1, 1e-6);
  EXPECT_EQ(map->MeanCosine({.widths = {4, 4}}, 1), 0);
}

}  // namespace basis_screen_test
}  // namespace modelkin::testing
