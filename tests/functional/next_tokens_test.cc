#include "functional/next_tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "functional/functional_comparison.h"
#include "inference/forward_pass.h"

namespace modelkin {
namespace next_tokens_test {

const std::string kGolden = MODELKIN_GOLDEN_MODELS;

ModelRecord Record(const RunnableModel& model, std::uint64_t first) {
  std::vector<std::uint64_t> text;
  for (std::uint64_t i = 0; i < 8; ++i) text.push_back((first + 3 * i) % model.vocabulary());
  Progress progress;
  return RecordModel(model, {text}, progress);
}

std::vector<RowPair> InPlace(std::size_t count) {
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < count; ++i) pairs.push_back({i, i});
  return pairs;
}

// softmax over the tokens listed.
std::vector<double> Shares(const float* logits, const std::vector<std::uint64_t>& tokens) {
  std::vector<double> shares;
  double sum = 0;
  for (const std::uint64_t token : tokens) {
    shares.push_back(std::exp(static_cast<double>(logits[token])));
    sum += shares.back();
  }
  for (double& share : shares) share /= sum;
  return shares;
}

// H((p + q) / 2) - (H(p) + H(q)) / 2, in bits.
double Divergence(const std::vector<double>& p, const std::vector<double>& q) {
  const auto entropy = [](double x) { return x > 0 ? -x * std::log2(x) : 0; };
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum += entropy((p[i] + q[i]) / 2) - (entropy(p[i]) + entropy(q[i])) / 2;
  }
  return sum;
}

TEST(NextTokens, IsJensenAndShannonsDivergenceOfSharedTokens) {
  const RunnableModel model(OpenModel(kGolden + "/llama-plain"), 1);
  const ModelRecord a = Record(model, 1), b = Record(model, 2);
  const std::vector<SharedToken> shared = {{3, 5}, {7, 7}, {11, 2}, {20, 30}};
  const NextTokenComparison found = CompareNextTokens(model, a, model, b, InPlace(8), shared);
  ASSERT_TRUE(found.skipped.empty());
  EXPECT_EQ(found.positions, 8U);
  EXPECT_EQ(found.shared_tokens, 4U);
  const Activations logits_a = Logits(model, a.final), logits_b = Logits(model, b.final);
  double divergence = 0, elsewhere = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto p = Shares(logits_a.Row(i), {3, 7, 11, 20});
    divergence += Divergence(p, Shares(logits_b.Row(i), {5, 7, 2, 30})) / 8;
    elsewhere += Divergence(p, Shares(logits_b.Row((i + 4) % 8), {5, 7, 2, 30})) / 8;
  }
  EXPECT_NEAR(found.divergence, divergence, 1e-6);
  EXPECT_NEAR(found.divergence_elsewhere, elsewhere, 1e-6);
  EXPECT_GT(found.outside_a, 0);
  EXPECT_LT(found.outside_a, 1);
}

TEST(NextTokens, OfAModelAndItselfAreTheSame) {
  const RunnableModel model(OpenModel(kGolden + "/llama-plain"), 1);
  const ModelRecord record = Record(model, 1);
  std::vector<SharedToken> all;
  for (std::uint64_t id = 0; id < model.vocabulary(); ++id) all.push_back({id, id});
  const NextTokenComparison found =
      CompareNextTokens(model, record, model, record, InPlace(8), all);
  EXPECT_EQ(found.divergence, 0);
  EXPECT_GT(found.divergence_elsewhere, 0.01);
  EXPECT_EQ(found.same_likeliest, 1);
  EXPECT_NEAR(found.outside_a, 0, 1e-12);
}

TEST(NextTokens, SaysWhyThereAreNone) {
  const RunnableModel model(OpenModel(kGolden + "/llama-plain"), 1),
      encoder(OpenModel(kGolden + "/bert-plain"), 1);
  const ModelRecord record = Record(model, 1), encoded = Record(encoder, 1);
  const std::vector<SharedToken> shared = {{1, 1}, {2, 2}};
  EXPECT_EQ(CompareNextTokens(model, record, encoder, encoded, InPlace(8), shared).skipped,
            SkipReason::kEncoder);
  EXPECT_EQ(CompareNextTokens(model, record, model, record, InPlace(8), {{1, 1}}).skipped,
            SkipReason::kTooFewTokens);
  EXPECT_EQ(CompareNextTokens(model, record, model, record, InPlace(1), shared).skipped,
            SkipReason::kTooFewTextEnds);
}

TEST(CompareFunctions, OfAMixtureWithItselfIsTheSame) {
  const RunnableModel model(OpenModel(kGolden + "/glm4_moe-plain"), 1);
  FunctionalSide side{
      .input = {}, .model = &model, .texts = {}, .parts = {}, .token_bytes = {}, .record = {}};
  for (std::uint64_t text = 0; text < 6; ++text) {
    std::vector<std::string> parts;
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < 8; ++i) {
      ids.push_back((7 * text + 5 * i * i) % model.vocabulary());
      parts.emplace_back(i + 1, 'x');
    }
    side.texts.push_back(ids);
    side.parts.push_back(parts);
  }
  for (std::uint64_t id = 0; id < model.vocabulary(); ++id) {
    side.token_bytes.push_back(std::to_string(id));
  }
  Progress progress;
  side.record = RecordModel(model, side.texts, progress);
  const FunctionalComparison same = CompareFunctions(side, side, {.draws = 19});
  EXPECT_EQ(same.aligned, 48U);
  EXPECT_NEAR(same.median_best_cka(), 1, 1e-5);
  EXPECT_EQ(same.mean_router_overlap(), 1);
  EXPECT_EQ(same.mean_unit_share(), 1);
  EXPECT_EQ(same.next_tokens.divergence, 0);
}

}  // namespace next_tokens_test
}  // namespace modelkin
