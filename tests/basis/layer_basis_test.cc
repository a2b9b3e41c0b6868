#include "basis/layer_basis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "basis/hidden_basis.h"
#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace layer_basis_test {

constexpr std::size_t kWidth = 48, kUnits = 70, kLayers = 4, kRows = 200;

// Coordinates of the result: each is one of the source's, with a sign, or -1 for noise.
struct Coordinates {
  std::vector<int> from;
  std::vector<float> sign;
};

Coordinates InOrder(std::size_t width) {
  Coordinates coordinates{std::vector<int>(width), std::vector<float>(width, 1)};
  std::iota(coordinates.from.begin(), coordinates.from.end(), 0);
  return coordinates;
}

// Random weights of a decoder, over coordinates in another order, and units as well.
struct Making {
  std::uint64_t seed = 1;
  Coordinates coordinates = InOrder(kWidth);
  bool units_reversed = false;
  double noise = 0;
};

ModelParts Made(const Making& how) {
  std::mt19937_64 random(how.seed), other(how.seed + 100);
  std::normal_distribution<float> normal;
  const std::size_t width = how.coordinates.from.size();
  std::vector<TestTensor> tensors;
  const auto add = [&](const std::string& name, std::size_t units, bool to_residual) {
    std::vector<float> rows(units * kWidth), values(units * width);
    for (float& value : rows) value = normal(random);
    for (std::size_t unit = 0; unit < units; ++unit) {
      for (std::size_t j = 0; j < width; ++j) {
        const std::size_t from_unit = how.units_reversed ? units - 1 - unit : unit;
        const int from = how.coordinates.from[j];
        const float own =
            from < 0 ? normal(other)
                     : how.coordinates.sign[j] * rows[from_unit * kWidth + std::size_t(from)];
        values[to_residual ? j * units + unit : unit * width + j] =
            own + static_cast<float>(how.noise) * normal(other);
      }
    }
    tensors.push_back(to_residual ? TensorOf(name, "F32", {width, units}, values)
                                  : TensorOf(name, "F32", {units, width}, values));
  };
  add("model.embed_tokens.weight", kRows, false);
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".mlp.";
    for (const char* role : {"gate_proj.weight", "up_proj.weight"}) {
      add(prefix + role, kUnits, false);
    }
    add(prefix + "down_proj.weight", kUnits, true);
  }
  return PartsInMemory(tensors);
}

Coordinates Shuffled(std::uint64_t seed) {
  Coordinates coordinates = InOrder(kWidth);
  std::shuffle(coordinates.from.begin(), coordinates.from.end(), std::mt19937_64(seed));
  for (std::size_t i = 0; i < kWidth; i += 3) coordinates.sign[i] = -1;
  return coordinates;
}

void ExpectFound(const LayerBasis& basis, const Coordinates& coordinates) {
  for (std::size_t j = 0; j < coordinates.from.size(); ++j) {
    if (coordinates.from[j] < 0) {
      EXPECT_EQ(basis.map.source[j], kNothing) << j;
      continue;
    }
    EXPECT_EQ(basis.map.source[j], std::uint32_t(coordinates.from[j])) << j;
    EXPECT_EQ(basis.map.sign[j], coordinates.sign[j]) << j;
  }
}

TEST(FitToLayers, FindsOrderAndSignsWhateverTheOrderOfUnits) {
  for (const std::uint64_t seed : {1U, 2U}) {
    const ModelParts a = Made({.seed = seed});
    const Coordinates coordinates = Shuffled(seed);
    const auto basis = FitToLayers(
        a, Made({.seed = seed, .coordinates = coordinates, .units_reversed = true, .noise = 0.1}),
        2);
    ASSERT_TRUE(basis.has_value());
    ExpectFound(*basis, coordinates);
    EXPECT_GT(basis->cosine, 0.9);
    EXPECT_LT(std::abs(basis->shuffled_cosine), 0.2);
    EXPECT_EQ(basis->fitted + basis->held_out, 3 * kLayers + 1);
  }
}

TEST(FitToLayers, WidthsMayDiffer) {
  Coordinates narrower = InOrder(kWidth), wider = narrower;
  narrower.from.erase(narrower.from.begin() + 10, narrower.from.begin() + 16);
  narrower.sign.resize(kWidth - 6);
  wider.from.insert(wider.from.begin() + 20, 8, -1);
  wider.sign.resize(kWidth + 8, 1);
  const ModelParts a = Made({});
  for (const Coordinates& coordinates : {narrower, wider}) {
    const ModelParts b = Made({.coordinates = coordinates});
    const auto basis = FitToLayers(a, b, 1);
    ASSERT_TRUE(basis.has_value());
    ExpectFound(*basis, coordinates);
    EXPECT_TRUE(basis->map.is_in_order());
    EXPECT_FALSE(basis->map.is_identity());
    const auto back = FitToLayers(b, a, 1);
    EXPECT_EQ(basis->map.dropped(), back->map.added());
    EXPECT_EQ(basis->map.added(), back->map.dropped());
    EXPECT_EQ(basis->map.added(), std::max(coordinates.from.size(), kWidth) - kWidth);
  }
}

TEST(FitToLayers, StrangersHaveNothingInCommonInWhatIsHeldOut) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto basis = FitToLayers(Made({.seed = seed}), Made({.seed = seed + 50}), 1);
    EXPECT_LT(std::abs(basis->cosine), 0.2);
  }
}

TEST(FitToLayers, SameForAnyNumberOfThreads) {
  const ModelParts a = Made({}), b = Made({.coordinates = Shuffled(3), .noise = 0.3});
  const auto one = FitToLayers(a, b, 1), seven = FitToLayers(a, b, 7);
  EXPECT_EQ(one->map.source, seven->map.source);
  EXPECT_EQ(one->cosine, seven->cosine);
}

TEST(FitToLayers, OfLittleIsNothing) {
  EXPECT_FALSE(FitToLayers(PartsInMemory({TensorOf("model.embed_tokens.weight", "F32", {2, 2},
                                                   std::vector<float>{1, 2, 3, 4})}),
                           Made({}), 1));
}

// Tokens in another order, which tell nothing, and none in common.
TEST(FindHiddenBasis, GoesByLayersWhereTokensTellNothing) {
  const ModelParts a = Made({});
  const Coordinates coordinates = Shuffled(7);
  const ModelParts b = Made({.coordinates = coordinates, .units_reversed = true});
  Progress progress;
  TokenPairs rows;
  for (std::uint64_t i = 0; i < kRows; ++i) rows.pairs.push_back({i, i});
  for (const TokenPairs& tokens : {rows, TokenPairs{}}) {
    const HiddenBasis basis = FindHiddenBasis(a, b, tokens, 1, 2, progress);
    ASSERT_TRUE(basis.map != nullptr);
    EXPECT_EQ(basis.by, BasisSource::kLayers);
    EXPECT_EQ(basis.map->sign, coordinates.sign);
  }
  const ModelParts same = Made({.coordinates = coordinates});
  EXPECT_EQ(FindHiddenBasis(a, same, rows, 1, 2, progress).by, BasisSource::kTokens);
}

TEST(FindHiddenBasis, WidthsMayDiffer) {
  Coordinates narrower = Shuffled(4);
  narrower.from.resize(kWidth - 8);
  narrower.sign.resize(kWidth - 8);
  const ModelParts a = Made({}), b = Made({.coordinates = narrower});
  Progress progress;
  TokenPairs rows;
  for (std::uint64_t i = 0; i < kRows; ++i) rows.pairs.push_back({i, i});
  const HiddenBasis basis = FindHiddenBasis(a, b, rows, 1, 2, progress);
  ASSERT_TRUE(basis.map != nullptr);
  EXPECT_EQ(basis.by, BasisSource::kTokens);
  EXPECT_EQ(basis.map->dropped(), 8U);
  EXPECT_EQ(basis.map->added(), 0U);
  EXPECT_NEAR(basis.cosine, 1, 1e-5);
  for (std::size_t j = 0; j < narrower.from.size(); ++j) {
    EXPECT_EQ(basis.map->source[j], std::uint32_t(narrower.from[j]));
  }
}

}  // namespace layer_basis_test
}  // namespace modelkin::testing
