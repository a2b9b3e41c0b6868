// MLPs and mixtures of experts against sums in double.
#include "inference/mlp.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "inference/pass_recorder.h"
#include "inference/stored_model.h"

namespace modelkin {
namespace mlp_test {

using testing::F32Bytes;
using testing::Normal;
using testing::NormalRows;
using testing::TestTensor;

constexpr double kBound = 2e-6;  // of a row: some float sums of tens of products, one after another
constexpr std::size_t kWidth = 6, kUnits = 10, kExperts = 5;

using Matrix = std::vector<float>;

std::vector<double> Times(const Matrix& matrix, const std::vector<double>& x, std::size_t outputs) {
  std::vector<double> out(outputs, 0);
  for (std::size_t k = 0; k < outputs; ++k) {
    for (std::size_t i = 0; i < x.size(); ++i) out[k] += matrix[k * x.size() + i] * x[i];
  }
  return out;
}

double Silu(double x) { return x / (1 + std::exp(-x)); }

// The weights of one gated MLP.
struct Gated {
  explicit Gated(std::uint64_t seed)
      : gate(Normal(kUnits * kWidth, seed)),
        up(Normal(kUnits * kWidth, seed + 1)),
        down(Normal(kWidth * kUnits, seed + 2)) {}

  void AddTo(std::vector<TestTensor>& tensors, const std::string& name) const {
    tensors.push_back({name + ".gate_proj.weight", "F32", {kUnits, kWidth}, F32Bytes(gate)});
    tensors.push_back({name + ".up_proj.weight", "F32", {kUnits, kWidth}, F32Bytes(up)});
    tensors.push_back({name + ".down_proj.weight", "F32", {kWidth, kUnits}, F32Bytes(down)});
  }

  std::vector<double> Of(const float* row) const {
    const std::vector<double> x(row, row + kWidth);
    std::vector<double> units = Times(gate, x, kUnits);
    const std::vector<double> factors = Times(up, x, kUnits);
    for (std::size_t i = 0; i < kUnits; ++i) units[i] = Silu(units[i]) * factors[i];
    return Times(down, units, kWidth);
  }

  Matrix gate, up, down;
};

class Mlp : public ::testing::Test {
 protected:
  Mlp() {
    std::vector<TestTensor> tensors;
    dense_.AddTo(tensors, "model.layers.0.mlp");
    for (std::size_t i = 0; i < kExperts; ++i) {
      experts_.emplace_back(100 * (i + 1));
      experts_.back().AddTo(tensors, fmt::format("model.layers.0.mlp.experts.{}", i));
    }
    weights_ = std::make_unique<const Weights>(testing::CheckpointOf(folder_, tensors), 3);
  }

  LayerPass Pass() {
    return {.weights = *weights_,
            .layer = 0,
            .batch = batch_,
            .rotary = table_,
            .cache = nullptr,
            .observer = recorder_};
  }

  testing::TemporaryDirectory folder_;
  Gated dense_{1};
  std::vector<Gated> experts_;
  std::unique_ptr<const Weights> weights_;
  Batch batch_;
  RotaryTable table_;
  PassRecorder recorder_{nullptr};
};

TEST_F(Mlp, GatedByDefinition) {
  const Activations x = NormalRows(7, kWidth, 9);
  const Activations out =
      GatedMlp(Pass(), x, {ModuleKind::kDenseMlp}, kUnits, ActivationFunction::kSilu);
  for (std::size_t row = 0; row < x.rows; ++row) {
    EXPECT_LE(testing::RelativeError(out.Row(row), dense_.Of(x.Row(row)).data(), kWidth), kBound);
  }
}

// Six tokens: some experts have many, one has none.
RouterChoice SomeChoice() {
  return {.chosen = 2,
          .experts = {0, 1, 1, 4, 4, 0, 1, 0, 1, 4, 2, 1},
          .weights = {0.5F, 0.25F, 1, 2, -1, 0.5F, 0.1F, 0.2F, 0, 1, 3, 0.5F},
          .experts_in_all = kExperts,
          .near_ties = 0};
}

TEST_F(Mlp, MixtureByDefinition) {
  const Activations x = NormalRows(6, kWidth, 9);
  const RouterChoice choice = SomeChoice();
  const LayerPass pass = Pass();
  const Activations out =
      MixExperts(pass, x, choice, GatedExpert(pass, kUnits, ActivationFunction::kSilu));
  for (std::size_t row = 0; row < x.rows; ++row) {
    std::vector<double> expected(kWidth, 0);
    for (std::size_t i = 2 * row; i < 2 * row + 2; ++i) {
      const auto result = experts_[choice.experts[i]].Of(x.Row(row));
      for (std::size_t k = 0; k < kWidth; ++k) expected[k] += choice.weights[i] * result[k];
    }
    EXPECT_LE(testing::RelativeError(out.Row(row), expected.data(), kWidth), kBound) << row;
  }
  EXPECT_EQ(recorder_.routing().at(0).experts, choice.experts);
}

TEST_F(Mlp, MixtureOfWeighedInputs) {
  const Activations x = NormalRows(6, kWidth, 9);
  const RouterChoice choice = SomeChoice();
  const LayerPass pass = Pass();
  const Activations out =
      MixExperts(pass, x, choice, GatedExpert(pass, kUnits, ActivationFunction::kSilu),
                 ExpertWeighing::kInputs);
  for (std::size_t row = 0; row < x.rows; ++row) {
    std::vector<double> expected(kWidth, 0);
    for (std::size_t i = 2 * row; i < 2 * row + 2; ++i) {
      std::vector<float> input(x.Row(row), x.Row(row) + kWidth);
      for (float& value : input) value *= choice.weights[i];
      const auto result = experts_[choice.experts[i]].Of(input.data());
      for (std::size_t k = 0; k < kWidth; ++k) expected[k] += result[k];
    }
    EXPECT_LE(testing::RelativeError(out.Row(row), expected.data(), kWidth), kBound) << row;
  }
}

// An expert that no token chose is not read: it may be missing.
TEST_F(Mlp, OnlyChosenExpertsAreRead) {
  const LayerPass pass = Pass();
  MixExperts(pass, NormalRows(6, kWidth, 9), SomeChoice(),
             GatedExpert(pass, kUnits, ActivationFunction::kSilu));
  const auto unused = weights_->Unused();
  EXPECT_EQ(std::ranges::count_if(unused,
                                  [](std::string_view name) {
                                    return name.find(".experts.3.") != std::string_view::npos;
                                  }),
            3);
  EXPECT_EQ(unused.size(), 6U);  // and the dense MLP's three
}

TEST_F(Mlp, MixtureOfNoTokens) {
  const LayerPass pass = Pass();
  const RouterChoice choice{.chosen = 2, .experts = {}, .weights = {}, .experts_in_all = kExperts};
  EXPECT_EQ(MixExperts(pass, Activations(0, kWidth), choice,
                       GatedExpert(pass, kUnits, ActivationFunction::kSilu))
                .rows,
            0U);
}

// More experts than are held at once, in order of their numbers.
TEST_F(Mlp, ManyExperts) {
  constexpr std::size_t kMany = 50;
  Activations x(kMany, 1);
  RouterChoice choice{.chosen = 1, .experts = {}, .weights = {}, .experts_in_all = kMany};
  for (std::size_t i = 0; i < kMany; ++i) {
    x.values[i] = static_cast<float>(i);
    choice.experts.push_back(static_cast<std::uint32_t>(kMany - 1 - i));
    choice.weights.push_back(2);
  }
  const Activations out = MixExperts(
      Pass(), x, choice, [](const Activations& rows, std::uint32_t expert, unsigned, MlpProbe*) {
        Activations result = rows;
        for (float& value : result.values) value += static_cast<float>(100 * expert);
        return result;
      });
  for (std::size_t i = 0; i < kMany; ++i) {
    EXPECT_EQ(out.values[i], static_cast<float>(2 * (i + 100 * (kMany - 1 - i))));
  }
}

TEST(EffectiveExperts, ExpOfEntropy) {
  EXPECT_EQ(EffectiveExperts({}), 0);
  EXPECT_EQ(EffectiveExperts({0, 0}), 0);
  EXPECT_DOUBLE_EQ(EffectiveExperts({7}), 1);
  EXPECT_DOUBLE_EQ(EffectiveExperts({0, 5, 0}), 1);
  EXPECT_NEAR(EffectiveExperts({3, 3, 3, 3}), 4, 1e-12);
  const double entropy = -(0.75 * std::log(0.75) + 0.25 * std::log(0.25));
  EXPECT_NEAR(EffectiveExperts({3, 1, 0}), std::exp(entropy), 1e-12);
}

TEST(ExpertLoad, CountsTokens) {
  EXPECT_EQ(ExpertLoad(SomeChoice()), (std::vector<std::uint64_t>{3, 5, 1, 0, 3}));
}

TEST(PassRecorder, RootMeanSquares) {
  std::size_t seen = 0;
  PassRecorder recorder([&](std::size_t index, const Activations&) { seen += index + 1; });
  Activations x(2, 2);
  x.values = {1, 1, 1, -5};
  recorder.Hidden(0, x);
  recorder.Hidden(1, Activations(0, 2));
  EXPECT_EQ(recorder.hidden_rms(), (std::vector<double>{std::sqrt(7.0), 0}));
  EXPECT_EQ(seen, 3U);
}

}  // namespace mlp_test
}  // namespace modelkin
