#include "scan/comparison.h"

#include <gtest/gtest.h>

#include <limits>

#include "scan/scan_files.h"
#include "scan/test_values.h"

namespace modelkin {
namespace comparison_test {

using testing::Encode;
using testing::MakeCheckpoint;
using testing::MakeTensor;
using testing::TestTensor;

TestTensor Floats(std::string name, const std::vector<double>& values) {
  return MakeTensor(std::move(name), DType::kF32, Encode(DType::kF32, values));
}

const GroupSummary& Role(const Comparison& comparison, std::string_view role) {
  for (const GroupSummary& group : comparison.by_role) {
    if (group.role == role) return group;
  }
  ADD_FAILURE() << "no role " << role;
  return comparison.by_role.front();
}

const MetricSpread& Spread(const GroupSummary& group, std::string_view metric) {
  for (std::size_t i = 0; i < kPairMetricFields.size(); ++i) {
    if (kPairMetricFields[i].name == metric) return group.spreads[i];
  }
  ADD_FAILURE() << "no metric " << metric;
  return group.spreads[0];
}

Comparison CompareAll(const Checkpoint& a, const Checkpoint& b,
                      const PairingOptions& options = {}) {
  Progress progress;
  return Compare(a, b, PairByName(a, b, options), {.threads = 2}, progress);
}

TEST(Compare, StatusAndCounts) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Checkpoint a = MakeCheckpoint({Floats("same", {1, 2, 3}),
                                       Floats("cast", {1, 2}),
                                       Floats("changed", {1, 2, 3, 4}),
                                       Floats("infinite", {1, infinity}),
                                       Floats("only_a", {1}),
                                       Floats("skipped", {1}),
                                       {"shape", "F32", {1, 2}, std::string(8, '\0')},
                                       {"complex", "C64", {4}, std::string(32, '\0')},
                                       {"fp4", "F4", {4}, std::string(2, '\0')}});
  const Checkpoint b =
      MakeCheckpoint({Floats("same", {1, 2, 3}),
                      MakeTensor("cast", DType::kBF16, Encode(DType::kBF16, std::vector{1.0, 2.0})),
                      Floats("changed", {1, 2, 3, 5}),
                      Floats("infinite", {1, 2}),
                      Floats("only_b", {1}),
                      Floats("only_b_too", {1}),
                      Floats("skipped", {1}),
                      {"shape", "F32", {2, 1}, std::string(8, '\0')},
                      {"complex", "C64", {4}, std::string(32, '\0')},
                      {"fp4", "F4", {4}, std::string(2, '\0')}});
  const Comparison comparison = CompareAll(a, b, {.exclude = {"skipped"}});
  const ComparisonCounts& counts = comparison.counts;
  EXPECT_EQ(counts.compared, 4U);
  EXPECT_EQ(counts.only_in_a, 1U);
  EXPECT_EQ(counts.only_in_b, 2U);
  EXPECT_EQ(counts.shape_mismatches, 1U);
  EXPECT_EQ(counts.unsupported_types, 1U);
  EXPECT_EQ(counts.packed, 1U);
  EXPECT_EQ(counts.left_out, 2U);
  EXPECT_EQ(counts.byte_identical, 1U);  // not the cast one, though bit-equal by value
  EXPECT_EQ(counts.non_finite, 1U);
  EXPECT_EQ(counts.elements, 3U + 2 + 4 + 2);
  ASSERT_EQ(comparison.tensors.size(), 10U);
  for (const ComparedTensor& tensor : comparison.tensors) {
    const std::string& name = tensor.pair.a != nullptr ? tensor.pair.a->name : tensor.pair.b->name;
    EXPECT_EQ(tensor.status, name == "only_a"             ? PairStatus::kOnlyInA
                             : name.starts_with("only_b") ? PairStatus::kOnlyInB
                             : name == "shape"            ? PairStatus::kShapeMismatch
                             : name == "complex"          ? PairStatus::kUnsupportedType
                             : name == "fp4"              ? PairStatus::kPacked
                                                          : PairStatus::kCompared)
        << name;
    if (name == "cast") {
      EXPECT_EQ(tensor.metrics.bit_equal, 2U);
    }
    if (name == "changed") {
      EXPECT_EQ(tensor.metrics.max_abs_diff.value(), 1.0);
    }
  }
}

// mean_abs_diff of layer i is (i + 1)^2; layer 3 has another shape in B.
class LayeredComparison : public ::testing::Test {
 protected:
  static std::vector<TestTensor> Tensors(bool b) {
    std::vector<TestTensor> tensors = {Floats("norm", {1, 1})};
    for (int layer : {2, 0, 10, 1}) {
      const std::string prefix = "layers." + std::to_string(layer) + ".";
      const double shift = b ? (layer + 1) * (layer + 1) : 0;
      tensors.push_back(Floats(prefix + "up", {1 + shift, 2 + shift, 4 + shift}));
      if (layer < 2) tensors.push_back(Floats(prefix + "down", {shift, 1 + shift}));
    }
    tensors.push_back(Floats("layers.3.up", std::vector<double>(b ? 5 : 3, 1.0)));
    return tensors;
  }

  const Checkpoint a_ = MakeCheckpoint(Tensors(false));
  const Checkpoint b_ = MakeCheckpoint(Tensors(true));
  const Comparison comparison_ = CompareAll(a_, b_);
};

TEST_F(LayeredComparison, ByRole) {
  ASSERT_EQ(comparison_.by_role.size(), 3U);
  // In order of first occurrence among the pairs, which are in natural order of names.
  EXPECT_EQ(comparison_.by_role[0].role, "down");
  EXPECT_EQ(comparison_.by_role[1].role, "up");
  EXPECT_EQ(comparison_.by_role[2].role, "norm");
  const GroupSummary& up = Role(comparison_, "up");
  EXPECT_EQ(up.tensors, 4U);
  EXPECT_EQ(up.not_compared, 1U);
  EXPECT_EQ(up.elements, 12U);
  EXPECT_EQ(up.bit_equal, 0U);
  EXPECT_FALSE(up.layer.has_value());
  const MetricSpread& diff = Spread(up, "mean_abs_diff");  // 1, 4, 9, 121
  EXPECT_EQ(diff.tensors, 4U);
  EXPECT_DOUBLE_EQ(diff.median, 6.5);
  EXPECT_DOUBLE_EQ(diff.lowest, 1);
  EXPECT_DOUBLE_EQ(diff.highest, 121);
  EXPECT_NEAR(Spread(up, "pearson_correlation").lowest, 1, 1e-7);
}

TEST_F(LayeredComparison, UndefinedMetricsAreLeftOut) {
  const GroupSummary& norm = Role(comparison_, "norm");
  EXPECT_EQ(norm.tensors, 1U);
  EXPECT_EQ(norm.bit_equal, 2U);
  EXPECT_EQ(Spread(norm, "pearson_correlation").tensors, 0U);
  EXPECT_EQ(Spread(norm, "cosine_similarity").tensors, 1U);
  EXPECT_EQ(Spread(norm, "cosine_similarity").median, 1.0);
}

TEST_F(LayeredComparison, ByLayerInOrderOfNumbers) {
  ASSERT_EQ(comparison_.by_layer.size(), 5U);
  const std::uint32_t layers[] = {0, 1, 2, 3, 10};
  const std::uint64_t tensors[] = {2, 2, 1, 0, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(comparison_.by_layer[i].layer, layers[i]);
    EXPECT_EQ(comparison_.by_layer[i].tensors, tensors[i]);
  }
  EXPECT_EQ(comparison_.by_layer[3].not_compared, 1U);
  const MetricSpread& first = Spread(comparison_.by_layer[1], "mean_abs_diff");
  EXPECT_EQ(first.tensors, 2U);
  EXPECT_DOUBLE_EQ(first.median, 4);
}

// Pairs across layers are in no layer's summary.
TEST_F(LayeredComparison, WithinOneModel) {
  Progress progress;
  const Comparison within = Compare(a_, a_, PairWithin(a_, {}), {.threads = 2}, progress);
  EXPECT_TRUE(within.by_layer.empty());
  EXPECT_EQ(Role(within, "up").tensors, 10U);  // pairs of 5 layers
  EXPECT_EQ(Role(within, "down").tensors, 1U);
}

TEST(Compare, NothingToCompare) {
  const Checkpoint empty = MakeCheckpoint({});
  const Comparison comparison = CompareAll(empty, empty);
  EXPECT_EQ(comparison.counts.compared, 0U);
  EXPECT_TRUE(comparison.tensors.empty());
  EXPECT_TRUE(comparison.by_role.empty());
}

}  // namespace comparison_test
}  // namespace modelkin
