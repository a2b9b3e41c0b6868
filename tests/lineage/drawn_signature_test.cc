#include "lineage/drawn_signature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "lineage/one_mlp.h"

namespace modelkin::testing {
namespace drawn_signature_test {

const std::string kUp = kOneMlpPrefix + "up_proj.weight",
                  kDown = kOneMlpPrefix + "down_proj.weight";

ModelParts PartsOfToy(const ToyModel& model) {
  const StoredToy stored(model);
  return PartsOf(*stored.traced().checkpoint, stored.traced().spec);
}

MlpSignatures Signatures(const ToyModel& model, std::uint64_t count, unsigned threads = 2) {
  const ModelParts parts = PartsOfToy(model);
  Progress progress;
  return DrawnSignaturesOf(parts, DrawnCoordinates(1, *parts.residual, count), threads, progress);
}

std::vector<double> Standard(std::vector<double> sums) {
  double mean = 0, squares = 0;
  for (const double sum : sums) mean += sum / static_cast<double>(sums.size());
  for (double& sum : sums) squares += (sum - mean) * (sum - mean);
  for (double& sum : sums) sum = (sum - mean) / std::sqrt(squares);
  return sums;
}

// Of a matrix of coordinates by units: sums over units, and those times their sum over their
// squares at these coordinates.
struct Expected {
  std::vector<double> as_stored, sign_free;
};

Expected ExpectedOf(const ToyTensor& down, const std::vector<std::uint32_t>& coordinates) {
  const std::size_t units = down.shape[1];
  Expected expected{.as_stored = std::vector<double>(coordinates.size(), 0),
                    .sign_free = std::vector<double>(coordinates.size(), 0)};
  for (std::size_t unit = 0; unit < units; ++unit) {
    double sum = 0, squares = 0;
    for (const std::uint32_t c : coordinates) {
      const double value = down.values[c * units + unit];
      sum += value;
      squares += value * value;
    }
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      const double value = down.values[coordinates[i] * units + unit];
      expected.as_stored[i] += value;
      expected.sign_free[i] += value * sum / squares;
    }
  }
  return {.as_stored = Standard(expected.as_stored), .sign_free = Standard(expected.sign_free)};
}

void ExpectDownPart(const MlpSignature& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), 3 * expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double value = i < 2 * expected.size() ? 0 : expected[i - 2 * expected.size()];
    EXPECT_NEAR(found[i], value, 1e-6) << i;
  }
}

TEST(DrawnSignature, IsSumsOfDownWeightsAtDrawnCoordinates) {
  for (const std::size_t units : {1U, 7U, 90U, 131U}) {
    const ToyModel model = OneMlp(1, units);
    for (const std::uint64_t count : {2U, 11U, 32U, 1000U}) {
      const auto coordinates = DrawnCoordinates(1, kOneMlpWidth, count);
      EXPECT_EQ(coordinates.size(), std::min<std::uint64_t>(count, kOneMlpWidth));
      const MlpSignatures signatures = Signatures(model, count);
      const Expected expected = ExpectedOf(model.tensors.at(kDown), coordinates);
      ExpectDownPart(signatures.as_stored.at(0), expected.as_stored);
      ExpectDownPart(signatures.sign_free.at(0), expected.sign_free);
    }
  }
}

// Up rows times -4 or 4, and down columns divided by it, in another order.
TEST(DrawnSignature, OrderSignsAndScalesOfUnitsDoNotChangeIt) {
  const ToyModel model = OneMlp(1, 70);
  const MlpSignatures before = Signatures(model, 16);
  const MlpSignatures permuted = Signatures(ChooseUnits(model, RandomOrder(70, 5)), 16);
  ToyModel changed = model;
  for (std::size_t i = 0; i < changed.At(kDown).values.size(); ++i) {
    changed.At(kDown).values[i] *= i % 70 % 3 == 0 ? -0.25F : i % 70 % 3 == 1 ? 0.25F : 1.0F;
  }
  const MlpSignatures scaled = Signatures(changed, 16);
  double cosine = 0;
  for (std::size_t i = 0; i < before.as_stored[0].size(); ++i) {
    EXPECT_NEAR(permuted.as_stored[0][i], before.as_stored[0][i], 1e-6);
    EXPECT_NEAR(permuted.sign_free[0][i], before.sign_free[0][i], 1e-6);
    EXPECT_NEAR(scaled.sign_free[0][i], before.sign_free[0][i], 1e-6);
    cosine += scaled.as_stored[0][i] * before.as_stored[0][i];
  }
  EXPECT_LT(cosine, 0.9);
}

TEST(DrawnSignature, OfMlpsWithoutGatesHasNoSigns) {
  const MlpSignatures signatures = Signatures(OneMlp(1, 50, false), 16);
  EXPECT_TRUE(HasDownPart(signatures.as_stored[0]));
  EXPECT_FALSE(HasDownPart(signatures.sign_free[0]));
}

TEST(DrawnSignature, IsZeroWhereNothingCanBeRead) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    ToyModel model = OneMlp(1, 50);
    std::fill_n(model.At(kDown).values.begin() + 50 * DrawnCoordinates(1, 32, 8)[3], 50, bad);
    EXPECT_FALSE(HasDownPart(Signatures(model, 8).as_stored[0]));
    EXPECT_FALSE(HasDownPart(Signatures(model, 8).sign_free[0]));
  }
  ToyModel constant = OneMlp(1, 50), without = constant;
  std::ranges::fill(constant.At(kDown).values, 0.5F);
  EXPECT_FALSE(HasDownPart(Signatures(constant, 8).as_stored[0]));
  without.tensors.erase(kDown);
  EXPECT_FALSE(HasDownPart(Signatures(without, 8).as_stored[0]));
  EXPECT_FALSE(HasDownPart(Signatures(OneMlp(1, 50), 1).as_stored[0]));
  EXPECT_FALSE(HasDownPart({}));
}

// GPT-2's way: a unit's weights lie side by side.
TEST(DrawnSignature, ReadsTransposedWeights) {
  ToyModel model = OneMlp(1, 90), turned = model;
  ToyTensor& down = turned.At(kDown);
  down.shape = {90, kOneMlpWidth};
  for (std::size_t unit = 0; unit < 90; ++unit) {
    for (std::size_t i = 0; i < kOneMlpWidth; ++i) {
      down.values[unit * kOneMlpWidth + i] = model.tensors.at(kDown).values[i * 90 + unit];
    }
  }
  EXPECT_EQ(Signatures(turned, 16).as_stored, Signatures(model, 16).as_stored);
  EXPECT_EQ(Signatures(turned, 16).sign_free, Signatures(model, 16).sign_free);
}

TEST(DrawnSignature, SameForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  const MlpSignatures one = Signatures(a, 20, 1), of_b = Signatures(b, 20, 1);
  const auto sources = MostSimilarByDown(one, of_b, 1);
  for (const unsigned threads : {2U, 7U}) {
    const MlpSignatures other = Signatures(a, 20, threads);
    EXPECT_EQ(other.as_stored, one.as_stored);
    EXPECT_EQ(other.sign_free, one.sign_free);
    const auto again = MostSimilarByDown(one, of_b, threads);
    ASSERT_EQ(again.size(), sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      EXPECT_EQ(again[i].a, sources[i].a);
      EXPECT_EQ(again[i].similarity, sources[i].similarity);
    }
  }
}

TEST(MostSimilarByDown, FindsExpertsInOtherLayersAndOrders) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  ShuffleExpertsBetweenLayers(b, 5);
  PermuteHiddenUnits(b, 6);
  const ToyModel exact = b;
  AddNoise(b, 0.2, 7);
  const ModelParts parts_a = PartsOfToy(a), parts_b = PartsOfToy(b);
  const auto all = Signatures(a, kToyWidth);
  const auto sources = MostSimilarByDown(all, Signatures(b, kToyWidth), 2);
  const auto expected = MostSimilarByDown(all, Signatures(exact, kToyWidth), 2);
  ASSERT_EQ(sources.size(), parts_b.mlps.size());
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(sources[i].a, expected[i].a);
    EXPECT_GT(sources[i].similarity, 0.9);
    EXPECT_NEAR(expected[i].similarity, 1, 1e-5);
    found.push_back(sources[i].a);
  }
  std::ranges::sort(found);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i);
}

TEST(MostSimilarByDown, SeesThroughSigns) {
  std::vector<ToyModel> models;
  MlpSignatures all, flipped;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    ToyModel model = OneMlp(seed, 120);
    const MlpSignatures own = Signatures(model, 32);
    for (std::size_t i = 0; i < model.At(kDown).values.size(); ++i) {
      if (i % 120 % 2 == 0) model.At(kDown).values[i] *= -1;
    }
    const MlpSignatures changed = Signatures(model, 32);
    for (auto& [from, to] : {std::pair(&own, &all), std::pair(&changed, &flipped)}) {
      to->as_stored.push_back(from->as_stored[0]);
      to->sign_free.push_back(from->sign_free[0]);
    }
  }
  const auto sources = MostSimilarByDown(all, flipped, 2);
  for (std::size_t i = 0; i < sources.size(); ++i) EXPECT_EQ(sources[i].a, i);
}

TEST(MostSimilarByDown, OfNoneIsNothing) {
  const MlpSignatures one = Signatures(OneMlp(1, 50), 8), longer = Signatures(OneMlp(1, 50), 9);
  EXPECT_TRUE(MostSimilarByDown({}, one, 1).empty());
  EXPECT_TRUE(MostSimilarByDown(one, {}, 1).empty());
  EXPECT_TRUE(MostSimilarByDown(one, longer, 1).empty());
}

}  // namespace drawn_signature_test
}  // namespace modelkin::testing
