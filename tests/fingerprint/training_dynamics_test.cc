#include "fingerprint/training_dynamics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"
#include "fingerprint/parts_in_memory.h"

namespace modelkin::testing {
namespace training_dynamics_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kUp = "model.layers.2.mlp.up_proj.weight";

TrainingDynamics Follow(const std::vector<ModelParts>& models, unsigned threads = 2) {
  std::vector<const ModelParts*> series;
  for (const ModelParts& model : models) series.push_back(&model);
  Progress progress;
  return FollowTraining(series, threads, progress);
}

TrainingDynamics Follow(const std::vector<ToyModel>& models, unsigned threads = 2) {
  std::vector<ModelParts> parts;
  for (const ToyModel& model : models) parts.push_back(PartsInMemory(model));
  return Follow(parts, threads);
}

// Each checkpoint is the one before with noise.
std::vector<ToyModel> NoisyRun(std::size_t count) {
  std::vector<ToyModel> run = {TrainedToy(1)};
  while (run.size() < count) {
    run.push_back(run.back());
    AddNoise(run.back(), 0.3 / static_cast<double>(run.size()), run.size());
  }
  return run;
}

// All values of tensors whose name begins so, one after the other.
std::vector<long double> Flat(const ToyModel& model, const std::string& prefix) {
  std::vector<long double> values;
  for (const auto& [name, tensor] : model.tensors) {
    if (name.starts_with(prefix)) {
      values.insert(values.end(), tensor.values.begin(), tensor.values.end());
    }
  }
  return values;
}

using Vector = std::vector<long double>;

Vector Minus(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

double Dot(const Vector& a, const Vector& b) {
  long double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return static_cast<double>(sum);
}

double Norm(const Vector& a) { return std::sqrt(Dot(a, a)); }

void ExpectProfile(const DriftProfile& profile, const std::vector<Vector>& s) {
  constexpr double kRelative = 1e-12;
  ASSERT_EQ(profile.norms.size(), s.size());
  ASSERT_EQ(profile.drifts.size(), s.size() - 1);
  ASSERT_EQ(profile.total_drifts.size(), s.size() - 1);
  ASSERT_EQ(profile.update_cosines.size(), s.size() - 2);
  EXPECT_EQ(profile.elements, s[0].size());
  double largest = 0, last = 0;
  for (std::size_t k = 0; k < s.size(); ++k) {
    EXPECT_NEAR(profile.norms[k], Norm(s[k]), kRelative * Norm(s[k]));
    if (k + 1 == s.size()) break;
    const Vector update = Minus(s[k + 1], s[k]);
    last = Norm(update) / Norm(s[k]);
    largest = std::max(largest, last);
    EXPECT_NEAR(profile.steps[k], Norm(update), kRelative * Norm(update));
    EXPECT_NEAR(*profile.drifts[k], last, kRelative);
    EXPECT_NEAR(*profile.total_drifts[k], Norm(Minus(s[k + 1], s[0])) / Norm(s[0]), kRelative);
    if (k == 0) continue;
    const Vector before = Minus(s[k], s[k - 1]);
    EXPECT_NEAR(*profile.update_cosines[k - 1], Dot(update, before) / Norm(update) / Norm(before),
                kRelative);
  }
  EXPECT_NEAR(*profile.still_moving, last / largest, kRelative);
}

std::vector<Vector> Flats(const std::vector<ToyModel>& run, const std::string& prefix) {
  std::vector<Vector> flats;
  for (const ToyModel& model : run) flats.push_back(Flat(model, prefix));
  return flats;
}

TEST(FollowTraining, IsWhatItSaysLayerByLayer) {
  const std::vector<ToyModel> run = NoisyRun(5);
  const TrainingDynamics dynamics = Follow(run);
  ASSERT_EQ(dynamics.layers.size(), kToyLayers);
  for (std::uint32_t layer = 0; layer < kToyLayers; ++layer) {
    EXPECT_EQ(dynamics.layers[layer].layer, layer);
    ExpectProfile(dynamics.layers[layer],
                  Flats(run, "model.layers." + std::to_string(layer) + "."));
  }
  std::vector<ToyModel> outside = run;
  for (ToyModel& model : outside) {
    std::erase_if(model.tensors,
                  [](const auto& item) { return item.first.starts_with("model.layers."); });
  }
  ASSERT_TRUE(dynamics.outside);
  EXPECT_FALSE(dynamics.outside->layer);
  EXPECT_EQ(dynamics.outside->tensors, 3);
  ExpectProfile(*dynamics.outside, Flats(outside, ""));
  ExpectProfile(dynamics.all, Flats(run, ""));
  EXPECT_EQ(dynamics.all.tensors, run[0].tensors.size());
  EXPECT_EQ(dynamics.not_in_all, 0);
  EXPECT_THAT(dynamics.left_out, IsEmpty());
}

TEST(FollowTraining, ReadsTensorsOfSeveralJobs) {
  constexpr std::uint64_t kElements = (std::uint64_t{1} << 22) + 4099;
  std::vector<ModelParts> run;
  std::vector<Vector> flats;
  std::mt19937_64 random(3);
  for (int k = 0; k < 3; ++k) {
    std::vector<float> values(kElements);
    for (float& value : values) value = static_cast<float>(random() >> 40) * 0x1p-24F - 0.4F;
    run.push_back(PartsInMemory({TensorOf(kUp, "F32", {kElements}, values)}));
    flats.emplace_back(values.begin(), values.end());
  }
  const TrainingDynamics dynamics = Follow(run);
  ASSERT_EQ(dynamics.layers.size(), 1);
  ExpectProfile(dynamics.layers[0], flats);
  ExpectProfile(dynamics.all, flats);
  EXPECT_FALSE(dynamics.outside);
}

TEST(FollowTraining, TypesMayDiffer) {
  // 1.5, -2 in BF16; then 1e-12 more, which floats don't have.
  const std::vector<std::uint16_t> bfloats = {0x3fc0, 0xc000};
  std::vector<ModelParts> run;
  run.push_back(PartsInMemory({TensorOf(kUp, "BF16", {2}, bfloats)}));
  run.push_back(PartsInMemory({TensorOf(kUp, "F32", {2}, std::vector<float>{1.5F, -2})}));
  run.push_back(PartsInMemory({TensorOf(kUp, "F64", {2}, std::vector<double>{1.5 + 1e-12, -2})}));
  const DriftProfile profile = Follow(run).all;
  EXPECT_THAT(profile.norms[0], 2.5);
  EXPECT_EQ(profile.steps[0], 0);
  EXPECT_NEAR(profile.steps[1], 1e-12, 1e-15);
  EXPECT_EQ(profile.drifts[0], 0.0);
  EXPECT_FALSE(profile.update_cosines[0]);
  EXPECT_EQ(profile.still_moving, 1.0);
}

ToyModel OneTensor(std::vector<float> values) {
  const std::uint64_t count = values.size();
  ToyModel model;
  model.tensors[kUp] = {.shape = {count}, .values = std::move(values)};
  return model;
}

TEST(FollowTraining, StraightAndBackwards) {
  const auto at = [](float where) { return OneTensor({where, 1, 2 * where, 0}); };
  EXPECT_NEAR(*Follow({at(1), at(2), at(4)}).all.update_cosines[0], 1, 1e-15);
  const TrainingDynamics back = Follow({at(1), at(2), at(1)});
  EXPECT_NEAR(*back.all.update_cosines[0], -1, 1e-15);
  EXPECT_EQ(back.all.total_drifts[1], 0.0);
  EXPECT_NEAR(*back.all.drifts[1], std::sqrt(5 / 21.0), 1e-15);
}

TEST(FollowTraining, RanksLayersByTheirLastDrift) {
  std::vector<ToyModel> run(3, TrainedToy(1));
  AddNoise(run[1], 0.5, 1);
  run[2] = run[1];
  const std::array<float, kToyLayers> factors = {1.01F, 1, 1.5F, 1};
  for (auto& [name, tensor] : run[2].tensors) {
    if (!name.starts_with("model.layers.")) continue;
    for (float& value : tensor.values) value *= factors[static_cast<std::size_t>(name[13] - '0')];
  }
  const TrainingDynamics dynamics = Follow(run);
  EXPECT_THAT(dynamics.by_last_drift, ElementsAre(2, 0));  // the others did not move
  EXPECT_EQ(dynamics.layers[1].still_moving, 0.0);
  EXPECT_EQ(dynamics.layers[2].still_moving, 1.0);
  EXPECT_LT(*dynamics.layers[0].still_moving, 0.1);
}

TEST(FollowTraining, CountsWhatIsNotInAllCheckpoints) {
  std::vector<ToyModel> run = NoisyRun(3);
  run[0].tensors.erase("model.norm.weight");
  run[1].tensors.erase("model.layers.0.mlp.up_proj.weight");
  run[2].At("lm_head.weight").shape = {kToyWidth, kToyVocabulary};
  run[2].tensors["model.layers.7.extra.weight"] = {.shape = {1}, .values = {1}};
  const TrainingDynamics dynamics = Follow(run);
  EXPECT_EQ(dynamics.not_in_all, 4);
  EXPECT_EQ(dynamics.layers.size(), kToyLayers);
  EXPECT_EQ(dynamics.outside->tensors, 1);
  EXPECT_EQ(dynamics.all.tensors, TrainedToy(1).tensors.size() - 3);
}

TEST(FollowTraining, LeavesOutAndNamesWhatIsNotFinite) {
  const std::vector<ToyModel> good = NoisyRun(3);
  const std::string name = "model.layers.2.mlp.gate.weight";
  std::vector<ToyModel> without = good;
  for (ToyModel& model : without) model.tensors.erase(name);
  const TrainingDynamics expected = Follow(without);
  for (std::size_t k = 0; k < 3; ++k) {
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      std::vector<ToyModel> bad = good;
      bad[k].At(name).values[7] = value;
      const TrainingDynamics dynamics = Follow(bad);
      ASSERT_EQ(dynamics.left_out.size(), 1);
      EXPECT_EQ(dynamics.left_out[0].name, name);
      EXPECT_EQ(dynamics.left_out[0].reason, "values that are not finite");
      EXPECT_EQ(dynamics.layers[2].norms, expected.layers[2].norms);
      EXPECT_EQ(dynamics.all.update_cosines, expected.all.update_cosines);
    }
  }
}

TEST(FollowTraining, LeavesOutWhatCantBeSquared) {
  std::vector<ModelParts> run;
  for (int k = 0; k < 3; ++k) {
    run.push_back(PartsInMemory({TensorOf(kUp, "F64", {2}, std::vector<double>{1e200, k + 1.0}),
                                 TensorOf("lm_head.weight", "F64", {1}, std::vector<double>{1})}));
  }
  const TrainingDynamics dynamics = Follow(run);
  EXPECT_THAT(dynamics.layers, IsEmpty());
  EXPECT_EQ(dynamics.all.tensors, 1);
  ASSERT_EQ(dynamics.left_out.size(), 1);
  EXPECT_EQ(dynamics.left_out[0].reason, "squares beyond the range of doubles");
}

TEST(FollowTraining, LeavesOutCodes) {
  std::vector<ModelParts> run;
  const std::vector<std::uint8_t> codes = {1, 2};
  for (int k = 0; k < 3; ++k) {
    run.push_back(PartsInMemory(
        {TensorOf(kUp, "I8", {2}, codes),
         TensorOf("model.layers.0.mlp.up_proj.weight", "F8_E4M3", {2}, codes),
         TensorOf("model.layers.0.mlp.up_proj.weight_scale_inv", "F32", {1}, std::vector<float>{1}),
         TensorOf("model.layers.1.mlp.up_proj.weight", "F8_E4M3", {2}, codes)}));
  }
  const TrainingDynamics dynamics = Follow(run);
  // The codes without a scale; those with one are no part of a model.
  EXPECT_EQ(dynamics.left_out.size(), 1);
  EXPECT_EQ(dynamics.all.tensors, 1);
}

TEST(FollowTraining, WhatDoesNotMoveHasNoDirection) {
  const TrainingDynamics still = Follow(std::vector<ToyModel>(4, TrainedToy(1)));
  EXPECT_EQ(still.all.drifts[2], 0.0);
  EXPECT_THAT(still.all.update_cosines, ElementsAre(std::nullopt, std::nullopt));
  EXPECT_FALSE(still.all.still_moving);
  EXPECT_THAT(still.by_last_drift, IsEmpty());
}

TEST(FollowTraining, NamesCheckpointsWithTheSameWeights) {
  const auto repeated = [](const std::vector<int>& seeds) {
    std::vector<ToyModel> run;
    for (const int seed : seeds) run.push_back(TrainedToy(static_cast<std::uint64_t>(seed)));
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (const SameCheckpoint& same : Follow(run).repeated) {
      pairs.emplace_back(same.checkpoint, same.same_as);
    }
    return pairs;
  };
  using ::testing::Pair;
  EXPECT_THAT(repeated({1, 1, 2, 3, 3}), ElementsAre(Pair(1, 0), Pair(4, 3)));
  EXPECT_THAT(repeated({1, 2, 2, 2, 1}), ElementsAre(Pair(2, 1), Pair(3, 1), Pair(4, 0)));
  EXPECT_THAT(repeated({1, 2, 3}), IsEmpty());
  std::vector<ToyModel> more(3, TrainedToy(1));
  more[1].tensors["model.extra.weight"] = {.shape = {1}, .values = {1}};
  EXPECT_THAT(Follow(more).repeated, IsEmpty());
}

TEST(FollowTraining, OverANormOfZeroNothingIsRelative) {
  const TrainingDynamics fromZero = Follow({OneTensor({0}), OneTensor({1}), OneTensor({3})});
  EXPECT_THAT(fromZero.all.norms, ElementsAre(0, 1, 3));
  EXPECT_THAT(fromZero.all.drifts, ElementsAre(std::nullopt, 2));
  EXPECT_THAT(fromZero.all.total_drifts, ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(fromZero.all.update_cosines, ElementsAre(1));
  EXPECT_FALSE(fromZero.all.still_moving);
  EXPECT_THAT(fromZero.by_last_drift, ElementsAre(2));
  const TrainingDynamics to_zero = Follow({OneTensor({2}), OneTensor({0}), OneTensor({0})});
  EXPECT_THAT(to_zero.all.drifts, ElementsAre(1, std::nullopt));
  EXPECT_THAT(to_zero.by_last_drift, IsEmpty());
}

TEST(FollowTraining, WithNothingInCommonAllIsEmpty) {
  ToyModel other;
  other.tensors["lm_head.weight"] = {.shape = {1}, .values = {1}};
  const TrainingDynamics dynamics = Follow({OneTensor({1}), other, OneTensor({1})});
  EXPECT_EQ(dynamics.all.tensors, 0);
  EXPECT_THAT(dynamics.layers, IsEmpty());
  EXPECT_FALSE(dynamics.outside);
  EXPECT_EQ(dynamics.not_in_all, 2);
  EXPECT_FALSE(dynamics.all.drifts[0]);
}

TEST(FollowTraining, NeedsThreeCheckpoints) {
  EXPECT_THROW(Follow(std::vector<ToyModel>(2, TrainedToy(1))), Error);
  EXPECT_THROW(Follow(std::vector<ToyModel>{}), Error);
  EXPECT_THROW(FollowTrainingBytes({}), Error);
}

TEST(FollowTraining, SameBitsForAnyNumberOfThreads) {
  const std::vector<ToyModel> run = NoisyRun(4);
  const TrainingDynamics one = Follow(run, 1), seven = Follow(run, 7);
  EXPECT_EQ(one.all.steps, seven.all.steps);
  EXPECT_EQ(one.all.update_cosines, seven.all.update_cosines);
  for (std::size_t layer = 0; layer < kToyLayers; ++layer) {
    EXPECT_EQ(one.layers[layer].norms, seven.layers[layer].norms);
    EXPECT_EQ(one.layers[layer].total_drifts, seven.layers[layer].total_drifts);
  }
}

class CountingProgress : public Progress {
 public:
  void Advance(std::uint64_t bytes) override { bytes_ += bytes; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::atomic<std::uint64_t> bytes_ = 0;
};

TEST(FollowTraining, SaysHowManyBytesItReads) {
  const ModelParts model = PartsInMemory(TrainedToy(1));
  CountingProgress progress;
  FollowTraining({&model, &model, &model}, 2, progress);
  EXPECT_EQ(progress.bytes(), FollowTrainingBytes({&model, &model, &model}));
  EXPECT_EQ(progress.bytes(), 3 * model.checkpoint.total_bytes());
}

}  // namespace training_dynamics_test
}  // namespace modelkin::testing
