// MLPs matched as they are stored: which weights are read, and what makes that impossible.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "lineage/mlp_matching.h"
#include "lineage/one_mlp.h"

namespace modelkin::testing {
namespace mlp_matching_models_test {

MlpMatch MatchOf(const ToyModel& a, const ToyModel& b, unsigned threads = 2,
                 std::uint64_t seed = 1) {
  const StoredToy stored_a(a), stored_b(b);
  const ModelParts parts_a = PartsOf(*stored_a.traced().checkpoint, nullptr);
  const ModelParts parts_b = PartsOf(*stored_b.traced().checkpoint, nullptr);
  EXPECT_EQ(parts_a.mlps.size(), 1U);
  EXPECT_EQ(parts_b.mlps.size(), 1U);
  return MatchMlps(parts_a, 0, parts_b, 0, seed, threads);
}

class GatedOrNot : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Mlps, GatedOrNot, ::testing::Bool(),
                         [](const auto& made) { return made.param ? "Gated" : "NotGated"; });

TEST_P(GatedOrNot, PermutedCopyAgreesInAllUnits) {
  const ToyModel a = OneMlp(1, 80, GetParam());
  const MlpMatch match = MatchOf(a, ChooseUnits(a, RandomOrder(80, 5)));
  EXPECT_EQ(match.gated, GetParam());
  EXPECT_EQ(match.agreed, 80U);
  EXPECT_EQ(match.agreement(), 1);
  EXPECT_EQ(match.rho, 1);
  EXPECT_LT(match.log_p_linked(), kLinkedLogP);
  ASSERT_TRUE(match.cosine());
  EXPECT_NEAR(*match.cosine(), 1, 1e-5);
}

TEST_P(GatedOrNot, StrangersAgreeInAboutOneUnit) {
  std::uint64_t agreed = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const MlpMatch match =
        MatchOf(OneMlp(seed, 40, GetParam()), OneMlp(1000 + seed, 40, GetParam()));
    EXPECT_GT(match.log_p_linked(), kLinkedLogP) << seed;
    EXPECT_FALSE(match.first_relations) << seed;
    agreed += match.agreed;
  }
  EXPECT_NEAR(static_cast<double>(agreed), 30, 4 * std::sqrt(30));  // Poisson(1) each
}

// A slimmed copy: its units are found among the more units of the other, whichever side is B.
TEST_P(GatedOrNot, UnitsOfANarrowerCopyAreFound) {
  const ToyModel a = OneMlp(1, 90, GetParam());
  std::vector<std::size_t> kept = RandomOrder(90, 5);
  kept.resize(50);
  const ToyModel b = ChooseUnits(a, kept);
  for (const MlpMatch& match : {MatchOf(a, b), MatchOf(b, a)}) {
    EXPECT_FALSE(match.same_width);
    EXPECT_EQ(match.matched, 50U);
    EXPECT_EQ(match.agreed, 50U);
    EXPECT_NEAR(match.expected, 50.0 / 90, 1e-12);
    EXPECT_FALSE(match.trace);
    EXPECT_FALSE(match.order_rho);
    EXPECT_LT(match.log_p_linked(), kLinkedLogP);
  }
}

// Of one gated and one that is not, by what both have.
TEST(MlpMatchingModels, GatedAgainstNotGatedGoesByUpAndDown) {
  const ToyModel a = OneMlp(1, 60);
  ToyModel b = ChooseUnits(a, RandomOrder(60, 5));
  b.tensors.erase(kOneMlpPrefix + "gate_proj.weight");
  for (const MlpMatch& match : {MatchOf(a, b), MatchOf(b, a)}) {
    EXPECT_FALSE(match.gated);
    EXPECT_EQ(match.agreed, 60U);
  }
}

TEST(MlpMatchingModels, WithoutTwoWeightsInCommonIsSkipped) {
  ToyModel a = OneMlp(1, 60), b = OneMlp(2, 60);
  a.tensors.erase(kOneMlpPrefix + "down_proj.weight");
  b.tensors.erase(kOneMlpPrefix + "gate_proj.weight");
  EXPECT_EQ(MatchOf(a, b).skipped, "no two weights in common");
}

TEST(MlpMatchingModels, NanAndInfinityOfAWeightThatIsReadAreSkipped) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const char* role : {"gate_proj.weight", "up_proj.weight"}) {
      ToyModel b = OneMlp(1, 60);
      b.At(kOneMlpPrefix + role).values[7] = bad;
      EXPECT_EQ(MatchOf(OneMlp(1, 60), b).skipped, "weights that are not finite") << role;
      EXPECT_EQ(MatchOf(b, OneMlp(1, 60)).skipped, "weights that are not finite") << role;
    }
  }
}

TEST(MlpMatchingModels, OneUnitIsSkipped) {
  EXPECT_EQ(MatchOf(OneMlp(1, 1), OneMlp(1, 1)).skipped,
            "fewer than two hidden units with weights");
  EXPECT_EQ(MatchOf(OneMlp(1, 40), OneMlp(2, 1)).skipped,
            "fewer than two hidden units with weights");
}

// Dead in one of the two weights that matchings go by.
TEST(MlpMatchingModels, UnitsDeadInEitherWeightDoNotTakePart) {
  const ToyModel a = OneMlp(1, 50);
  ToyModel b = a;
  std::fill_n(b.At(kOneMlpPrefix + "gate_proj.weight").values.begin(), 5 * kOneMlpWidth, 0.0F);
  std::fill_n(b.At(kOneMlpPrefix + "up_proj.weight").values.begin() + 3 * kOneMlpWidth,
              5 * kOneMlpWidth, 0.0F);
  const MlpMatch match = MatchOf(a, b);
  EXPECT_EQ(match.units_a, 50U);
  EXPECT_EQ(match.units_b, 42U);
  EXPECT_EQ(match.agreed, 42U);
  EXPECT_EQ(match.in_place, 42U);
}

// Every unit twice in both models: which of two like units is matched is chance in each matching.
TEST(MlpMatchingModels, DuplicatedUnitsOfStrangersAreNoEvidence) {
  std::vector<std::size_t> twice(60);
  for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = i / 2;
  std::uint64_t agreed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const MlpMatch match = MatchOf(ChooseUnits(OneMlp(seed, 30), twice),
                                   ChooseUnits(OneMlp(1000 + seed, 30), twice), 2, seed);
    EXPECT_GT(match.log_p_linked(), std::log(1e-3)) << seed;
    agreed += match.agreed;
  }
  // Pairs of units go together, so that agreements come in twos: a variance of up to two each.
  EXPECT_NEAR(static_cast<double>(agreed), 20, 4 * std::sqrt(40));
}

TEST(MlpMatchingModels, DuplicatedUnitsOfACopyAgreeInHalf) {
  std::vector<std::size_t> twice(100);
  for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = i / 2;
  const ToyModel a = ChooseUnits(OneMlp(1, 50), twice);
  const MlpMatch match = MatchOf(a, ChooseUnits(a, RandomOrder(100, 5)));
  // A fair coin for each of the 50 pairs decides about two units.
  EXPECT_NEAR(static_cast<double>(match.agreed), 50, 4 * 2 * std::sqrt(50 * 0.25));
  EXPECT_LT(match.log_p_linked(), kLinkedLogP);
}

TEST(MlpMatchingModels, SameForAnyNumberOfThreads) {
  const ToyModel a = OneMlp(1, 70);
  ToyModel b = ChooseUnits(a, RandomOrder(70, 5));
  AddNoise(b, 1, 6);
  const MlpMatch one = MatchOf(a, b, 1);
  for (const unsigned threads : {2U, 7U}) {
    const MlpMatch other = MatchOf(a, b, threads);
    EXPECT_EQ(one.agreed, other.agreed);
    EXPECT_EQ(one.in_place, other.in_place);
    EXPECT_EQ(one.rho, other.rho);
    EXPECT_EQ(one.tail.log_p, other.tail.log_p);
    EXPECT_EQ(one.order_rho, other.order_rho);
    ASSERT_TRUE(one.trace && other.trace);
    EXPECT_EQ(one.trace->z(), other.trace->z());
    EXPECT_EQ(one.trace_tail.log_p, other.trace_tail.log_p);
    EXPECT_EQ(one.cosine(), other.cosine());
    EXPECT_EQ(one.learned(), other.learned());
  }
}

}  // namespace mlp_matching_models_test
}  // namespace modelkin::testing
