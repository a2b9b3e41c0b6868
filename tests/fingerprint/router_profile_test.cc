#include "fingerprint/router_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace router_profile_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kRouter = "model.layers.1.mlp.gate.weight";
constexpr const char* kBias = "model.layers.1.mlp.gate.e_score_correction_bias";
constexpr std::size_t kRows = kToyExperts, kColumns = kToyWidth;

using Matrix = std::vector<std::vector<double>>;

Matrix RowsOf(const ToyTensor& tensor) {
  Matrix rows(tensor.shape[0]);
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    rows[i / tensor.shape[1]].push_back(tensor.values[i]);
  }
  return rows;
}

Matrix Gram(const Matrix& rows) {
  Matrix gram(rows.size(), std::vector<double>(rows.size(), 0));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      for (std::size_t k = 0; k < rows[i].size(); ++k) gram[i][j] += rows[i][k] * rows[j][k];
    }
  }
  return gram;
}

// Turns a symmetric matrix by an angle in the plane of axes p and q, which makes its element there
// 0: Jacobi's method.
void Rotate(Matrix& m, std::size_t p, std::size_t q) {
  if (m[p][q] == 0) return;
  const double angle = std::atan2(2 * m[p][q], m[q][q] - m[p][p]) / 2;
  const double c = std::cos(angle), s = std::sin(angle);
  for (std::size_t k = 0; k < m.size(); ++k) {
    const double x = m[k][p], y = m[k][q];
    m[k][p] = c * x - s * y;
    m[k][q] = s * x + c * y;
  }
  for (std::size_t k = 0; k < m.size(); ++k) {
    const double x = m[p][k], y = m[q][k];
    m[p][k] = c * x - s * y;
    m[q][k] = s * x + c * y;
  }
}

std::vector<double> Eigenvalues(Matrix m) {
  for (int sweep = 0; sweep < 50; ++sweep) {
    for (std::size_t p = 0; p < m.size(); ++p) {
      for (std::size_t q = p + 1; q < m.size(); ++q) Rotate(m, p, q);
    }
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < m.size(); ++i) values.push_back(m[i][i]);
  return values;
}

double EffectiveRankByEigenvalues(const Matrix& rows) {
  const std::vector<double> squares = Eigenvalues(Gram(rows));
  double sum = 0, log_rank = 0;
  for (const double square : squares) sum += square;
  for (const double square : squares) log_rank -= square / sum * std::log(square / sum);
  return std::exp(log_rank);
}

RouterProfile OfLayer1(const ToyModel& model) { return ProfileRouters(PartsInMemory(model))[0]; }

ToyModel WithRouter(const std::vector<float>& values) {
  ToyModel model = TrainedToy(1);
  model.At(kRouter).values = values;
  return model;
}

TEST(ProfileRouters, NormsAreOfRows) {
  const ToyModel model = TrainedToy(1);
  const auto profiles = ProfileRouters(PartsInMemory(model));
  ASSERT_EQ(profiles.size(), 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::string name = "model.layers." + std::to_string(i + 1) + ".mlp.gate.weight";
    const Matrix gram = Gram(RowsOf(model.tensors.at(name)));
    std::vector<double> norms;
    double mean = 0, variance = 0;
    for (std::size_t e = 0; e < kRows; ++e) norms.push_back(std::sqrt(gram[e][e]));
    std::sort(norms.begin(), norms.end());
    for (const double norm : norms) mean += norm / kRows;
    for (const double norm : norms) variance += (norm - mean) * (norm - mean) / kRows;
    EXPECT_EQ(profiles[i].name, name);
    EXPECT_EQ(profiles[i].layer, i + 1);
    EXPECT_TRUE(profiles[i].skipped.empty());
    EXPECT_EQ(profiles[i].experts, kRows);
    ASSERT_EQ(profiles[i].norms.sorted.size(), kRows);
    for (std::size_t e = 0; e < kRows; ++e) {
      EXPECT_NEAR(profiles[i].norms.sorted[e], norms[e], 1e-14);
    }
    EXPECT_NEAR(profiles[i].norms.min, norms[0], 1e-14);
    EXPECT_NEAR(profiles[i].norms.median, (norms[1] + norms[2]) / 2, 1e-14);
    EXPECT_NEAR(profiles[i].norms.max, norms[3], 1e-14);
    EXPECT_NEAR(*profiles[i].norms.coefficient_of_variation, std::sqrt(variance) / mean, 1e-13);
  }
}

TEST(ProfileRouters, RankAndCosinesAreOfTheGramMatrix) {
  const ToyModel model = TrainedToy(2);
  const Matrix rows = RowsOf(model.tensors.at(kRouter)), gram = Gram(rows);
  const RouterProfile profile = OfLayer1(model);
  EXPECT_NEAR(*profile.effective_rank, EffectiveRankByEigenvalues(rows), 1e-12);
  double sum = 0, absolute = 0, largest = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = i + 1; j < kRows; ++j) {
      const double cosine = gram[i][j] / std::sqrt(gram[i][i] * gram[j][j]);
      sum += cosine;
      absolute += std::abs(cosine);
      largest = std::max(largest, std::abs(cosine));
    }
  }
  ASSERT_TRUE(profile.similarity);
  EXPECT_EQ(profile.similarity->rows, kRows);
  EXPECT_NEAR(profile.similarity->mean, sum / 6, 1e-14);
  EXPECT_NEAR(profile.similarity->mean_absolute, absolute / 6, 1e-14);
  EXPECT_NEAR(profile.similarity->largest_absolute, largest, 1e-14);
}

TEST(ProfileRouters, OfOrthogonalRowsAndOfEqualOnes) {
  std::vector<float> orthogonal(kRows * kColumns, 0), equal(kRows * kColumns, 0.5F);
  for (std::size_t e = 0; e < kRows; ++e) orthogonal[e * kColumns + e] = 3;
  RouterProfile profile = OfLayer1(WithRouter(orthogonal));
  EXPECT_NEAR(*profile.effective_rank, 4, 1e-13);
  EXPECT_EQ(profile.similarity->largest_absolute, 0);
  EXPECT_EQ(profile.norms.coefficient_of_variation, 0.0);
  for (std::size_t i = 0; i < kColumns; ++i) equal[i] = -0.5F;
  profile = OfLayer1(WithRouter(equal));
  EXPECT_NEAR(*profile.effective_rank, 1, 1e-12);
  EXPECT_NEAR(profile.similarity->mean, 0, 1e-15);
  EXPECT_NEAR(profile.similarity->mean_absolute, 1, 1e-15);
}

TEST(ProfileRouters, RowsOfZerosHaveNoDirection) {
  ToyModel model = TrainedToy(1);
  auto& values = model.At(kRouter).values;
  std::fill_n(values.begin(), 2 * kColumns, 0.0F);
  RouterProfile profile = OfLayer1(model);
  EXPECT_EQ(profile.norms.min, 0);
  EXPECT_EQ(profile.similarity->rows, 2);
  EXPECT_LE(*profile.effective_rank, 2);
  std::fill_n(values.begin(), 3 * kColumns, 0.0F);
  EXPECT_FALSE(OfLayer1(model).similarity);
  std::fill(values.begin(), values.end(), 0.0F);
  profile = OfLayer1(model);
  EXPECT_TRUE(profile.skipped.empty());
  EXPECT_FALSE(profile.effective_rank);
  EXPECT_FALSE(profile.norms.coefficient_of_variation);
}

TEST(ProfileRouters, SaysWhichAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    ToyModel model = TrainedToy(1);
    model.At(kRouter).values[5] = value;
    const auto profiles = ProfileRouters(PartsInMemory(model));
    EXPECT_EQ(profiles[0].skipped, SkipReason::kNotFinite);
    EXPECT_FALSE(profiles[0].effective_rank);
    EXPECT_FALSE(profiles[0].similarity);
    EXPECT_THAT(profiles[0].norms.sorted, IsEmpty());
    EXPECT_TRUE(profiles[0].bias);
    EXPECT_TRUE(profiles[1].skipped.empty());
  }
}

// Experts along the second axis.
TEST(ProfileRouters, OfATurnedRouterAreTheSame) {
  ToyModel turned = TrainedToy(1);
  const ToyTensor before = turned.At(kRouter);
  turned.At(kRouter).shape = {kColumns, kRows};
  for (std::size_t i = 0; i < before.values.size(); ++i) {
    turned.At(kRouter).values[i % kColumns * kRows + i / kColumns] = before.values[i];
  }
  const RouterProfile profile = OfLayer1(turned), expected = OfLayer1(TrainedToy(1));
  EXPECT_EQ(profile.norms.sorted, expected.norms.sorted);
  EXPECT_EQ(profile.effective_rank, expected.effective_rank);
}

TEST(ProfileRouters, OfOneExpertThereAreNoPairs) {
  ToyModel model = TrainedToy(1);
  ToyTensor& router = model.At(kRouter);
  router.shape = {1, kColumns};
  router.values.resize(kColumns);
  const RouterProfile profile = OfLayer1(model);
  EXPECT_EQ(profile.experts, 1);
  EXPECT_NEAR(*profile.effective_rank, 1, 1e-14);
  EXPECT_EQ(profile.norms.min, profile.norms.max);
  EXPECT_FALSE(profile.similarity);
}

TEST(ProfileRouters, OfTallTensorsOfThatNameThereAreNone) {
  ToyModel model = TrainedToy(1);
  model.At(kRouter) = {.shape = {4097, kColumns}, .values = std::vector<float>(4097 * kColumns)};
  EXPECT_EQ(OfLayer1(model).skipped, SkipReason::kTooManyExperts);
}

TEST(ProfileRouters, OfDenseModelsThereAreNone) {
  ToyModel model = TrainedToy(1);
  std::erase_if(model.tensors,
                [](const auto& item) { return item.first.find("mlp.") != std::string::npos; });
  EXPECT_THAT(ProfileRouters(PartsInMemory(model)), IsEmpty());
}

TEST(ProfileRouters, BiasIsThatOfTheLayer) {
  ToyModel model = TrainedToy(1);
  model.At(kBias).values = {1, -2, 4, 1};
  model.tensors.erase("model.layers.2.mlp.gate.e_score_correction_bias");
  model.At("model.layers.3.mlp.gate.e_score_correction_bias").values[2] =
      std::numeric_limits<float>::quiet_NaN();
  const auto profiles = ProfileRouters(PartsInMemory(model));
  ASSERT_TRUE(profiles[0].bias);
  EXPECT_DOUBLE_EQ(profiles[0].bias->mean, 1);
  EXPECT_DOUBLE_EQ(profiles[0].bias->sd, std::sqrt(18 / 4.0));
  EXPECT_EQ(profiles[0].bias->min, -2);
  EXPECT_EQ(profiles[0].bias->max, 4);
  EXPECT_FALSE(profiles[1].bias);
  EXPECT_FALSE(profiles[2].bias);
}

// Cosines of centred sums over hidden units, pair by pair.
double PairwiseSimilarity(const ToyModel& model, const std::vector<std::string>& roles) {
  double sum = 0;
  for (const std::string& role : roles) {
    Matrix sums;
    for (std::size_t e = 0; e < kToyExperts; ++e) {
      const ToyTensor& tensor =
          model.tensors.at("model.layers.1.mlp.experts." + std::to_string(e) + "." + role);
      std::vector<double> own(kToyWidth, -0.0);
      double mean = 0;
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        own[role == "down_proj.weight" ? i / kToyExpertWidth : i % kToyWidth] += tensor.values[i];
        mean += tensor.values[i] / double{kToyWidth};
      }
      for (double& value : own) value -= mean;
      sums.push_back(own);
    }
    const Matrix gram = Gram(sums);
    for (std::size_t i = 0; i < kToyExperts; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        sum += gram[i][j] / std::sqrt(gram[i][i] * gram[j][j]) / 6;
      }
    }
  }
  return sum / static_cast<double>(roles.size());
}

std::optional<double> ExpertSimilarityOf(const ToyModel& toy) {
  const ModelParts model = PartsInMemory(toy);
  Progress progress;
  const auto signatures = SignaturesOf(model, MlpSums(model), 2, progress).as_stored;
  return ProfileRouters(model, SimilaritiesOfExperts(model, signatures))[0].expert_similarity;
}

// Signatures are floats: 1e-6.
TEST(ProfileRouters, ExpertSimilarityIsThatOfAllPairs) {
  ToyModel model = TrainedToy(1);
  EXPECT_NEAR(*ExpertSimilarityOf(model),
              PairwiseSimilarity(model, {"gate_proj.weight", "up_proj.weight", "down_proj.weight"}),
              1e-6);
  EXPECT_FALSE(OfLayer1(model).expert_similarity);
  for (int e = 0; e < 4; ++e) {  // then no expert has a direction there
    auto& up = model.At("model.layers.1.mlp.experts." + std::to_string(e) + ".up_proj.weight");
    std::fill(up.values.begin(), up.values.end(), 0.0F);
  }
  EXPECT_NEAR(*ExpertSimilarityOf(model),
              PairwiseSimilarity(model, {"gate_proj.weight", "down_proj.weight"}), 1e-6);
}

TEST(ProfileRouters, ExpertsFromOneMlpAreAlike) {
  ToyModel model = TrainedToy(1);
  for (int e = 1; e < 4; ++e) {
    for (const char* role : {"gate_proj.weight", "up_proj.weight", "down_proj.weight"}) {
      const std::string prefix = "model.layers.1.mlp.experts.";
      model.At(prefix + std::to_string(e) + "." + role) = model.At(prefix + "0." + role);
    }
  }
  EXPECT_NEAR(*ExpertSimilarityOf(model), 1, 1e-6);
}

TEST(ProfileRouters, SameBitsForAnyNumberOfThreads) {
  const ModelParts model = PartsInMemory(TrainedToy(1));
  const auto one = ProfileRouters(model, {}, 1), seven = ProfileRouters(model, {}, 7);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].effective_rank, seven[i].effective_rank);
    EXPECT_EQ(one[i].similarity->mean, seven[i].similarity->mean);
  }
}

TEST(CompareRouters, CorrelatesSortedNorms) {
  std::vector<RouterProfile> a(2), b(1);
  a[0] = {.layer = 3, .experts = 3, .norms = {.sorted = {1, 2, 3}}};
  a[1] = {.layer = 4, .skipped = SkipReason::kNotFinite};
  b[0] = {.layer = 7, .experts = 3, .norms = {.sorted = {1, 2, 6}}};
  const auto pairs = CompareRouters(a, b, {{3, 7}, {4, 7}, {3, 8}, {5, 7}});
  ASSERT_EQ(pairs.size(), 2);
  EXPECT_EQ(pairs[0].layer_a, 3);
  EXPECT_EQ(pairs[0].layer_b, 7);
  EXPECT_NEAR(*pairs[0].norm_correlation, 5 / std::sqrt(2.0 * 14), 1e-15);
  EXPECT_FALSE(pairs[1].norm_correlation);
  EXPECT_EQ(pairs[1].skipped, SkipReason::kNotFinite);
  b[0].norms.sorted = {2, 2, 2};
  EXPECT_EQ(CompareRouters(a, b, {{3, 7}})[0].skipped, SkipReason::kEqualNorms);
  b[0].experts = 4;
  EXPECT_EQ(CompareRouters(a, b, {{3, 7}})[0].skipped, SkipReason::kExpertsDiffer);
}

// Why it is descriptive only.
TEST(CompareRouters, IsHighForStrangers) {
  const auto a = ProfileRouters(PartsInMemory(TrainedToy(1)));
  const auto b = ProfileRouters(PartsInMemory(TrainedToy(2)));
  for (const RouterPair& pair : CompareRouters(a, b, {{1, 1}, {2, 2}, {3, 3}})) {
    EXPECT_GT(*pair.norm_correlation, 0.7);
  }
}

}  // namespace router_profile_test
}  // namespace modelkin::testing
