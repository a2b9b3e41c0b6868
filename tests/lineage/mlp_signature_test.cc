#include "lineage/mlp_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "lineage/residual_trace.h"
#include "lineage/toy_model.h"
#include "lineage/unit_matrix.h"

namespace modelkin::testing {
namespace mlp_signature_test {

ModelParts PartsOfToy(const ToyModel& model) {
  const StoredToy stored(model);
  return PartsOf(*stored.traced().checkpoint, stored.traced().spec);
}

std::vector<MlpSignature> Signatures(const ModelParts& model, unsigned threads = 2) {
  Progress progress;
  return SignaturesOf(model, MlpSums(model), threads, progress).as_stored;
}

std::vector<MlpSignature> Signatures(const ToyModel& model) {
  return Signatures(PartsOfToy(model));
}

// MLPs that are not gated: of gate and up only up is left.
ToyModel WithoutGates(ToyModel model) {
  std::erase_if(model.tensors,
                [](const auto& item) { return item.first.find("gate_proj") != std::string::npos; });
  model.config.clear();
  return model;
}

// Sums over units for each residual coordinate, centred and scaled to a norm of 1.
std::vector<double> StandardSums(const ToyTensor& tensor, bool residual_first) {
  std::vector<double> sums(kToyWidth, 0);
  const std::size_t units = tensor.values.size() / kToyWidth;
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    sums[residual_first ? i / units : i % kToyWidth] += tensor.values[i];
  }
  double mean = 0, squares = 0;
  for (const double sum : sums) mean += sum / static_cast<double>(kToyWidth);
  for (double& sum : sums) {
    sum -= mean;
    squares += sum * sum;
  }
  for (double& sum : sums) sum /= std::sqrt(squares);
  return sums;
}

void ExpectNear(const std::vector<MlpSignature>& found, const std::vector<MlpSignature>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t mlp = 0; mlp < found.size(); ++mlp) {
    ASSERT_EQ(found[mlp].size(), expected[mlp].size());
    for (std::size_t i = 0; i < found[mlp].size(); ++i) {
      EXPECT_NEAR(found[mlp][i], expected[mlp][i], 1e-6) << mlp << " " << i;
    }
  }
}

// Stored as floats: 1e-6 of a norm of 1.
TEST(MlpSignature, IsSumsOverHiddenUnits) {
  const ToyModel toy = TrainedToy(1);
  const ModelParts model = PartsOfToy(toy);
  const auto signatures = Signatures(model);
  ASSERT_EQ(signatures.size(), model.mlps.size());
  for (std::size_t mlp = 0; mlp < model.mlps.size(); ++mlp) {
    std::size_t at = 0;
    for (const Part* part : {model.mlps[mlp].gate, model.mlps[mlp].up, model.mlps[mlp].down}) {
      const std::string& name = part->tensor->name;
      for (const double sum :
           StandardSums(toy.tensors.at(name), name.ends_with("down_proj.weight"))) {
        EXPECT_NEAR(signatures[mlp][at++], sum, 1e-6) << name;
      }
    }
    EXPECT_EQ(at, signatures[mlp].size());
  }
}

TEST(MlpSignature, DoesNotChangeWithTheOrderOfHiddenUnits) {
  const ToyModel toy = TrainedToy(1);
  ToyModel permuted = toy;
  PermuteHiddenUnits(permuted, 5);
  ASSERT_NE(permuted.At("model.layers.0.mlp.up_proj.weight").values,
            toy.tensors.at("model.layers.0.mlp.up_proj.weight").values);
  ExpectNear(Signatures(permuted), Signatures(toy));
}

std::vector<MlpSignature> SignFree(const ToyModel& toy) {
  const ModelParts model = PartsOfToy(toy);
  Progress progress;
  return SignaturesOf(model, MlpSums(model), 2, progress).sign_free;
}

// Every third up row times -2, its down column over -2.
ToyModel Negated(ToyModel model) {
  for (auto& [name, tensor] : model.tensors) {
    const bool up = name.ends_with("up_proj.weight"), down = name.ends_with("down_proj.weight");
    if (!up && !down) continue;
    const std::size_t columns = tensor.shape[1];
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const std::size_t unit = up ? i / columns : i % columns;
      if (unit % 3 == 0) tensor.values[i] *= up ? -2.0F : -0.5F;
    }
  }
  return model;
}

TEST(MlpSignature, SignFreeDoesNotChangeWithSignsScalesAndOrderOfHiddenUnits) {
  const ToyModel toy = TrainedToy(1);
  ToyModel disguised = Negated(toy);
  PermuteHiddenUnits(disguised, 5);
  ExpectNear(SignFree(disguised), SignFree(toy));
  EXPECT_NE(Signatures(disguised)[0][kToyWidth], Signatures(toy)[0][kToyWidth]);
  // Without gates signs are no matter of choice.
  const MlpSignature zeros(3 * kToyWidth, 0);
  EXPECT_EQ(SignFree(WithoutGates(toy))[0], zeros);
}

// By one signature alone.
std::vector<MlpSource> MostSimilar(const std::vector<MlpSignature>& a,
                                   const std::vector<MlpSignature>& b, unsigned threads) {
  return MostSimilar(MlpSignatures{a, a}, MlpSignatures{b, b}, threads);
}

// Long training makes sign-free sums of all MLPs alike, more than those of one MLP and its source.
TEST(MostSimilar, GoesByTheSignatureThatStandsOut) {
  const double close = std::sqrt(1 - 0.8 * 0.8);
  const MlpSignatures a{.as_stored = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                        .sign_free = {{0.8F, 0, 0}, {0.9F, 0, 0}, {0.8F, 0, 0}}};
  const MlpSignatures b{.as_stored = {{0.8F, static_cast<float>(close), 0}},
                        .sign_free = {{1, 0, 0}}};
  const MlpSource source = MostSimilar(a, b, 1).front();
  EXPECT_EQ(source.a, 0U);
  EXPECT_NEAR(source.similarity, 0.8, 1e-6);
}

// Signs that were flipped leave stored sums alike by chance.
TEST(MostSimilar, GoesByWhatNoSignChanges) {
  const std::vector<double> as_stored = {0.0, 0.6, -0.3, -0.3}, sign_free = {1.0, 0.7, 0.6, 0.7};
  EXPECT_EQ(MostSimilarOf(as_stored, sign_free).a, 0U);
  EXPECT_EQ(MostSimilarOf(as_stored, sign_free).similarity, 1);
}

TEST(MostSimilar, OfOneOrOfEqualsIsTheFirst) {
  EXPECT_EQ(MostSimilarOf(std::vector{0.25}, std::vector{0.5}).similarity, 0.5);
  const std::vector<double> ones(3, 1);
  EXPECT_EQ(MostSimilarOf(ones, ones).a, 0U);
}

TEST(MostSimilar, GoesByTheSignatureThatIsMoreAlike) {
  const ToyModel toy = TrainedToy(1);
  const ModelParts a = PartsOfToy(toy), b = PartsOfToy(Negated(toy));
  Progress progress;
  const auto of_a = SignaturesOf(a, MlpSums(a), 2, progress);
  const auto of_b = SignaturesOf(b, MlpSums(b), 2, progress);
  const auto sources = MostSimilar(of_a, of_b, 2);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(sources[i].a, i);
    EXPECT_NEAR(sources[i].similarity, 1, 1e-5);
  }
}

TEST(MlpSignature, IsZeroWhereAWeightIsMissingConstantOrNotFinite) {
  const std::string prefix = "model.layers.0.mlp.";
  const auto gate_of_first = [](const std::vector<MlpSignature>& signatures) {
    return std::vector<float>(signatures[0].begin(), signatures[0].begin() + kToyWidth);
  };
  const std::vector<float> zeros(kToyWidth, 0);
  EXPECT_EQ(gate_of_first(Signatures(WithoutGates(TrainedToy(1)))), zeros);
  for (const float value : {0.0F, 0.5F, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity()}) {
    ToyModel toy = TrainedToy(1);
    std::ranges::fill(toy.At(prefix + "gate_proj.weight").values, value);
    const auto signatures = Signatures(toy);
    EXPECT_EQ(gate_of_first(signatures), zeros) << value;
    EXPECT_NE(signatures[0][kToyWidth], 0) << value;
  }
}

TEST(MlpSignature, OfModelsWithoutMlpsThereAreNone) {
  ToyModel toy = TrainedToy(1);
  std::erase_if(toy.tensors,
                [](const auto& item) { return item.first.find("mlp") != std::string::npos; });
  toy.config.clear();
  EXPECT_TRUE(Signatures(toy).empty());
}

TEST(MlpSignature, SameBitsForAnyNumberOfThreads) {
  const ModelParts model = PartsOfToy(TrainedToy(1));
  const auto one = Signatures(model, 1);
  EXPECT_EQ(one, Signatures(model, 2));
  EXPECT_EQ(one, Signatures(model, 7));
}

// What a residual trace read on its way is not read again, and gives the same.
TEST(MlpSums, FromAResidualTraceGiveTheSameSignatures) {
  const ModelParts a = PartsOfToy(TrainedToy(1)), b = PartsOfToy(TrainedToy(2));
  MlpSums sums_a(a), sums_b(b);
  Progress progress;
  EXPECT_GT(SignatureBytes(a, sums_a), 0U);
  TraceResidual(
      a, sums_a, b, sums_b, [](const Part&) { return true; }, {}, 2, progress);
  EXPECT_EQ(SignatureBytes(a, sums_a), 0U);
  EXPECT_EQ(SignatureBytes(b, sums_b), 0U);
  ExpectNear(SignaturesOf(a, sums_a, 2, progress).as_stored, Signatures(a));
  ExpectNear(SignaturesOf(b, sums_b, 2, progress).as_stored, Signatures(b));
}

TEST(MlpSums, AreKnownOnceAllPositionsWereAdded) {
  const ModelParts model = PartsOfToy(TrainedToy(1));
  const Part& up = *model.mlps[0].up;
  std::vector<float> values;
  const UnitReader reader(model.checkpoint, *up.tensor, *up.residual_axis());
  ASSERT_EQ(reader.lengths().positions(), kToyDenseWidth);
  MlpSums sums(model);
  reader.Read(0, 50, values);
  sums.Add(up, values, 50, reader.positions_are_rows(), true);
  EXPECT_EQ(sums.Find(up), nullptr);
  reader.Read(50, kToyDenseWidth - 50, values);
  sums.Add(up, values, kToyDenseWidth - 50, reader.positions_are_rows(), true);
  ASSERT_NE(sums.Find(up), nullptr);
  EXPECT_EQ(sums.Find(up)->as_stored.size(), kToyWidth);
  // Not of an MLP: ignored.
  const Part& norm = *model.Find("model.norm.weight");
  sums.Add(norm, std::vector<float>(kToyWidth, 1), 1, true, true);
  EXPECT_EQ(sums.Find(norm), nullptr);
}

std::vector<std::size_t> Chosen(const std::vector<MlpSource>& sources) {
  std::vector<std::size_t> chosen;
  for (const MlpSource& source : sources) chosen.push_back(source.a);
  return chosen;
}

TEST(MostSimilar, FindsTheSourceOfChangedAndPermutedMlps) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  PermuteHiddenUnits(b, 5);
  AddNoise(b, 0.3, 6);
  const ModelParts parts = PartsOfToy(b);
  const auto sources = MostSimilar(Signatures(a), Signatures(parts), 2);
  ASSERT_EQ(sources.size(), parts.mlps.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(sources[i].a, i);
    EXPECT_GT(sources[i].similarity, 0.8);
  }
}

TEST(MostSimilar, FindsExpertsInOtherLayers) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  ShuffleExpertsBetweenLayers(b, 5);
  const ModelParts parts_a = PartsOfToy(a), parts_b = PartsOfToy(b);
  const auto sources = MostSimilar(Signatures(parts_a), Signatures(parts_b), 2);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(b.At(parts_b.mlps[i].name + ".up_proj.weight").values,
              a.tensors.at(parts_a.mlps[sources[i].a].name + ".up_proj.weight").values);
    EXPECT_NEAR(sources[i].similarity, 1, 1e-5);
  }
}

// By up and down weights, which both have: as similar as if there were no gates.
TEST(MostSimilar, GatedAndNotGatedGoByWhatBothHave) {
  const auto gated = Signatures(TrainedToy(1)), others = Signatures(WithoutGates(TrainedToy(1)));
  for (const auto& sources : {MostSimilar(gated, others, 2), MostSimilar(others, gated, 2)}) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      EXPECT_EQ(sources[i].a, i);
      EXPECT_NEAR(sources[i].similarity, 1, 1e-5);
    }
  }
}

// Gate and up in one, up and down in the other: a cosine of 1 where both have weights.
TEST(MostSimilar, IsTheMeanOverPartsOfBoth) {
  const float half = std::sqrt(0.5F);
  const MlpSignature a = {half, -half, half, -half, 0, 0}, b = {0, 0, half, -half, -half, half};
  EXPECT_NEAR(MostSimilar({a}, {b}, 1)[0].similarity, 1, 1e-6);
  EXPECT_NEAR(MostSimilar({a}, {a}, 1)[0].similarity, 1, 1e-6);
  MlpSignature opposite = a;
  for (float& value : opposite) value = -value;
  EXPECT_NEAR(MostSimilar({a}, {opposite}, 1)[0].similarity, -1, 1e-6);
}

TEST(MostSimilar, TakesTheFirstOfEquals) {
  const float half = std::sqrt(0.5F);
  const MlpSignature a = {0, 0, half, -half, 0, 0}, other = {0, 0, -half, half, 0, 0}, zero(6, 0);
  EXPECT_THAT(Chosen(MostSimilar({other, a, a}, {a, a, other}, 2)),
              ::testing::ElementsAre(1, 1, 0));
  const auto of_zero = MostSimilar({a, other}, {zero}, 1);
  EXPECT_EQ(of_zero[0].a, 0U);
  EXPECT_EQ(of_zero[0].similarity, 0);
}

TEST(MostSimilar, OfNoneIsNothing) {
  const MlpSignature a(6, 0.4F), longer(9, 0.3F);
  EXPECT_TRUE(MostSimilar({}, {a}, 1).empty());
  EXPECT_TRUE(MostSimilar({a}, {}, 1).empty());
  EXPECT_TRUE(MostSimilar({a}, {longer}, 1).empty());
}

TEST(MostSimilar, SameForAnyNumberOfThreads) {
  const auto a = Signatures(TrainedToy(1)), b = Signatures(TrainedToy(2));
  const auto one = MostSimilar(a, b, 1);
  for (const unsigned threads : {2U, 7U}) {
    const auto other = MostSimilar(a, b, threads);
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(one[i].a, other[i].a);
      EXPECT_EQ(one[i].similarity, other[i].similarity);
    }
  }
}

}  // namespace mlp_signature_test
}  // namespace modelkin::testing
