// What is done to hide or to feign that a model is built on another, and what has to come of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "evidence/toy_trace.h"
#include "lineage/layer_sources.h"

namespace modelkin::testing {
namespace adversaries_test {

using enum VerdictCategory;

// Whole model: what most of them derive.
struct Base {
  std::string name;
  std::function<ToyModel()> a, stranger;
};

std::string ZooPath(const std::string& name) {
  const char* const shared = std::getenv("MODELKIN_SHARED_DATA");
  return shared == nullptr ? "" : std::string(shared) + "/zoo/" + name;
}

class Adversary : public ::testing::TestWithParam<std::string> {
 protected:
  static bool Draws() { return GetParam().ends_with("_drawn"); }
  static std::string Source() { return GetParam().substr(0, GetParam().find("_drawn")); }

  // As a whole, or by draws.
  static Trace TraceOf(const ToyModel& a, const ToyModel& b,
                       const std::vector<ToyModel>& controls = {}) {
    return Draws() ? TraceToys(a, b, controls, kDrawnToys) : TraceToys(a, b, controls);
  }

  void SetUp() override {
    if (Source() == "toy") {
      a_ = TrainedToy(1);
      stranger_ = TrainedToy(2);
      untrained_ = UntrainedToy(3);
      return;
    }
    if (ZooPath("").empty()) {
      GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set: no trained models to test with";
    }
    a_ = ReadToy(ZooPath("glm-a"));
    stranger_ = ReadToy(ZooPath("glm-b"));
    untrained_ = ReadToy(ZooPath("glm-b"));
    for (auto& [name, tensor] : untrained_.tensors) {
      const bool norm = name.find("norm") != std::string::npos;
      const bool bias = name.ends_with("bias");
      std::uint64_t state = 12345 + name.size();
      for (float& value : tensor.values) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const double uniform = static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
        value = norm ? 1.0F : bias ? 0.0F : static_cast<float>(0.07 * uniform);
      }
    }
  }

  Verdict Against(const ToyModel& b) { return TraceOf(a_, b).verdict; }

  ToyModel a_, stranger_, untrained_;
};

INSTANTIATE_TEST_SUITE_P(Models, Adversary,
                         ::testing::Values("toy", "zoo", "toy_drawn", "zoo_drawn"),
                         [](const auto& made) { return made.param; });

TEST_P(Adversary, ItselfIsIdentical) { EXPECT_EQ(Against(a_).category, kIdentical); }

TEST_P(Adversary, StrangerShowsNothing) { EXPECT_EQ(Against(stranger_).category, kNoEvidence); }

TEST_P(Adversary, UntrainedModelShowsNothing) {
  EXPECT_EQ(Against(untrained_).category, kNoEvidence);
}

TEST_P(Adversary, PermutedHiddenUnits) {
  PermuteHiddenUnits(a_, 5);
  const ToyModel permuted = a_;
  SetUp();
  EXPECT_EQ(Against(permuted).category, kDerived);
}

TEST_P(Adversary, PermutedExperts) {
  ToyModel b = a_;
  PermuteExperts(b, 5);
  const Trace trace = TraceOf(a_, b);
  EXPECT_EQ(trace.verdict.category, kDerived);
  EXPECT_EQ(trace.pair.experts.agreed, trace.pair.experts.experts);
}

TEST_P(Adversary, PermutedExpertsAndHiddenUnitsWithNoise) {
  ToyModel b = a_;
  PermuteExperts(b, 5);
  PermuteHiddenUnits(b, 6);
  AddNoise(b, 0.1, 7);
  EXPECT_EQ(Against(b).category, kDerived);
}

TEST_P(Adversary, RenamedTensors) {
  ToyModel b = a_;
  AddNoise(b, 0.01, 7);
  RenameTensors(b);
  const Trace trace = TraceOf(a_, b);
  EXPECT_EQ(trace.verdict.category, kDerived);
  EXPECT_FALSE(trace.pair.names_given.empty());
}

TEST_P(Adversary, RenamedStrangerShowsNothing) {
  RenameTensors(stranger_);
  EXPECT_EQ(Against(stranger_).category, kNoEvidence);
}

TEST_P(Adversary, NoiseOfOnePercent) {
  ToyModel b = a_;
  AddNoise(b, 0.01, 5);
  EXPECT_EQ(Against(b).category, kDerived);
}

TEST_P(Adversary, NoiseOfTenPercent) {
  ToyModel b = a_;
  AddNoise(b, 0.1, 5);
  EXPECT_EQ(Against(b).category, kDerived);
}

TEST_P(Adversary, HalfOfTheLayersOfAStranger) {
  ToyModel b = a_;
  Take(
      stranger_,
      [](const std::string& name) {
        return name.find(".layers.2.") != std::string::npos ||
               name.find(".layers.3.") != std::string::npos;
      },
      b);
  const Verdict verdict = Against(b);
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kPartOfTheModel);
}

TEST_P(Adversary, OnlyTheEmbeddingsTaken) {
  ToyModel b = stranger_;
  Take(
      a_, [](const std::string& name) { return name.find("embed_tokens") != std::string::npos; },
      b);
  EXPECT_EQ(Against(b).category, kSharesMaterial);
}

TEST_P(Adversary, OnlyOneLayersExpertsTakenAndChanged) {
  ToyModel b = stranger_;
  ToyModel changed = a_;
  AddNoise(changed, 0.1, 5);
  Take(
      changed,
      [](const std::string& name) {
        return name.find(".layers.1.mlp.experts") != std::string::npos;
      },
      b);
  const Verdict verdict = Against(b);
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kPartOfTheModel);
}

TEST_P(Adversary, ExpertsShuffledBetweenLayers) {
  ToyModel b = a_;
  ShuffleExpertsBetweenLayers(b, 5);
  AddNoise(b, 0.01, 6);
  EXPECT_EQ(Against(b).category, kDerived);
}

TEST_P(Adversary, StrangerWithNormsOfA) {
  Take(
      a_, [](const std::string& name) { return name.find("norm") != std::string::npos; },
      stranger_);
  const Verdict verdict = Against(stranger_);
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCopiedTensors);
}

TEST_P(Adversary, StrangerWithTheSameBuffers) {
  ToyTensor frequencies{.shape = {64}, .values = {}}, slopes{.shape = {16}, .values = {}};
  ToyTensor table{.shape = {64, a_.At("model.norm.weight").shape[0]}, .values = {}};
  for (int i = 0; i < 64; ++i) {
    frequencies.values.push_back(std::pow(10000.0F, -static_cast<float>(i) / 64));
  }
  for (int i = 0; i < 16; ++i) slopes.values.push_back(std::exp2(-0.5F * static_cast<float>(i)));
  for (std::uint64_t t = 0; t < table.shape[0]; ++t) {
    for (std::uint64_t i = 0; i < table.shape[1]; ++i) {
      const double rate = std::pow(
          10000.0, -2.0 * static_cast<double>(i / 2) / static_cast<double>(table.shape[1]));
      const double angle = static_cast<double>(t) * rate;
      table.values.push_back(static_cast<float>(i % 2 == 0 ? std::sin(angle) : std::cos(angle)));
    }
  }
  for (ToyModel* model : {&a_, &stranger_}) {
    model->tensors.emplace("model.layers.0.self_attn.rotary_emb.inv_freq", frequencies);
    model->tensors.emplace("model.layers.0.self_attn.some_constants", slopes);
    model->tensors.emplace("model.position_table", table);
    model->tensors.emplace("model.layers.0.self_attn.mask",
                           ToyTensor{{64}, std::vector<float>(64, 1)});
  }
  EXPECT_EQ(Against(stranger_).category, kNoEvidence);
}

TEST_P(Adversary, LayersDropped) {
  ToyModel b = WithLayers(a_, {0, 1, 3});
  AddNoise(b, 0.05, 5);
  const Trace trace = TraceOf(a_, b);
  EXPECT_EQ(trace.verdict.category, kDerived);
  EXPECT_THAT(ChangesOfLayers(trace.pair).dropped, ::testing::ElementsAre(2));
}

TEST_P(Adversary, DepthUpscaledByOverlappingCopies) {
  ToyModel b = WithLayers(a_, {0, 1, 2, 1, 2, 3});
  AddNoise(b, 0.05, 5);
  const Trace trace = TraceOf(a_, b);
  EXPECT_EQ(trace.verdict.category, kDerived);
  EXPECT_THAT(ChangesOfLayers(trace.pair).duplicated, ::testing::ElementsAre(1, 2));
  EXPECT_THAT(trace.verdict.evidence,
              ::testing::Contains(::testing::AllOf(
                  ::testing::Field(&Evidence::kind, EvidenceKind::kDuplicatedLayers),
                  ::testing::Field(&Evidence::layers, ::testing::ElementsAre(1, 2)))));
  std::vector<std::size_t> source;
  for (const auto& layer : trace.pair.layer_map.source) source.push_back(layer.value_or(99));
  EXPECT_THAT(source, ::testing::ElementsAre(0, 1, 2, 1, 2, 3));
}

TEST_P(Adversary, TheOtherWayRoundIsTheSame) {
  ToyModel b = a_;
  PermuteHiddenUnits(b, 5);
  AddNoise(b, 0.1, 5);
  EXPECT_EQ(TraceOf(b, a_).verdict.category, kDerived);
  EXPECT_EQ(TraceOf(stranger_, a_).verdict.category, kNoEvidence);
}

TEST_P(Adversary, RelativeAsControlDoesNotHideTheDerivation) {
  ToyModel b = a_, sibling = a_;
  AddNoise(b, 0.1, 5);
  AddNoise(sibling, 0.01, 6);
  const Trace trace = TraceOf(a_, b, {sibling});
  EXPECT_EQ(trace.verdict.category, kDerived);
  EXPECT_TRUE(trace.controls[0].related);
}

}  // namespace adversaries_test
}  // namespace modelkin::testing
