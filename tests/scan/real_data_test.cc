// Known facts about real checkpoints, which are not part of the project: MODELKIN_SHARED_DATA names
// a folder with zoo/ (small models trained for such tests) and realdata/weights/ (public ones).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <filesystem>

#include "scan/byte_diff.h"
#include "scan/comparison.h"
#include "scan/scan_files.h"
#include "scan/test_values.h"

namespace modelkin {
namespace real_data_test {

class RealData : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const folder = std::getenv("MODELKIN_SHARED_DATA");
    if (folder == nullptr || *folder == '\0') {
      GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set to a folder with zoo/ and realdata/";
    }
    folder_ = folder;
    ASSERT_TRUE(std::filesystem::is_directory(folder_ + "/zoo"));
    ASSERT_TRUE(std::filesystem::is_directory(folder_ + "/realdata/weights"));
  }

  // Kept until the test's end, as comparisons point into them.
  const Checkpoint& Open(const std::string& path) {
    return opened_.emplace_back(OpenCheckpoint(folder_ + "/" + path));
  }
  const Checkpoint& Zoo(const std::string& name) { return Open("zoo/" + name); }
  const Checkpoint& Silero(const std::string& name) {
    return Open("realdata/weights/silero/silero_" + name + ".safetensors");
  }

  static Comparison CompareAll(const Checkpoint& a, const Checkpoint& b) {
    Progress progress;
    return Compare(a, b, PairByName(a, b, {}), {.threads = 2}, progress);
  }

  // Correlations of the compared matrices.
  static std::vector<double> MatrixCorrelations(const Comparison& comparison) {
    std::vector<double> correlations;
    for (const ComparedTensor& tensor : comparison.tensors) {
      if (tensor.status != PairStatus::kCompared || tensor.pair.a->shape.size() < 2) continue;
      if (tensor.metrics.pearson_correlation.defined()) {
        correlations.push_back(tensor.metrics.pearson_correlation.value());
      }
    }
    std::ranges::sort(correlations);
    return correlations;
  }

  static double MedianMagnitude(std::vector<double> values) {
    for (double& value : values) value = std::abs(value);
    std::ranges::sort(values);
    return values.at(values.size() / 2);
  }

  static std::vector<double> ValuesOf(const Checkpoint& checkpoint, const Tensor& tensor) {
    std::vector<std::byte> scratch;
    const auto bytes =
        checkpoint.SourceOf(tensor).Read(tensor.offset_bytes, tensor.length_bytes, scratch);
    return testing::Decode(tensor.dtype,
                           {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  std::string folder_;
  std::deque<Checkpoint> opened_;
};

TEST_F(RealData, FineTunedModel) {
  const Comparison comparison = CompareAll(Zoo("glm-a"), Zoo("glm-a-sft"));
  EXPECT_EQ(comparison.counts.only_in_a + comparison.counts.only_in_b, 0U);
  EXPECT_EQ(comparison.counts.shape_mismatches, 0U);
  const std::vector<double> correlations = MatrixCorrelations(comparison);
  ASSERT_GT(correlations.size(), 10U);
  EXPECT_GT(correlations.front(), 0.9);
}

TEST_F(RealData, Strangers) {
  for (const char* stranger : {"glm-b", "solar-a"}) {
    SCOPED_TRACE(stranger);
    const Comparison comparison = CompareAll(Zoo("glm-a"), Zoo(stranger));
    const std::vector<double> correlations = MatrixCorrelations(comparison);
    ASSERT_GT(correlations.size(), 10U);
    EXPECT_LT(MedianMagnitude(correlations), 0.1);
    EXPECT_EQ(comparison.counts.byte_identical, 0U);
  }
}

// Every metric of every tensor of the zoo against the definitions.
TEST_F(RealData, MetricsMatchTheReference) {
  const Checkpoint& a = Zoo("glm-a");
  for (const char* other : {"glm-a-sft", "glm-b", "solar-a"}) {
    const Checkpoint& b = Zoo(other);
    for (const ComparedTensor& tensor : CompareAll(a, b).tensors) {
      if (tensor.status != PairStatus::kCompared) continue;
      SCOPED_TRACE(tensor.pair.a->name + " of glm-a and " + other);
      testing::ExpectMatchesReference(
          tensor.metrics,
          testing::CompareByDefinition(ValuesOf(a, *tensor.pair.a), ValuesOf(b, *tensor.pair.b)));
    }
  }
}

TEST_F(RealData, SileroRepackaged) {
  const Checkpoint& a = Silero("v5.0-42a5ed4a");
  const Checkpoint& b = Silero("v5-63cb73be");
  const Comparison comparison = CompareAll(a, b);
  EXPECT_EQ(comparison.counts.compared, 32U);
  EXPECT_EQ(comparison.counts.byte_identical, 32U);
  EXPECT_EQ(comparison.counts.only_in_a, 2U);
  EXPECT_EQ(comparison.counts.only_in_b, 0U);
  Progress progress;
  const ByteDiff diff = DiffBytes(a, b, PairByName(a, b, {}), 2, progress);
  EXPECT_EQ(diff.identical_count(), 32U);
}

// One product line, unrelated weights but for the fixed buffers of the transform.
TEST_F(RealData, SileroRetrained) {
  const char* const versions[] = {"v5-63cb73be", "v6-30868c98", "v6.2-5c6988d6"};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = i + 1; j < 3; ++j) {
      SCOPED_TRACE(std::string(versions[i]) + " and " + versions[j]);
      const Comparison comparison = CompareAll(Silero(versions[i]), Silero(versions[j]));
      EXPECT_EQ(comparison.counts.compared, 32U);
      EXPECT_EQ(comparison.counts.byte_identical, 4U);
      const std::vector<double> correlations = MatrixCorrelations(comparison);
      EXPECT_LT(MedianMagnitude(correlations), 0.03);
      EXPECT_EQ(correlations.back(), 1.0);
    }
  }
}

}  // namespace real_data_test
}  // namespace modelkin
