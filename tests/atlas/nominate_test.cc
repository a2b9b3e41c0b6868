#include "atlas/nominate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace nominate_test {

using ::testing::DoubleEq;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kLayers = 6;

template <std::size_t words>
void Randomise(std::mt19937_64& random, std::array<std::uint64_t, words>& bits) {
  for (std::uint64_t& word : bits) word = random();
}

// A stranger to those of other seeds.
Sketch SketchOf(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  SketchedComponent component{
      .place = {.role = Role::kAttentionOutput, .rows = 512, .columns = 512},
      .effective_values = 60'000};
  Randomise(random, component.bits);
  for (std::uint32_t i = 0; i < kLayers; ++i) {
    SketchedLayer layer{.layer = i};
    Randomise(random, layer.bits);
    Profile<kNormValues> norm;
    for (std::uint8_t& code : norm) code = static_cast<std::uint8_t>(64 + random() % 128);
    layer.attention_norm = norm;
    component.layers.push_back(layer);
    SketchedSpectrum spectrum{.layer = i};
    for (std::uint8_t& code : spectrum.values) {
      code = static_cast<std::uint8_t>(64 + random() % 128);
    }
    component.keys.push_back(spectrum);
  }
  return {.name = fmt::format("org/{}", seed),
          .location = fmt::format("hf://org/{}@1", seed),
          .content = fmt::format("{:064x}", seed),
          .components = {component}};
}

// Bits of a vector that has this cosine with one of these bits.
void Drift(std::mt19937_64& random, double cosine, std::span<std::uint64_t> bits) {
  std::bernoulli_distribution differs(std::acos(cosine) / M_PI);
  for (std::uint64_t& word : bits) {
    for (unsigned k = 0; k < 64; ++k) word ^= std::uint64_t{differs(random)} << k;
  }
}

class NominateTest : public ::testing::Test {
 protected:
  NominateTest() : atlas_(Atlas::Open(folder_.File("a.atlas"), AtlasAccess::kCreate)) {
    std::vector<Sketch> sketches;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) sketches.push_back(SketchOf(seed));
    atlas_.Add(sketches);
  }

  std::string NameOf(const Nomination& nomination) const {
    return atlas_.ReadEntry(nomination.id).name;
  }

  TemporaryDirectory folder_;
  Atlas atlas_;
};

TEST_F(NominateTest, NamesNoStrangerByBits) {
  const Nominations found = Nominate(atlas_, SketchOf(1000), {});
  EXPECT_THAT(found.by_bits, IsEmpty());
  EXPECT_EQ(found.records, 100U);
  EXPECT_EQ(found.comparable, 100U);
  EXPECT_EQ(found.comparisons, 100U);
  // A stranger's cosine varies by one over the effective values: more bits are asked for than
  // chance.
  const double variance = 1.0 / static_cast<double>(SketchOf(1000).components[0].effective_values);
  EXPECT_EQ(*found.least_agreements, AgreementLimit(kComponentBits, variance, 0.01, 100));
  EXPECT_GE(*found.least_agreements, AgreementLimit(kComponentBits, 0, 0.01, 100));
  EXPECT_NEAR(*found.found_cosine, 0.14, 0.03);
  EXPECT_THAT(found.by_profile, SizeIs(4));
}

TEST_F(NominateTest, NamesARelativeWithWhatItShares) {
  Sketch query = SketchOf(7);
  query.name = "org/child";
  std::mt19937_64 random(4242);
  Drift(random, 0.5, query.components[0].bits);
  for (std::size_t i = 2; i < kLayers; ++i) Randomise(random, query.components[0].layers[i].bits);
  const Nominations found = Nominate(atlas_, query, {});
  ASSERT_THAT(found.by_bits, SizeIs(1));
  EXPECT_EQ(NameOf(found.by_bits[0]), "org/7");
  const BitEvidence& bits = *found.by_bits[0].bits;
  EXPECT_NEAR(bits.cosine.cosine, 0.5, 0.1);
  EXPECT_EQ(bits.layers, kLayers);
  EXPECT_EQ(bits.layers_matched, 2U);
  EXPECT_THAT(bits.log_p,
              DoubleEq(LogAgreementTail(kComponentBits, bits.agreements, 1.0 / 60'000)));
  for (const Nomination& other : found.by_profile) EXPECT_NE(NameOf(other), "org/7");
}

// Of few effective values, the same agreements say less.
TEST_F(NominateTest, LooksAtHowManyValuesThereWere) {
  Sketch query = SketchOf(7);
  std::mt19937_64 random(4242);
  Drift(random, 0.2, query.components[0].bits);
  EXPECT_THAT(Nominate(atlas_, query, {}).by_bits, SizeIs(1));
  query.components[0].effective_values = 1;
  EXPECT_THAT(Nominate(atlas_, query, {}).by_bits, IsEmpty());
}

TEST_F(NominateTest, NamesADisguisedModelByItsProfile) {
  Sketch query = SketchOf(9);
  std::mt19937_64 random(4242);
  Randomise(random, query.components[0].bits);
  const Nominations found = Nominate(atlas_, query, {.most_by_profile = 2});
  EXPECT_THAT(found.by_bits, IsEmpty());
  ASSERT_THAT(found.by_profile, SizeIs(2));
  EXPECT_EQ(NameOf(found.by_profile[0]), "org/9");
  EXPECT_EQ(found.by_profile[0].profile_difference, 0);
}

TEST_F(NominateTest, ComparesNoBitsOfOtherPlacesOrOfNamesThatTellNothing) {
  Sketch wider = SketchOf(7), nameless = SketchOf(7);
  wider.components[0].place.columns = 1024;
  nameless.components[0].nameless = true;
  for (const Sketch& query : {wider, nameless}) {
    const Nominations found = Nominate(atlas_, query, {});
    EXPECT_THAT(found.by_bits, IsEmpty());
    EXPECT_EQ(found.comparable, 0U);
    ASSERT_FALSE(found.by_profile.empty());
    EXPECT_EQ(NameOf(found.by_profile[0]), "org/7");
  }
}

TEST_F(NominateTest, IsTheSameForAnyNumberOfThreads) {
  const Nominations one = Nominate(atlas_, SketchOf(7), {.threads = 1});
  const Nominations several = Nominate(atlas_, SketchOf(7), {.threads = 4});
  ASSERT_EQ(one.by_profile.size(), several.by_profile.size());
  for (std::size_t i = 0; i < one.by_profile.size(); ++i) {
    EXPECT_EQ(one.by_profile[i].id, several.by_profile[i].id);
  }
  EXPECT_EQ(one.by_bits.size(), several.by_bits.size());
}

TEST_F(NominateTest, AnEmptyAtlasNamesNobody) {
  const Atlas empty = Atlas::Open(folder_.File("empty.atlas"), AtlasAccess::kCreate);
  const Nominations found = Nominate(empty, SketchOf(7), {});
  EXPECT_THAT(found.by_bits, IsEmpty());
  EXPECT_THAT(found.by_profile, IsEmpty());
}

TEST(CountMatchedLayers, FindsLayersWhereverTheyStand) {
  const SketchedComponent a = SketchOf(1).components[0];
  SketchedComponent b = SketchOf(2).components[0];
  EXPECT_EQ(CountMatchedLayers(a, b), 0U);
  b.layers[0].bits = a.layers[4].bits;
  b.layers[5].bits = a.layers[1].bits;
  EXPECT_EQ(CountMatchedLayers(a, b), 2U);
  b.layers.clear();
  EXPECT_EQ(CountMatchedLayers(a, b), 0U);
}

TEST(ProfileDifference, IsTheMeanToTheNearest) {
  SketchedComponent a = SketchOf(1).components[0], b = a;
  EXPECT_EQ(ProfileDifference(a, b), 0);
  std::ranges::reverse(b.layers);  // layers in another order
  EXPECT_EQ(ProfileDifference(a, b), 0);
  a.keys.clear();
  for (SketchedLayer& layer : b.layers) {
    for (std::uint8_t& code : *layer.attention_norm) ++code;
  }
  EXPECT_EQ(ProfileDifference(a, b), 1);
  b.layers.clear();
  EXPECT_FALSE(ProfileDifference(a, b));
}

// A norm whose name tells nothing may be any.
TEST(ProfileDifference, OfNamesThatTellNothingTakesTheNearerNorm) {
  SketchedComponent a = SketchOf(1).components[0], b = a;
  a.keys.clear();
  for (SketchedLayer& layer : b.layers) std::swap(layer.attention_norm, layer.mlp_norm);
  EXPECT_FALSE(ProfileDifference(a, b));
  a.nameless = true;
  EXPECT_EQ(ProfileDifference(a, b), 0);
}

}  // namespace nominate_test
}  // namespace modelkin::testing
