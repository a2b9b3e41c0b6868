#include "kinship/merge_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fingerprint/parts_in_memory.h"
#include "kinship/matrices.h"

namespace modelkin::testing {
namespace merge_fit_test {

constexpr int kTensors = 5;

// A few matrices, as one model's.
using Weights = std::vector<Matrix>;

Weights Random(std::uint64_t seed) {
  Weights weights;
  for (std::uint64_t i = 0; i < kTensors; ++i) weights.push_back(Normal(40, 64, 100 * seed + i));
  return weights;
}

Weights Mix(const std::vector<std::pair<double, const Weights*>>& terms, DType type) {
  Weights mixed;
  for (std::size_t i = 0; i < kTensors; ++i) {
    Matrix sum{40, 64, std::vector<float>(40 * 64, 0)};
    for (const auto& [weight, of] : terms) sum = Sum(sum, (*of)[i], weight);
    mixed.push_back(Rounded(sum, type));
  }
  return mixed;
}

ModelParts Parts(const Weights& weights) {
  std::vector<TestTensor> tensors;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    tensors.push_back(TensorOf("model.layers." + std::to_string(i) + ".mlp.up_proj.weight", "F32",
                               {40, 64}, weights[i].values));
  }
  return PartsInMemory(tensors);
}

MergeFit Fit(const Weights& b, const std::vector<const Weights*>& parents,
             const Weights* base = nullptr, unsigned threads = 2) {
  std::vector<ModelParts> parts;
  for (const Weights* parent : parents) parts.push_back(Parts(*parent));
  std::vector<const ModelParts*> pointers;
  for (const ModelParts& parent : parts) pointers.push_back(&parent);
  const ModelParts of_base = Parts(base == nullptr ? b : *base);
  Progress progress;
  return FitMerge(Parts(b), pointers, base == nullptr ? nullptr : &of_base, {}, threads, progress);
}

// Of a parent, a change of `share` of its size.
Weights Child(const Weights& parent, double share, std::uint64_t seed) {
  const Weights change = Random(seed);
  return Mix({{1, &parent}, {share, &change}}, DType::kBF16);
}

void ExpectWeights(const MergeFit& fit, const std::vector<double>& weights, double tolerance) {
  ASSERT_EQ(fit.weights.size(), weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NEAR(fit.weights[i].mean, weights[i], tolerance);
    EXPECT_LE(fit.weights[i].low, fit.weights[i].mean);
    EXPECT_GE(fit.weights[i].high, fit.weights[i].mean);
    EXPECT_LT(fit.weights[i].high - fit.weights[i].low, 0.05);
  }
}

TEST(FitMerge, LinearWeights) {
  const Weights a = Random(1), stranger = Random(2), child = Child(a, 0.1, 3);
  for (const double weight : {0.1, 0.3, 0.5}) {
    for (const Weights* other : {&stranger, &child}) {
      const MergeFit fit = Fit(Mix({{1 - weight, &a}, {weight, other}}, DType::kBF16), {&a, other});
      EXPECT_TRUE(fit.is_merge);
      EXPECT_EQ(fit.method, MergeMethod::kLinear);
      ExpectWeights(fit, {1 - weight, weight}, 0.01);
      EXPECT_LT(fit.residual, 0.003);  // of BF16
    }
  }
}

// Of norms, whose parents differ by a step of their type, rounding to it leaves one of the parents'
// values and no mixture.
TEST(FitMerge, NormsWeighLittle) {
  const auto with_norms = [](const Weights& matrices, std::uint64_t seed) {
    std::vector<TestTensor> tensors;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      const std::string layer = "model.layers." + std::to_string(i);
      tensors.push_back(
          TensorOf(layer + ".mlp.up_proj.weight", "F32", {40, 64}, matrices[i].values));
      if (i > 1) continue;  // fewer than half of the tensors
      // Of the steps of BF16 above 1, 2^-7, in whole numbers: 0 or 1, and of the mixture none.
      Matrix norm = Normal(1, 256, seed + i);
      for (float& value : norm.values) value = seed > 0 && value > 0 ? 1 + 0x1p-7F : 1;
      tensors.push_back(TensorOf(layer + ".input_layernorm.weight", "F32", {256}, norm.values));
    }
    return PartsInMemory(tensors);
  };
  constexpr int kFits = 40;
  for (const double share : {0.3, 0.1}) {
    int covered = 0;
    for (std::uint64_t seed = 1; seed <= kFits; ++seed) {
      const Weights a = Random(10 * seed), child = Child(a, 0.05, 10 * seed + 5);
      const Weights mixed = Mix({{1 - share, &a}, {share, &child}}, DType::kBF16);
      const ModelParts of_a = with_norms(a, 0), of_child = with_norms(child, 7),
                       of_b = with_norms(mixed, 0);
      Progress progress;
      const MergeFit fit = FitMerge(of_b, {&of_a, &of_child}, nullptr, {}, 1, progress);
      ASSERT_TRUE(fit.is_merge);
      EXPECT_NEAR(fit.weights[1].mean, share, 0.002);
      covered += fit.weights[1].low <= share && share <= fit.weights[1].high ? 1 : 0;
    }
    EXPECT_GE(covered, 34) << share;  // of 40; 38 are expected
  }
}

TEST(FitMerge, ThreeParents) {
  const Weights a = Random(1), p = Child(a, 0.1, 4), q = Child(a, 0.1, 5);
  const MergeFit fit = Fit(Mix({{0.5, &a}, {0.3, &p}, {0.2, &q}}, DType::kBF16), {&a, &p, &q});
  EXPECT_TRUE(fit.is_merge);
  ExpectWeights(fit, {0.5, 0.3, 0.2}, 0.02);
}

TEST(FitMerge, SlerpIsToldFromLinearWhereItDiffers) {
  const Weights a = Random(1), stranger = Random(2);
  Weights mixed;
  for (std::size_t i = 0; i < kTensors; ++i) {
    double products = 0;
    for (std::size_t k = 0; k < a[i].values.size(); ++k) {
      products += static_cast<double>(a[i].values[k]) * stranger[i].values[k];
    }
    const double angle = std::acos(products / NormOf(a[i]) / NormOf(stranger[i]));
    Matrix sum = a[i];
    for (float& value : sum.values)
      value *= static_cast<float>(std::sin(0.7 * angle) / std::sin(angle));
    mixed.push_back(
        Rounded(Sum(sum, stranger[i], std::sin(0.3 * angle) / std::sin(angle)), DType::kBF16));
  }
  const MergeFit fit = Fit(mixed, {&a, &stranger});
  EXPECT_TRUE(fit.is_merge);
  EXPECT_EQ(fit.method, MergeMethod::kSlerp);
  ExpectWeights(fit, {0.7, 0.3}, 0.005);
}

TEST(FitMerge, TaskArithmetic) {
  const Weights base = Random(1), p = Child(base, 0.1, 6), q = Child(base, 0.1, 7);
  const Weights sum = Mix({{0.7, &p}, {0.7, &q}, {-0.4, &base}}, DType::kBF16);
  const MergeFit fit = Fit(sum, {&p, &q}, &base);
  EXPECT_TRUE(fit.is_merge);
  EXPECT_EQ(fit.method, MergeMethod::kTaskArithmetic);
  ExpectWeights(fit, {0.7, 0.7}, 0.02);
}

TEST(FitMerge, ChildrenAndStrangersAreNone) {
  const Weights a = Random(1), stranger = Random(2), other = Child(a, 0.1, 8);
  EXPECT_FALSE(Fit(Child(a, 0.1, 9), {&a, &other}).is_merge);
  EXPECT_FALSE(Fit(Child(a, 0.1, 9), {&a, &stranger}).is_merge);
  EXPECT_FALSE(Fit(a, {&a, &other}).is_merge);
  EXPECT_FALSE(Fit(Random(10), {&a, &stranger}).is_merge);
  EXPECT_FALSE(Fit(Child(a, 0.1, 9), {&other, &stranger}, &a).is_merge);
}

TEST(FitMerge, DoesNotDependOnThreads) {
  const Weights a = Random(1), child = Child(a, 0.1, 3);
  const Weights mixed = Mix({{0.5, &a}, {0.5, &child}}, DType::kBF16);
  const MergeFit one = Fit(mixed, {&a, &child}, nullptr, 1),
                 many = Fit(mixed, {&a, &child}, nullptr, 5);
  EXPECT_EQ(one.weights[1].mean, many.weights[1].mean);
  EXPECT_EQ(one.common_residual, many.common_residual);
}

TEST(FitMerge, Edges) {
  const Weights a = Random(1), b = Random(2);
  EXPECT_FALSE(Fit(a, {&b, &b}).skipped.empty());  // parents that are one
  Weights nan = a;
  for (Matrix& matrix : nan) matrix.values[0] = std::nanf("");
  EXPECT_FALSE(Fit(nan, {&a, &b}).skipped.empty());
}

}  // namespace merge_fit_test
}  // namespace modelkin::testing
