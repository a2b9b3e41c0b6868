#include "evidence/lineage_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "evidence/toy_trace.h"

namespace modelkin::testing {
namespace lineage_tests_test {

TEST(LineageTests, AreCorrectedForTheirNumber) {
  const Trace trace = TraceToys(TrainedToy(1), TrainedToy(2));
  std::size_t run = 0;
  for (const TestResult& test : trace.tests) run += test.was_run() ? 1 : 0;
  EXPECT_GE(run, 6U);
  for (const TestResult& test : trace.tests) {
    if (!test.was_run()) continue;
    EXPECT_GE(test.log_p_adjusted, test.log_p) << TestName(test.key);
    EXPECT_LE(test.log_p_adjusted, 0) << TestName(test.key);
    EXPECT_LE(test.log_p_adjusted, test.log_p + std::log(static_cast<double>(run)) + 10)
        << TestName(test.key);
    EXPECT_FALSE(test.strong) << TestName(test.key);
  }
}

// 40 unrelated pairs: p-values of the joint test are spread as uniform ones are.
TEST(LineageTests, ResidualTraceIsUniformBetweenStrangers) {
  std::vector<double> p;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Trace trace = TraceToys(TrainedToy(100 + seed), TrainedToy(200 + seed));
    p.push_back(std::exp(trace.tests.front().log_p));
    EXPECT_EQ(trace.verdict.category, VerdictCategory::kNoEvidence) << seed;
  }
  std::ranges::sort(p);
  double distance = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max(distance, std::abs(p[i] - (static_cast<double>(i) + 0.5) / 40));
  }
  EXPECT_LT(distance, 1.63 / std::sqrt(40));  // 1 %
}

TEST(LineageTests, PowerIsASmallShare) {
  const Trace trace = TraceToys(TrainedToy(1), TrainedToy(2));
  ASSERT_TRUE(trace.power && trace.power->smallest());
  EXPECT_GT(*trace.power->residual_trace, 0.001);
  EXPECT_LT(*trace.power->residual_trace, 0.2);
  EXPECT_GT(*trace.power->gate_up, *trace.power->residual_trace);
  // Planting as much as it says is found indeed.
  ToyModel planted = TrainedToy(2);
  const ToyModel a = TrainedToy(1);
  const float share = static_cast<float>(1.5 * *trace.power->residual_trace);
  for (auto& [name, tensor] : planted.tensors) {
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] = share * a.tensors.at(name).values[i] + (1 - share) * tensor.values[i];
    }
  }
  const StoredToy stored_a(a), stored_b(planted);
  Progress progress;
  TraceState state;
  const Trace found =
      TraceLineage({.a = stored_a.traced(), .b = stored_b.traced()}, {{}, 2}, state, progress);
  EXPECT_TRUE(found.tests.front().strong);
  EXPECT_EQ(found.verdict.category, VerdictCategory::kSharesMaterial);
}

// Trained apart from one start: the pattern of common initialisation.
TEST(Verdict, OneStartIsNoDerivation) {
  const ToyModel start = UntrainedToy(1), learned_a = TrainedToy(2), learned_b = TrainedToy(3);
  ToyModel a = start, b = start;
  for (auto& [name, tensor] : a.tensors) {
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const bool norm = name.find("norm") != std::string::npos;
      const float base = norm ? 0 : 0.6F * tensor.values[i];
      tensor.values[i] = base + learned_a.tensors.at(name).values[i];
      b.At(name).values[i] = base + learned_b.tensors.at(name).values[i];
    }
  }
  // Training makes units alike, which noise alone does not: a few shared directions.
  for (auto [model, seed] : {std::pair(&a, 5), std::pair(&b, 6)}) AddSharedDirections(*model, seed);
  const Verdict verdict = TraceToys(a, b).verdict;
  EXPECT_EQ(verdict.category, VerdictCategory::kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
}

// Adds to gates and up rows of all MLPs `count` directions that units share, with so many times the
// variance of the weights together.
void Teach(ToyModel& model, std::size_t count, double variance, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (auto& [name, tensor] : model.tensors) {
    const bool wanted =
        name.find("gate_proj") != std::string::npos || name.find("up_proj") != std::string::npos;
    if (!wanted) continue;
    double squares = 0;
    for (const float value : tensor.values) squares += static_cast<double>(value) * value;
    const double scale = std::sqrt(variance * squares / static_cast<double>(tensor.values.size()) /
                                   static_cast<double>(count));
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<double> direction(tensor.shape[1]);
      for (double& value : direction) value = normal(random);
      for (std::size_t unit = 0; unit < tensor.shape[0]; ++unit) {
        const double weight = scale * normal(random);
        for (std::size_t i = 0; i < direction.size(); ++i) {
          tensor.values[unit * direction.size() + i] += static_cast<float>(weight * direction[i]);
        }
      }
    }
  }
}

// Trained apart from one start, on one language: what both learned outweighs what one of them did
// in the ratio of relations, which is not what the verdict goes by.
TEST(Verdict, OneStartAndOneLanguageIsNoDerivation) {
  ToyModel a = UntrainedToy(1), b = a;
  for (auto [model, seed] : {std::pair(&a, 6), std::pair(&b, 7)}) {
    Teach(*model, 1, 9, 5);
    Teach(*model, 12, 0.3, seed);
    AddNoise(*model, 0.1, seed + 10);
  }
  for (const bool exchanged : {false, true}) {
    const Verdict verdict = (exchanged ? TraceToys(b, a) : TraceToys(a, b)).verdict;
    EXPECT_GT(*verdict.shares.learned_ratio, kLearnedRatio);
    EXPECT_LT(*verdict.shares.retained_deviations, kBeyondDoubt);
    EXPECT_EQ(verdict.category, VerdictCategory::kSharesMaterial);
    EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
  }
  ToyModel tuned = a;
  Teach(tuned, 12, 0.05, 8);
  AddNoise(tuned, 0.1, 9);
  EXPECT_EQ(TraceToys(a, tuned).verdict.category, VerdictCategory::kDerived);
  EXPECT_EQ(TraceToys(tuned, a).verdict.category, VerdictCategory::kDerived);
}

}  // namespace lineage_tests_test
}  // namespace modelkin::testing
