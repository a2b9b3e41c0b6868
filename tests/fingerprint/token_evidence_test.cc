#include "fingerprint/token_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace token_evidence_test {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kUnembedding = "lm_head.weight";

// Row-major.
struct Rows {
  std::size_t count, width;
  std::vector<float> values;
  float* row(std::size_t i) { return values.data() + i * width; }
  double Norm(std::size_t i) const {
    double squares = 0;
    for (std::size_t k = 0; k < width; ++k) {
      squares += std::pow(static_cast<double>(values[i * width + k]), 2);
    }
    return std::sqrt(squares);
  }
};

// Scales of rows are e^(0.5 normal), those of columns as given, in an order of the seed's own.
Rows Scaled(std::size_t count, std::vector<double> scales, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const std::size_t width = scales.size();
  std::shuffle(scales.begin(), scales.end(), random);
  Rows rows{count, width, std::vector<float>(count * width)};
  for (std::size_t row = 0; row < count; ++row) {
    const double scale = std::exp(0.5 * normal(random));
    for (std::size_t i = 0; i < width; ++i) {
      rows.row(row)[i] = static_cast<float>(scale * scales[i] * normal(random));
    }
  }
  return rows;
}

// Scales of columns are Cauchy's: a few hold most of the norm.
Rows HeavyTailed(std::size_t count, std::size_t width, std::uint64_t seed) {
  std::vector<double> scales(width);
  for (std::size_t i = 0; i < width; ++i) {
    scales[i] = std::tan(1.5707 * (static_cast<double>(i) + 0.5) / static_cast<double>(width));
  }
  return Scaled(count, std::move(scales), seed);
}

// Scales of columns are from 1 to 4.
Rows LightTailed(std::size_t count, std::size_t width, std::uint64_t seed) {
  std::vector<double> scales(width);
  for (std::size_t i = 0; i < width; ++i) {
    scales[i] = std::pow(4, static_cast<double>(i) / static_cast<double>(width - 1));
  }
  return Scaled(count, std::move(scales), seed);
}

// The norm says which axis is that of residual coordinates.
ModelParts Model(const Rows& embedding, const Rows* unembedding = nullptr) {
  std::vector<TestTensor> tensors = {
      TensorOf(kEmbedding, "F32", {embedding.count, embedding.width}, embedding.values),
      TensorOf("model.norm.weight", "F32", {embedding.width},
               std::vector<float>(embedding.width, 1))};
  if (unembedding != nullptr) {
    tensors.push_back(TensorOf(kUnembedding, "F32", {unembedding->count, unembedding->width},
                               unembedding->values));
  }
  return PartsInMemory(tensors);
}

std::vector<TokenPair> SameRows(std::size_t count) {
  std::vector<TokenPair> tokens(count);
  for (std::size_t i = 0; i < count; ++i) tokens[i] = {i, i};
  return tokens;
}

TokenEvidence Gather(const ModelParts& a, const ModelParts& b, const std::vector<TokenPair>& tokens,
                     std::uint64_t seed = 1, unsigned threads = 1,
                     std::uint64_t most = DrawPlan::kAll, std::uint64_t run_bytes = 1) {
  Progress progress;
  return GatherTokenEvidence(a, b, tokens, {.draws = 1999, .seed = seed, .threads = threads},
                             progress, most, run_bytes);
}

TokenTableEvidence OfEmbeddings(const Rows& a, const Rows& b, std::uint64_t seed = 1) {
  return Gather(Model(a), Model(b), SameRows(std::min(a.count, b.count)), seed).embedding;
}

// How many of `tokens` have a smaller norm in that model, counted one by one.
std::size_t Smaller(const Rows& rows, const std::vector<std::uint64_t>& tokens, std::uint64_t of) {
  return static_cast<std::size_t>(std::ranges::count_if(
      tokens, [&](std::uint64_t token) { return rows.Norm(token) < rows.Norm(of); }));
}

TEST(TokenEvidence, ChoosesTheSmallestRowsOfA) {
  const Rows a = HeavyTailed(3000, 8, 1), b = HeavyTailed(2500, 8, 2);
  std::vector<TokenPair> tokens;  // B's rows in the opposite order
  std::vector<std::uint64_t> rows_a, rows_b;
  for (std::uint64_t i = 0; i < 2500; ++i) {
    tokens.push_back({i + 300, 2499 - i});
    rows_a.push_back(i + 300);
    rows_b.push_back(2499 - i);
  }
  const TokenTableEvidence evidence = Gather(Model(a), Model(b), tokens).embedding;
  EXPECT_TRUE(evidence.skipped.empty());
  EXPECT_EQ(evidence.shared, 2500);
  EXPECT_EQ(evidence.zero_rows, 0);
  ASSERT_THAT(evidence.chosen, SizeIs(25));  // 1 %
  std::uint64_t common = 0;
  for (std::size_t i = 0; i < 25; ++i) {
    const TokenPair& token = evidence.chosen[i];
    EXPECT_EQ(token.a - 300, 2499 - token.b);
    EXPECT_EQ(Smaller(a, rows_a, token.a), i);
    common += Smaller(b, rows_b, token.b) < 25 ? 1 : 0;
  }
  EXPECT_EQ(evidence.overlap.population, 2500);
  EXPECT_EQ(evidence.overlap.size, 25);
  EXPECT_EQ(evidence.overlap.common, common);
  EXPECT_DOUBLE_EQ(evidence.overlap.jaccard,
                   static_cast<double>(common) / static_cast<double>(50 - common));
  EXPECT_DOUBLE_EQ(evidence.overlap.expected, 0.25);
  EXPECT_EQ(evidence.test.rows, 25);
}

TEST(TokenEvidence, NumbersOfChosenTokens) {
  const auto chosen = [](std::size_t count) {
    const Rows rows = HeavyTailed(count, 4, 1);
    return OfEmbeddings(rows, rows).chosen.size();
  };
  EXPECT_EQ(chosen(16), 16);
  EXPECT_EQ(chosen(1699), 16);
  EXPECT_EQ(chosen(1700), 17);
  EXPECT_EQ(chosen(204'799), 2047);
  EXPECT_EQ(chosen(210'000), 2048);
  EXPECT_EQ(chosen(15), 0);
  const Rows few = HeavyTailed(15, 4, 1);
  EXPECT_EQ(OfEmbeddings(few, few).skipped, SkipReason::kTooFewSharedTokens);
}

// The test on rows read one by one, and Spearman's correlation from ranks that are counted.
TEST(TokenEvidence, TestAndCorrelationAreOfTheTokensRows) {
  Rows a = HeavyTailed(400, 12, 1), b = HeavyTailed(400, 12, 2);
  for (std::size_t i = 0; i < a.values.size(); ++i) b.values[i] += 0.2F * a.values[i];
  const TokenTableEvidence evidence = OfEmbeddings(a, b, 9);
  std::vector<double> of_a, of_b;
  for (const TokenPair& token : evidence.chosen) {
    of_a.insert(of_a.end(), a.row(token.a), a.row(token.a) + 12);
    of_b.insert(of_b.end(), b.row(token.b), b.row(token.b) + 12);
  }
  const RowsTest expected = TestRows(of_a, of_b, 16, 12, {.draws = 1999, .seed = 9, .threads = 1});
  EXPECT_EQ(evidence.test.z, expected.z);
  EXPECT_EQ(evidence.test.log_p, expected.log_p);
  std::vector<std::uint64_t> all(400);
  std::iota(all.begin(), all.end(), 0U);
  double squares = 0;
  for (const std::uint64_t token : all) {
    const double difference =
        static_cast<double>(Smaller(a, all, token)) - static_cast<double>(Smaller(b, all, token));
    squares += difference * difference;
  }
  EXPECT_NEAR(*evidence.norm_correlation, 1 - 6 * squares / (400.0 * (400.0 * 400 - 1)), 1e-12);
}

TEST(TokenEvidence, LeavesOutRowsOfZerosAndBeyondTheTable) {
  Rows a = HeavyTailed(100, 8, 1), b = HeavyTailed(90, 8, 2);
  std::fill_n(a.row(3), 16, 0.0F);
  std::fill_n(b.row(4), 16, 0.0F);
  const TokenTableEvidence evidence = Gather(Model(a), Model(b), SameRows(120)).embedding;
  EXPECT_EQ(evidence.shared, 90);
  EXPECT_EQ(evidence.zero_rows, 3);
  EXPECT_EQ(evidence.overlap.population, 87);
  for (const TokenPair& token : evidence.chosen) EXPECT_TRUE(token.a < 3 || token.a > 5);
}

TEST(TokenEvidence, UnembeddingsHaveTokensOfTheirOwn) {
  const Rows a = HeavyTailed(64, 8, 1), b = HeavyTailed(64, 8, 2);
  const Rows head_a = HeavyTailed(64, 8, 3), head_b = HeavyTailed(64, 8, 4);
  const TokenEvidence both = Gather(Model(a, &head_a), Model(b, &head_b), SameRows(64));
  const TokenTableEvidence alone = OfEmbeddings(head_a, head_b);
  EXPECT_EQ(both.unembedding.test.z, alone.test.z);
  EXPECT_EQ(both.unembedding.norm_correlation, alone.norm_correlation);
  EXPECT_NE(both.embedding.test.z, alone.test.z);
  const TokenEvidence tied = Gather(Model(a, &head_a), Model(b), SameRows(64));
  EXPECT_TRUE(tied.embedding.skipped.empty());
  EXPECT_EQ(tied.unembedding.skipped, SkipReason::kNotInBoth);
}

TEST(TokenEvidence, OtherWidthsAreDescribedAndNotTested) {
  const Rows a = HeavyTailed(64, 8, 1), b = HeavyTailed(64, 12, 2);
  const TokenTableEvidence evidence = OfEmbeddings(a, b);
  EXPECT_TRUE(evidence.skipped.empty());
  EXPECT_TRUE(evidence.norm_correlation);
  EXPECT_THAT(evidence.chosen, SizeIs(16));
  EXPECT_EQ(evidence.test.skipped, Skipped(SkipReason::kWidthsDiffer, 8, 12));
  Rows wide{17, 8193, std::vector<float>(17 * 8193)};
  for (std::size_t i = 0; i < wide.values.size(); ++i) wide.values[i] = static_cast<float>(i % 11);
  EXPECT_EQ(OfEmbeddings(wide, wide).test.skipped, SkipReason::kTooWideForRows);
}

TEST(TokenEvidence, ValuesThatAreNotFinite) {
  const Rows good = HeavyTailed(64, 8, 1);
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Rows bad = good;
    bad.values[8 * 50] = value;
    for (const bool bad_is_a : {true, false}) {
      const auto evidence = OfEmbeddings(bad_is_a ? bad : good, bad_is_a ? good : bad);
      EXPECT_EQ(evidence.skipped, SkipReason::kNotFinite);
      EXPECT_THAT(evidence.chosen, IsEmpty());
      EXPECT_FALSE(evidence.norm_correlation);
    }
    // In a row that no shared token has.
    EXPECT_TRUE(Gather(Model(bad), Model(good), SameRows(50)).embedding.skipped.empty());
  }
}

TEST(TokenEvidence, ConstantTables) {
  const Rows good = HeavyTailed(64, 8, 1);
  const Rows ones{64, 8, std::vector<float>(64 * 8, 1)};
  const TokenTableEvidence evidence = OfEmbeddings(good, ones);
  EXPECT_FALSE(evidence.norm_correlation);
  EXPECT_EQ(evidence.test.skipped, SkipReason::kEqualRows);
  const Rows zeros{64, 8, std::vector<float>(64 * 8, 0)};
  EXPECT_EQ(OfEmbeddings(good, zeros).skipped, SkipReason::kTooFewSharedTokens);
  EXPECT_EQ(Gather(Model(good), Model(good), {}).embedding.shared, 0);
}

// p is valid whatever the columns look like: 2,500 pairs with a share of p <= 0.05 within 3.3
// standard deviations of a binomial one, and of p <= 0.01 likewise.
TEST(TokenEvidence, OfStrangersPIsUniform) {
  constexpr int kPairs = 2500;
  const std::vector<TokenPair> tokens = SameRows(48);
  int at_5_percent = 0, at_1_percent = 0, below_half = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto seed = static_cast<std::uint64_t>(pair);
    const Rows a = HeavyTailed(48, 24, 2 * seed), b = HeavyTailed(48, 24, 2 * seed + 1);
    const RowsTest test = Gather(Model(a), Model(b), tokens, seed).embedding.test;
    ASSERT_TRUE(test.skipped.empty());
    at_5_percent += test.log_p <= std::log(0.05) ? 1 : 0;
    at_1_percent += test.log_p <= std::log(0.01) ? 1 : 0;
    below_half += test.log_p <= std::log(0.5) ? 1 : 0;
  }
  RecordProperty("at_5_percent", at_5_percent);
  RecordProperty("at_1_percent", at_1_percent);
  const auto within = [](int count, double share) {
    const double expected = kPairs * share;
    return std::abs(count - expected) <= 3.3 * std::sqrt(expected * (1 - share));
  };
  EXPECT_TRUE(within(at_5_percent, 0.05)) << at_5_percent;
  EXPECT_TRUE(within(at_1_percent, 0.01)) << at_1_percent;
  EXPECT_TRUE(within(below_half, 0.5)) << below_half;
}

// B was trained on from A: what A's under-trained tokens have is kept with noise, all other rows
// are new.
TEST(TokenEvidence, KeptRowsAreFound) {
  constexpr std::size_t kCount = 400, kWidth = 64;
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Rows a = LightTailed(kCount, kWidth, 100 + seed);
    Rows b = LightTailed(kCount, kWidth, 200 + seed);
    const auto chosen = OfEmbeddings(a, a).chosen;
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    for (const TokenPair& token : chosen) {
      for (std::size_t i = 0; i < kWidth; ++i) {
        const double value = a.values[token.a * kWidth + i];
        b.row(token.b)[i] = static_cast<float>(0.9 * value * (1 + 0.3 * normal(random)));
      }
    }
    const RowsTest test = OfEmbeddings(a, b).test;
    EXPECT_GT(test.cosine, 0.8);
    found += test.log_p < std::log(1e-6) ? 1 : 0;
  }
  EXPECT_EQ(found, 20);
}

TEST(TokenEvidence, SameBitsForAnyNumberOfThreads) {
  const ModelParts a = Model(HeavyTailed(9000, 40, 1)), b = Model(HeavyTailed(9000, 40, 2));
  const auto one = Gather(a, b, SameRows(9000), 1, 1).embedding;
  const auto seven = Gather(a, b, SameRows(9000), 1, 7).embedding;
  EXPECT_EQ(one.test.z, seven.test.z);
  EXPECT_EQ(one.test.log_p, seven.test.log_p);
  EXPECT_EQ(one.norm_correlation, seven.norm_correlation);
  EXPECT_EQ(one.overlap.common, seven.overlap.common);
}

// What is said of drawn tokens is what would be said of them if there were no others.
TEST(TokenEvidence, OfDrawnTokensAlone) {
  constexpr std::size_t kCount = 5000, kDrawn = 2000;
  const ModelParts a = Model(HeavyTailed(kCount, 40, 1)), b = Model(HeavyTailed(kCount, 40, 2));
  std::vector<TokenPair> drawn;
  for (const std::uint32_t place : DrawPlaces(3, "tokens", kCount, kDrawn)) {
    drawn.push_back({place, place});
  }
  const auto of_drawn = Gather(a, b, drawn, 3).embedding;
  for (const unsigned threads : {1U, 3U}) {
    const auto some = Gather(a, b, SameRows(kCount), 3, threads, kDrawn).embedding;
    EXPECT_EQ(some.shared, kDrawn);
    EXPECT_EQ(some.test.z, of_drawn.test.z);
    EXPECT_EQ(some.test.log_p, of_drawn.test.log_p);
    EXPECT_EQ(some.norm_correlation, of_drawn.norm_correlation);
    EXPECT_EQ(some.overlap.common, of_drawn.overlap.common);
    EXPECT_EQ(some.chosen.size(), of_drawn.chosen.size());
  }
  // So many are there.
  EXPECT_EQ(Gather(a, b, SameRows(kCount), 3, 1, kCount).embedding.test.z,
            Gather(a, b, SameRows(kCount), 3).embedding.test.z);
}

// In runs of four blocks of ten rows.
constexpr std::uint64_t kRunBytes = 10 * 2 * 40;

TEST(TokenEvidence, DrawnTokensLieInRuns) {
  constexpr std::size_t kCount = 5000, kDrawn = 2000;
  const ModelParts a = Model(HeavyTailed(kCount, 40, 1)), b = Model(HeavyTailed(kCount, 40, 2));
  std::vector<TokenPair> drawn;
  for (const std::uint32_t place : DrawPlaces(3, "tokens", kCount, kDrawn, 40)) {
    drawn.push_back({place, place});
  }
  const auto of_drawn = Gather(a, b, drawn, 3).embedding;
  const auto some = Gather(a, b, SameRows(kCount), 3, 2, kDrawn, kRunBytes).embedding;
  EXPECT_EQ(some.shared, kDrawn);
  EXPECT_EQ(some.test.z, of_drawn.test.z);
  EXPECT_EQ(some.test.log_p, of_drawn.test.log_p);
}

// One model has them in another order: as many tokens as lie in four times as many blocks as they
// would fill.
TEST(TokenEvidence, OfScatteredTokensFewerAreDrawn) {
  constexpr std::size_t kCount = 5000, kDrawn = 400;
  const ModelParts a = Model(HeavyTailed(kCount, 40, 1)), b = Model(HeavyTailed(kCount, 40, 2));
  std::vector<TokenPair> tokens = SameRows(kCount);
  for (TokenPair& token : tokens) token.a = token.a * 1999 % kCount;
  const auto some = Gather(a, b, tokens, 3, 1, kDrawn, kRunBytes).embedding;
  EXPECT_LT(some.shared, kDrawn);
  EXPECT_GT(some.shared, kDrawn / 4);
  EXPECT_TRUE(some.skipped.empty());
  EXPECT_EQ(Gather(a, b, SameRows(kCount), 3, 1, kDrawn, kRunBytes).embedding.shared, kDrawn);
}

TEST(TokenEvidence, OfStrangersPOfRunsIsUniform) {
  constexpr int kPairs = 600;
  int at_5_percent = 0, below_half = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto seed = static_cast<std::uint64_t>(pair);
    const ModelParts a = Model(HeavyTailed(96, 24, 2 * seed + 8001)),
                     b = Model(HeavyTailed(96, 24, 2 * seed + 8002));
    const RowsTest test = Gather(a, b, SameRows(96), seed, 1, 48, 4 * 24).embedding.test;
    ASSERT_TRUE(test.skipped.empty());
    at_5_percent += test.log_p <= std::log(0.05) ? 1 : 0;
    below_half += test.log_p <= std::log(0.5) ? 1 : 0;
  }
  EXPECT_LE(std::abs(at_5_percent - kPairs * 0.05), 3.3 * std::sqrt(kPairs * 0.05 * 0.95));
  EXPECT_LE(std::abs(below_half - kPairs * 0.5), 3.3 * std::sqrt(kPairs * 0.25));
}

TEST(TokenEvidence, OfStrangersPOfDrawnTokensIsUniform) {
  constexpr int kPairs = 600;
  int at_5_percent = 0, below_half = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto seed = static_cast<std::uint64_t>(pair);
    const ModelParts a = Model(HeavyTailed(96, 24, 2 * seed + 7001)),
                     b = Model(HeavyTailed(96, 24, 2 * seed + 7002));
    const RowsTest test = Gather(a, b, SameRows(96), seed, 1, 48).embedding.test;
    ASSERT_TRUE(test.skipped.empty());
    at_5_percent += test.log_p <= std::log(0.05) ? 1 : 0;
    below_half += test.log_p <= std::log(0.5) ? 1 : 0;
  }
  EXPECT_LE(std::abs(at_5_percent - kPairs * 0.05), 3.3 * std::sqrt(kPairs * 0.05 * 0.95));
  EXPECT_LE(std::abs(below_half - kPairs * 0.5), 3.3 * std::sqrt(kPairs * 0.25));
}

// Neither a row that was not drawn, nor one beyond a table, is read.
TEST(TokenEvidence, DrawnTokensSkipOtherRows) {
  Rows rows = HeavyTailed(200, 24, 1);
  const auto drawn = DrawPlaces(1, "tokens", 200, 50);
  std::vector<bool> is_drawn(200, false);
  for (const std::uint32_t row : drawn) is_drawn[row] = true;
  for (std::size_t row = 0; row < 200; ++row) {
    if (!is_drawn[row]) rows.row(row)[3] = std::nanf("");
  }
  const ModelParts b = Model(HeavyTailed(150, 24, 2));
  const auto some = Gather(Model(rows), b, SameRows(200), 1, 1, 50).embedding;
  EXPECT_TRUE(some.skipped.empty());
  EXPECT_LT(some.shared, 50U);
  EXPECT_GT(some.shared, 20U);
  EXPECT_EQ(Gather(Model(rows), b, SameRows(200)).embedding.skipped, SkipReason::kNotFinite);
}

class CountingProgress : public Progress {
 public:
  void Advance(std::uint64_t bytes) override { bytes_ += bytes; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::atomic<std::uint64_t> bytes_ = 0;
};

TEST(TokenEvidence, SaysHowManyBytesItReads) {
  const Rows head = HeavyTailed(80, 8, 3);
  const ModelParts a = Model(HeavyTailed(64, 8, 1), &head), b = Model(head, &head);
  CountingProgress progress;
  GatherTokenEvidence(a, b, SameRows(64), {.draws = 99}, progress);
  EXPECT_EQ(progress.bytes(), TokenEvidenceBytes(a, b));
  EXPECT_EQ(progress.bytes(), (64 + 80 + 80 + 80) * 8 * sizeof(float));
}

}  // namespace token_evidence_test
}  // namespace modelkin::testing
