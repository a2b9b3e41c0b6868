// Routers against their definitions in double.
#include "inference/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "inference/stored_model.h"

namespace modelkin {
namespace router_test {

using ::testing::ElementsAre;
using testing::Normal;
using testing::NormalRows;

constexpr double kBound = 1e-6;  // some roundings of exp, a sum and a division in float
constexpr double kNone = -std::numeric_limits<double>::infinity();

using Choice = std::map<std::uint32_t, double>;  // weight by expert

std::vector<double> Scores(const Activations& logits, std::size_t row) {
  return {logits.Row(row), logits.Row(row) + logits.columns};
}

std::vector<double> Softmax(const std::vector<double>& x) {
  std::vector<double> shares;
  for (const double value : x) shares.push_back(std::exp(value));
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

std::vector<std::uint32_t> Best(const std::vector<double>& scores, std::size_t count) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order,
                           [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
  order.resize(count);
  return order;
}

void ExpectChoice(const RouterChoice& choice, std::size_t row, const Choice& expected) {
  ASSERT_EQ(choice.chosen, expected.size());
  double before = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < choice.chosen; ++i) {
    const std::uint32_t expert = choice.experts[row * choice.chosen + i];
    const double weight = choice.weights[row * choice.chosen + i];
    ASSERT_TRUE(expected.contains(expert)) << "row " << row << ", expert " << expert;
    EXPECT_NEAR(weight, expected.at(expert), kBound * std::abs(expected.at(expert)));
    EXPECT_LE(weight, before) << "not in order of weight";
    before = weight;
  }
}

Choice SoftmaxByDefinition(const std::vector<double>& scores, std::size_t chosen, bool normalise) {
  const std::vector<double> shares = Softmax(scores);
  Choice choice;
  double sum = 0;
  for (const std::uint32_t expert : Best(scores, chosen)) sum += choice[expert] = shares[expert];
  for (auto& [expert, weight] : choice) weight /= normalise ? sum : 1;
  return choice;
}

TEST(SoftmaxRouter, ByDefinition) {
  for (const auto& [experts, chosen] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {8, 2}, {8, 8}, {5, 1}, {128, 8}}) {
    const Activations logits = NormalRows(9, experts, experts);
    for (const bool normalise : {false, true}) {
      const RouterChoice choice = SoftmaxRouter(logits, chosen, normalise);
      ASSERT_EQ(choice.tokens(), 9U);
      EXPECT_EQ(choice.experts_in_all, experts);
      for (std::size_t row = 0; row < 9; ++row) {
        ExpectChoice(choice, row, SoftmaxByDefinition(Scores(logits, row), chosen, normalise));
      }
    }
  }
}

TEST(ChosenSoftmaxRouter, ByDefinition) {
  for (const std::size_t chosen : {1, 4, 8}) {
    const Activations logits = NormalRows(9, 8, chosen);
    const RouterChoice choice = ChosenSoftmaxRouter(logits, chosen);
    for (std::size_t row = 0; row < 9; ++row) {
      ExpectChoice(choice, row, SoftmaxByDefinition(Scores(logits, row), chosen, true));
    }
  }
}

Choice SigmoidByDefinition(const std::vector<double>& logits, const std::vector<float>& bias,
                           const SigmoidRouting& routing) {
  std::vector<double> sigmoids;
  std::vector<double> scores;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    sigmoids.push_back(1 / (1 + std::exp(-logits[i])));
    scores.push_back(sigmoids.back() + bias[i]);
  }
  const std::size_t size = logits.size() / routing.groups;
  std::vector<double> groups;
  for (std::size_t g = 0; g < routing.groups; ++g) {
    std::vector<double> members(scores.begin() + static_cast<std::ptrdiff_t>(g * size),
                                scores.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
    std::ranges::sort(members, std::greater<>());
    groups.push_back(members[0] + (size > 1 ? members[1] : 0));
  }
  const auto open = Best(groups, routing.groups_chosen);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::ranges::find(open, i / size) == open.end()) scores[i] = kNone;
  }
  Choice choice;
  double sum = 0;
  for (const std::uint32_t expert : Best(scores, routing.chosen)) {
    sum += choice[expert] = sigmoids[expert];
  }
  for (auto& [expert, weight] : choice) weight *= routing.scale / (routing.normalise ? sum : 1);
  return choice;
}

TEST(SigmoidRouter, ByDefinition) {
  for (const SigmoidRouting& routing :
       {SigmoidRouting{.chosen = 3}, SigmoidRouting{.chosen = 12, .normalise = false},
        SigmoidRouting{.chosen = 4, .groups = 4, .groups_chosen = 2, .scale = 2.5F},
        SigmoidRouting{.chosen = 3, .groups = 4, .groups_chosen = 1, .normalise = false},
        SigmoidRouting{.chosen = 2, .groups = 12, .groups_chosen = 5},
        SigmoidRouting{.chosen = 5, .groups = 3, .groups_chosen = 3}}) {
    const Activations logits = NormalRows(20, 12, routing.groups);
    for (const float deviation : {0.0F, 0.1F, 3.0F}) {
      const std::vector<float> bias = Normal(12, 7, deviation);
      const RouterChoice choice = SigmoidRouter(logits, bias, routing);
      for (std::size_t row = 0; row < logits.rows; ++row) {
        ExpectChoice(choice, row, SigmoidByDefinition(Scores(logits, row), bias, routing));
      }
    }
  }
}

// The bias chooses, and has no part in the weight.
TEST(SigmoidRouter, BiasChoosesOnly) {
  Activations logits(1, 3);
  logits.values = {0, 5, 5};
  const RouterChoice choice = SigmoidRouter(logits, {10, 0, 0}, {.chosen = 1, .normalise = false});
  EXPECT_THAT(choice.experts, ElementsAre(0U));
  EXPECT_THAT(choice.weights, ElementsAre(0.5F));
}

// GRIN, arXiv 2409.12136; the threshold of microsoft/Phi-3.5-MoE-instruct: an expert shares in the
// softmax unless (max - score) / max(|score|, max) > 2 epsilon.
Choice SparseMixerByDefinition(const std::vector<double>& scores, double epsilon) {
  Choice choice;
  std::vector<double> rest = scores;
  for (int pick = 0; pick < 2; ++pick) {
    const std::uint32_t best = Best(rest, 1).front();
    double sum = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double distance = (rest[best] - scores[i]) / std::max(std::abs(scores[i]), rest[best]);
      if (rest[i] != kNone && !(distance > 2 * epsilon)) sum += std::exp(rest[i] - rest[best]);
    }
    choice[best] = 1 / sum;
    rest[best] = kNone;
  }
  return choice;
}

TEST(SparseMixerRouter, ByDefinition) {
  for (const double epsilon : {0.01, 0.1, 0.5}) {
    Activations logits = NormalRows(60, 6, 11);
    // Rows whose largest score is negative.
    for (std::size_t i = logits.values.size() / 2; i < logits.values.size(); ++i) {
      logits.values[i] = -std::abs(logits.values[i]) - 0.1F;
    }
    const RouterChoice choice = SparseMixerRouter(logits, epsilon);
    for (std::size_t row = 0; row < logits.rows; ++row) {
      ExpectChoice(choice, row, SparseMixerByDefinition(Scores(logits, row), epsilon));
    }
  }
}

TEST(SparseMixerRouter, TwoExperts) {
  Activations logits(2, 2);
  logits.values = {1, 3, 0, 0};
  const RouterChoice choice = SparseMixerRouter(logits, 0.01);
  ExpectChoice(choice, 0, {{1, 1}, {0, 1}});
  // Equals share the first softmax; in the second the first is out.
  EXPECT_THAT(choice.experts, ElementsAre(1U, 0U, 1U, 0U));
  EXPECT_FLOAT_EQ(choice.weights[2], 1);
  EXPECT_FLOAT_EQ(choice.weights[3], 0.5);
}

TEST(Routers, EqualsGoToTheFirstAndAreTies) {
  Activations logits(1, 4);
  logits.values = {1, 2, 2, 2};
  const RouterChoice choice = SoftmaxRouter(logits, 2, true);
  EXPECT_THAT(choice.experts, ElementsAre(1U, 2U));
  EXPECT_EQ(choice.near_ties, 1U);
  EXPECT_EQ(SoftmaxRouter(logits, 4, true).near_ties, 0U);
  EXPECT_EQ(ChosenSoftmaxRouter(logits, 1).near_ties, 1U);
  EXPECT_EQ(SparseMixerRouter(logits, 0.01).near_ties, 1U);
}

TEST(Routers, NearTies) {
  Activations logits(3, 2);
  logits.values = {1, 1.000001F, 1, 1.0001F, -1, -1.000001F};
  EXPECT_EQ(ChosenSoftmaxRouter(logits, 1).near_ties, 2U);
}

TEST(Routers, NoTokens) {
  const Activations none(0, 4);
  EXPECT_EQ(SoftmaxRouter(none, 2, true).tokens(), 0U);
  EXPECT_EQ(ChosenSoftmaxRouter(none, 2).tokens(), 0U);
  EXPECT_EQ(SigmoidRouter(none, {0, 0, 0, 0}, {}).tokens(), 0U);
  EXPECT_EQ(SparseMixerRouter(none, 0.01).tokens(), 0U);
}

TEST(Routers, LargeScores) {
  Activations logits(1, 3);
  logits.values = {3e38F, -3e38F, 0};
  EXPECT_THAT(SoftmaxRouter(logits, 2, true).weights, ElementsAre(1, 0));
  EXPECT_THAT(ChosenSoftmaxRouter(logits, 2).weights, ElementsAre(1, 0));
  EXPECT_THAT(SigmoidRouter(logits, {0, 0, 0}, {.chosen = 2}).weights[0],
              ::testing::FloatEq(2 / 3.0F));
}

// A choice among scores that are no numbers is none; what comes after must not look like a result.
TEST(Routers, NanAndInfinityGiveNan) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (std::size_t at = 0; at < 4; ++at) {
      Activations logits(2, 4);
      logits.values = {4, 3, 2, 1, 4, 3, 2, 1};
      logits.values[at] = bad;
      std::vector<float> bias(4, 0);
      std::vector<RouterChoice> choices = {
          SoftmaxRouter(logits, 1, true), ChosenSoftmaxRouter(logits, 1),
          SparseMixerRouter(logits, 0.01), SigmoidRouter(logits, bias, {.chosen = 1})};
      bias[at] = bad;
      logits.values[at] = 0;
      choices.push_back(SigmoidRouter(logits, bias, {.chosen = 1}));
      for (const RouterChoice& choice : choices) {
        EXPECT_TRUE(std::isnan(choice.weights[0])) << at << " " << bad;
        EXPECT_LT(choice.experts[0], 4U);
      }
      for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isfinite(choices[i].weights.back()));
    }
  }
}

}  // namespace router_test
}  // namespace modelkin
