// The likeliest tokens, and greedy generation.
#include "inference/token_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "inference/forward_pass.h"
#include "inference/generation.h"
#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace token_scores_test {

using testing::GoldenFolder;
using testing::Ids;

const std::vector<Ids> kTexts = {{1, 2, 3, 4, 5}, {7}, {3, 1, 4, 1, 5, 9, 2, 6}};

std::vector<Ids> Generated(const RunnableModel& model, const std::vector<Ids>& texts,
                           std::size_t count, const std::set<std::uint64_t>& ends = {},
                           bool beyond_context = true) {
  Progress silent;
  std::vector<Ids> told(texts.size());
  const auto added =
      Generate(model, texts, count, ends, beyond_context, silent,
               [&](std::size_t text, std::uint64_t id) { told[text].push_back(id); });
  EXPECT_EQ(told, added);
  return added;
}

// The token of the largest logit after a text, without cache.
std::uint64_t NextByWholePass(const RunnableModel& model, const Ids& text) {
  const Batch batch = MakeBatch({text});
  PassObserver nobody;
  Progress silent;
  const Activations logits = Logits(model, RunLayers(model, batch, nullptr, nobody, silent));
  const float* const last = logits.Row(logits.rows - 1);
  return static_cast<std::uint64_t>(std::max_element(last, last + logits.columns) - last);
}

TEST(LikeliestTokens, BySorting) {
  const RunnableModel model(OpenModel(GoldenFolder("llama-plain")), 2);
  const Activations rows = testing::RunTexts(model, kTexts);
  const Activations logits = Logits(model, rows);
  for (const std::size_t count : {std::size_t{1}, std::size_t{5}, logits.columns + 9}) {
    const auto likeliest = LikeliestTokens(model, rows, count);
    ASSERT_EQ(likeliest.size(), rows.rows);
    for (std::size_t row = 0; row < rows.rows; ++row) {
      const std::vector<double> scores(logits.Row(row), logits.Row(row) + logits.columns);
      std::vector<std::uint64_t> order(logits.columns);
      std::iota(order.begin(), order.end(), 0U);
      std::ranges::stable_sort(order, [&](auto a, auto b) { return scores[a] > scores[b]; });
      double sum = 0;
      for (std::size_t i = 0; i < logits.columns; ++i)
        sum += std::exp(scores[i] - scores[order[0]]);
      ASSERT_EQ(likeliest[row].size(), std::min(count, logits.columns));
      for (std::size_t i = 0; i < likeliest[row].size(); ++i) {
        const ScoredToken& token = likeliest[row][i];
        EXPECT_EQ(token.id, order[i]);
        EXPECT_EQ(token.logit, scores[order[i]]);
        EXPECT_NEAR(token.probability, std::exp(token.logit - scores[order[0]]) / sum, 1e-12);
      }
    }
  }
}

// More tokens than the head is read for in one go, and many equal ones.
TEST(LikeliestTokens, EqualsAcrossBlocks) {
  testing::StoredModel stored = testing::ReadStored("llama-plain");
  const std::uint64_t width = stored.At("model.embed_tokens.weight").shape[1];
  constexpr std::uint64_t kTokens = 20'000;
  stored.config["vocab_size"] = kTokens;
  for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"}) {
    std::vector<float> values = testing::Normal(kTokens * width, 1);
    // Tokens 9,000 and 19,000 are as 5.
    for (const std::size_t copy : {9'000, 19'000}) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(5 * width), width,
                  values.begin() + static_cast<std::ptrdiff_t>(copy * width));
    }
    stored.At(name) = {name, "F32", {kTokens, width}, testing::F32Bytes(values)};
  }
  const testing::OpenedModel model(stored, 2);
  const auto likeliest = LikeliestTokens(*model, testing::RunTexts(*model, {{1, 2}}), kTokens);
  double sum = 0;
  std::vector<std::uint64_t> copies;
  for (const ScoredToken& token : likeliest[1]) {
    sum += token.probability;
    if (token.id == 5 || token.id == 9'000 || token.id == 19'000) copies.push_back(token.id);
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_EQ(copies, (Ids{5, 9'000, 19'000}));
}

TEST(LikeliestTokens, NoneAskedFor) {
  const RunnableModel model(OpenModel(GoldenFolder("llama-plain")), 1);
  EXPECT_TRUE(LikeliestTokens(model, testing::RunTexts(model, {{1}}), 0)[0].empty());
}

class Generation : public ::testing::TestWithParam<const char*> {};

// With its cache, and texts of several lengths together, as by whole passes over each alone; beyond
// the original length as well, where LongRoPE's frequencies become others.
TEST_P(Generation, AsByWholePasses) {
  const RunnableModel model(OpenModel(GoldenFolder(GetParam())), 2);
  const auto added = Generated(model, kTexts, 8);
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    Ids text = kTexts[i];
    ASSERT_EQ(added[i].size(), 8U);
    for (const std::uint64_t id : added[i]) {
      EXPECT_EQ(id, NextByWholePass(model, text)) << "text " << i << ", " << text.size();
      text.push_back(id);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Generation,
                         ::testing::Values("llama-plain", "llama-longrope", "phimoe-longrope",
                                           "mistral-window", "gemma2-plain", "gpt2-plain",
                                           "deepseek_v3-yarn", "gpt_oss-plain", "solar_open-groups",
                                           "qwen3_moe-mixed"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Generate, EndsAfterAnEndId) {
  const RunnableModel model(OpenModel(GoldenFolder("llama-plain")), 1);
  const auto free = Generated(model, kTexts, 6);
  const std::uint64_t end = free[0][2];
  const auto ended = Generated(model, kTexts, 6, {end});
  for (std::size_t i = 0; i < free.size(); ++i) {
    const auto at = std::ranges::find(free[i], end);
    const Ids expected(free[i].begin(), at == free[i].end() ? at : at + 1);
    EXPECT_EQ(ended[i], expected) << i;
  }
  EXPECT_LE(ended[0].size(), 3U);
}

TEST(Generate, EndsWithTheContext) {
  testing::StoredModel stored = testing::ReadStored("llama-plain");
  stored.config["max_position_embeddings"] = 8;
  const testing::OpenedModel model(stored);
  const auto added = Generated(*model, kTexts, 20, {}, false);
  // A token after the last that fits is still said.
  EXPECT_EQ(added[0].size(), 4U);
  EXPECT_EQ(added[1].size(), 8U);
  EXPECT_EQ(added[2].size(), 1U);
  EXPECT_EQ(Generated(*model, {{1, 2, 3}}, 20, {}, true)[0].size(), 20U);
}

TEST(Generate, NothingToDo) {
  const RunnableModel model(OpenModel(GoldenFolder("llama-plain")), 1);
  EXPECT_EQ(Generated(model, kTexts, 0), std::vector<Ids>(3));
  EXPECT_TRUE(Generated(model, {}, 5).empty());
  testing::CatchError(ErrorKind::kUsage, [&] { Generated(model, {{1}, {}}, 5); });
}

TEST(EndIds, OneSeveralOrNone) {
  const auto ends = [](const char* json) {
    return EndIds(ModelConfig("config.json", nlohmann::json::parse(json)));
  };
  EXPECT_EQ(ends(R"({"eos_token_id": 2})"), (std::set<std::uint64_t>{2}));
  EXPECT_EQ(ends(R"({"eos_token_id": [2, 7, 7, -1, "x"]})"), (std::set<std::uint64_t>{2, 7}));
  for (const char* none :
       {"{}", R"({"eos_token_id": null})", R"({"eos_token_id": "2"})", R"({"eos_token_id": -2})"}) {
    EXPECT_TRUE(ends(none).empty()) << none;
  }
}

}  // namespace token_scores_test
}  // namespace modelkin
