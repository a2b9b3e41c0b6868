#include "kinship/sparse_merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "fingerprint/parts_in_memory.h"
#include "kinship/matrices.h"

namespace modelkin::testing {
namespace sparse_merge_test {

constexpr std::size_t kLayers = 4, kRows = 64, kColumns = 96;

using Layers = std::vector<Matrix>;

Layers RandomLayers(std::uint64_t seed, double scale = 0.05) {
  Layers layers;
  for (std::size_t i = 0; i < kLayers; ++i) {
    layers.push_back(Rounded(Normal(kRows, kColumns, 100 * seed + i, scale), DType::kBF16));
  }
  return layers;
}

Layers Changed(const Layers& base, const Layers& change, double factor = 1) {
  Layers sums;
  for (std::size_t i = 0; i < kLayers; ++i) {
    sums.push_back(Rounded(Sum(base[i], change[i], factor), DType::kBF16));
  }
  return sums;
}

// Changes from what was kept of the parents', element by element.
Layers Kept(const std::vector<const Layers*>& changes,
            const std::function<float(const std::vector<float>&)>& keep) {
  Layers kept = *changes[0];
  for (std::size_t i = 0; i < kLayers; ++i) {
    for (std::size_t k = 0; k < kept[i].values.size(); ++k) {
      std::vector<float> values;
      for (const Layers* change : changes) values.push_back((*change)[i].values[k]);
      kept[i].values[k] = keep(values);
    }
  }
  return kept;
}

Layers Dare(const std::vector<const Layers*>& changes, double drop, const Vector& weights,
            std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::bernoulli_distribution is_kept(1 - drop);
  return Kept(changes, [&](const std::vector<float>& values) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_kept(random)) sum += weights[i] * static_cast<double>(values[i]) / (1 - drop);
    }
    return static_cast<float>(sum);
  });
}

// Values above `least` in size, of the sign of their sum, in the mean.
Layers Ties(const std::vector<const Layers*>& changes, float least) {
  return Kept(changes, [&](const std::vector<float>& values) {
    float sum = 0, elected = 0;
    int count = 0;
    for (const float value : values) sum += std::abs(value) >= least ? value : 0;
    for (const float value : values) {
      if (std::abs(value) < least || value * sum <= 0) continue;
      elected += value;
      ++count;
    }
    return count == 0 ? 0 : elected / static_cast<float>(count);
  });
}

ModelParts StoredLayers(const Layers& layers) {
  std::vector<TestTensor> tensors;
  for (std::size_t i = 0; i < kLayers; ++i) {
    tensors.push_back(TensorOf("model.layers." + std::to_string(i) + ".mlp.up_proj.weight", "F32",
                               {kRows, kColumns}, layers[i].values));
  }
  return PartsInMemory(tensors);
}

MergeFit FitSparse(const Layers& b, const std::vector<const Layers*>& parents, const Layers& base,
                   unsigned threads = 2) {
  std::vector<ModelParts> parts;
  for (const Layers* parent : parents) parts.push_back(StoredLayers(*parent));
  std::vector<const ModelParts*> pointers;
  for (const ModelParts& parent : parts) pointers.push_back(&parent);
  Progress progress;
  return FitSparseMerge(StoredLayers(b), pointers, StoredLayers(base), threads, progress);
}

struct Family {
  Layers base = RandomLayers(1);
  Layers change_p = RandomLayers(2, 0.005), change_q = RandomLayers(3, 0.005),
         change_r = RandomLayers(4, 0.005);
  Layers p = Changed(base, change_p), q = Changed(base, change_q), r = Changed(base, change_r);
};

TEST(FitSparseMerge, Dare) {
  const Family family;
  for (const double drop : {0.3, 0.5, 0.9}) {
    const Layers b =
        Changed(family.base, Dare({&family.change_p, &family.change_q}, drop, {1, 0.6}, 5));
    const MergeFit fit = FitSparse(b, {&family.p, &family.q}, family.base);
    ASSERT_TRUE(fit.is_merge) << drop;
    EXPECT_EQ(fit.method, MergeMethod::kDare);
    EXPECT_NEAR(fit.weights[0].mean, 1, 0.05) << drop;
    EXPECT_NEAR(fit.weights[1].mean, 0.6, 0.05) << drop;
    EXPECT_GT(fit.explained.value_or(0), 0.97);
  }
}

TEST(FitSparseMerge, Ties) {
  const Family family;
  for (const float least : {0.0025F, 0.005F, 0.0075F}) {
    const Layers b = Changed(family.base, Ties({&family.change_p, &family.change_q}, least));
    const MergeFit fit = FitSparse(b, {&family.p, &family.q}, family.base);
    ASSERT_TRUE(fit.is_merge) << least;
    EXPECT_EQ(fit.method, MergeMethod::kTies);
    EXPECT_NEAR(fit.weights[0].mean, 1, 0.02);
    EXPECT_NEAR(fit.weights[1].mean, 1, 0.02);
  }
}

TEST(FitSparseMerge, ThreeParents) {
  const Family family;
  const std::vector<const Layers*> changes = {&family.change_p, &family.change_q, &family.change_r};
  const MergeFit dare = FitSparse(Changed(family.base, Dare(changes, 0.7, {1, 1, 1}, 6)),
                                  {&family.p, &family.q, &family.r}, family.base);
  EXPECT_TRUE(dare.is_merge);
  EXPECT_EQ(dare.method, MergeMethod::kDare);
  const MergeFit ties = FitSparse(Changed(family.base, Ties(changes, 0.006F)),
                                  {&family.p, &family.q, &family.r}, family.base);
  EXPECT_TRUE(ties.is_merge);
  EXPECT_EQ(ties.method, MergeMethod::kTies);
}

// The best of three sets for each element explains much of any change.
TEST(FitSparseMerge, OthersAreNone) {
  const Family family;
  const auto is_merge = [&](const Layers& b) {
    return FitSparse(b, {&family.p, &family.q}, family.base).is_merge;
  };
  EXPECT_FALSE(is_merge(Changed(family.base, Dare({&family.change_r}, 0.5, {1}, 7))));
  EXPECT_FALSE(is_merge(Changed(family.base, Ties({&family.change_r}, 0.005F))));
  EXPECT_FALSE(is_merge(family.r));
  EXPECT_FALSE(is_merge(family.base));
  EXPECT_FALSE(is_merge(family.p));
  EXPECT_FALSE(is_merge(RandomLayers(9)));
  // Dense, so task arithmetic.
  EXPECT_FALSE(is_merge(Changed(family.p, family.change_q, 0.5)));
  // Of one parent alone: no mixture.
  EXPECT_FALSE(is_merge(Changed(family.base, Dare({&family.change_p}, 0.5, {1}, 8))));
}

TEST(FitSparseMerge, SameForAnyNumberOfThreads) {
  const Family family;
  const Layers b = Changed(family.base, Dare({&family.change_p, &family.change_q}, 0.5, {1, 1}, 5));
  const MergeFit one = FitSparse(b, {&family.p, &family.q}, family.base, 1),
                 many = FitSparse(b, {&family.p, &family.q}, family.base, 5);
  ASSERT_EQ(one.weights.size(), many.weights.size());
  EXPECT_EQ(one.weights[0].mean, many.weights[0].mean);
  EXPECT_EQ(one.explained, many.explained);
}

TEST(FitSparseMerge, Edges) {
  const Family family;
  Layers nan = Changed(family.base, Dare({&family.change_p, &family.change_q}, 0.5, {1, 1}, 5));
  for (Matrix& matrix : nan) matrix.values[0] = std::nanf("");
  EXPECT_FALSE(FitSparse(nan, {&family.p, &family.q}, family.base).is_merge);
  Layers zeros = family.base;
  for (Matrix& matrix : zeros) std::ranges::fill(matrix.values, 0.0F);
  EXPECT_FALSE(FitSparse(zeros, {&family.p, &family.q}, family.base).is_merge);
  EXPECT_FALSE(FitSparse(zeros, {&zeros, &zeros}, zeros).is_merge);
  // Parents that are one.
  const Layers b = Changed(family.base, Dare({&family.change_p}, 0.5, {1}, 8));
  EXPECT_FALSE(FitSparse(b, {&family.p, &family.p}, family.base).is_merge);
}

}  // namespace sparse_merge_test
}  // namespace modelkin::testing
