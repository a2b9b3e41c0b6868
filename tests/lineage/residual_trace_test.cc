#include "lineage/residual_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace residual_trace_test {

using ::testing::Contains;
using ::testing::Field;

constexpr auto kAll = [](const Part&) { return true; };

struct Traced {
  ModelParts a, b;
  ResidualTrace trace;
};

Traced TraceOf(const ToyModel& a, const ToyModel& b, unsigned threads = 2) {
  const StoredToy stored_a(a), stored_b(b);
  Traced traced{.a = PartsOf(*stored_a.traced().checkpoint, stored_a.traced().spec),
                .b = PartsOf(*stored_b.traced().checkpoint, stored_b.traced().spec),
                .trace = {}};
  MlpSums sums_a(traced.a), sums_b(traced.b);
  Progress progress;
  traced.trace = TraceResidual(traced.a, sums_a, traced.b, sums_b, kAll, {}, threads, progress);
  return traced;
}

// Takes away each coordinate's mean over positions, and scales it to a norm of 1.
void Standardise(std::vector<std::vector<double>>& coordinates) {
  for (auto& values : coordinates) {
    double mean = 0, squares = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    for (double& value : values) value = (value - mean) / std::sqrt(squares);
  }
}

// Cross products of residual coordinates by the definition, in double; correlations of weights.
std::vector<double> Products(const ToyTensor& a, const ToyTensor& b, std::size_t axis,
                             ResidualCarrier carrier) {
  const std::size_t d = kToyWidth;
  std::vector<double> k(d * d, 0);
  const std::size_t columns_a = a.shape.size() == 1 ? 1 : a.shape[1];
  const std::size_t columns_b = b.shape.size() == 1 ? 1 : b.shape[1];
  const bool last = a.shape.size() == 2 && axis == 1;
  const std::size_t positions =
      last ? std::min(a.shape[0], b.shape[0]) : std::min(columns_a, columns_b);
  std::vector<std::vector<double>> in_a(d), in_b(d);
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t i = 0; i < d; ++i) {
      in_a[i].push_back(last ? a.values[p * d + i] : a.values[i * columns_a + p]);
      in_b[i].push_back(last ? b.values[p * d + i] : b.values[i * columns_b + p]);
    }
  }
  if (carrier == ResidualCarrier::kWeights) {
    Standardise(in_a);
    Standardise(in_b);
  }
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) k[i * d + j] += in_a[i][p] * in_b[j][p];
    }
  }
  return k;
}

double NaiveZ(const std::vector<double>& k) { return TraceTestMoments(k.data(), kToyWidth)->z(); }

// Products are summed in float: z agrees to 1e-4.
TEST(ResidualTrace, ZOfEachTensorIsThatOfItsDefinition) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  AddNoise(b, 0.1, 3);
  const Traced traced = TraceOf(a, b);
  EXPECT_EQ(traced.trace.units, kToyWidth);
  EXPECT_GT(traced.trace.tensors.size(), 50U);
  for (const TensorTrace& tensor : traced.trace.tensors) {
    const std::string& name = tensor.a->tensor->name;
    EXPECT_NEAR(
        tensor.z,
        NaiveZ(Products(a.At(name), b.At(name), *tensor.a->residual_axis(), CarrierOf(*tensor.a))),
        1e-4)
        << name;
  }
}

TEST(ResidualTrace, JointStatisticIsTheSumOfStandardisedTensors) {
  ToyModel a = TrainedToy(1), b = TrainedToy(1);
  AddNoise(b, 2, 3);
  const Traced traced = TraceOf(a, b);
  std::map<ResidualCarrier, std::vector<double>> sums;
  for (const TensorTrace& tensor : traced.trace.tensors) {
    const std::string& name = tensor.a->tensor->name;
    const ResidualCarrier carrier = CarrierOf(*tensor.a);
    const auto k = Products(a.At(name), b.At(name), *tensor.a->residual_axis(), carrier);
    auto& joint = sums.try_emplace(carrier, kToyWidth * kToyWidth, 0.0).first->second;
    const double deviation = std::sqrt(TraceTestMoments(k.data(), kToyWidth)->variance);
    for (std::size_t i = 0; i < k.size(); ++i) joint[i] += k[i] / deviation;
  }
  EXPECT_NEAR(traced.trace.weights.moments->z(), NaiveZ(sums.at(ResidualCarrier::kWeights)), 1e-4);
  EXPECT_NEAR(traced.trace.tables.moments->z(), NaiveZ(sums.at(ResidualCarrier::kTables)), 1e-4);
  std::uint64_t tensors = 0;
  for (const RoleTrace& role : traced.trace.by_role) tensors += role.tensors;
  EXPECT_EQ(tensors, traced.trace.tensors.size());
}

TEST(ResidualTrace, RenumberedCoordinatesOfBothChangeNothing) {
  ToyModel a = TrainedToy(1), b = TrainedToy(1);
  AddNoise(b, 1, 3);
  const double z = TraceOf(a, b).trace.weights.moments->z();
  for (ToyModel* model : {&a, &b}) ReverseResidual(*model);
  EXPECT_NEAR(TraceOf(a, b).trace.weights.moments->z(), z, 1e-3);
}

TEST(ResidualTrace, OtherLengthsUseThePositionsOfBoth) {
  ToyModel a = TrainedToy(1), b = TrainedToy(1);
  AddNoise(b, 0.5, 3);
  ToyTensor& longer = b.At("model.embed_tokens.weight");
  const std::vector<float> more(4 * kToyWidth, 0.01F);
  longer.values.insert(longer.values.end(), more.begin(), more.end());
  longer.shape[0] += 4;
  b.config.clear();  // which says otherwise
  const Traced traced = TraceOf(a, b);
  const auto found = std::ranges::find_if(traced.trace.tensors, [](const TensorTrace& tensor) {
    return tensor.a->tensor->name == "model.embed_tokens.weight";
  });
  ASSERT_NE(found, traced.trace.tensors.end());
  EXPECT_NEAR(
      found->z,
      NaiveZ(Products(a.At("model.embed_tokens.weight"), longer, 1, ResidualCarrier::kTables)),
      1e-4);
}

TEST(ResidualTrace, LeavesOutWhatSaysNothing) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  std::ranges::fill(b.At("model.norm.weight").values, 1.0F);
  b.At("lm_head.weight").values[7] = NAN;
  b.At("model.layers.0.self_attn.q_proj.weight").values[7] = INFINITY;
  const Traced traced = TraceOf(a, b);
  const auto left_out = [](const char* name, const char* reason) {
    return Contains(
        ::testing::AllOf(Field(&SkippedTensor::name, name), Field(&SkippedTensor::reason, reason)));
  };
  EXPECT_THAT(traced.trace.left_out, left_out("model.norm.weight", "constant"));
  EXPECT_THAT(traced.trace.left_out, left_out("lm_head.weight", "values that are not finite"));
  EXPECT_THAT(traced.trace.left_out,
              left_out("model.layers.0.self_attn.q_proj.weight", "values that are not finite"));
  EXPECT_TRUE(std::isfinite(traced.trace.weights.moments->z()));
}

TEST(ResidualTrace, SameBitsForAnyNumberOfThreads) {
  const ToyModel a = TrainedToy(1), b = TrainedToy(2);
  const auto one = TraceOf(a, b, 1).trace.weights.products;
  EXPECT_EQ(one, TraceOf(a, b, 2).trace.weights.products);
  EXPECT_EQ(one, TraceOf(a, b, 7).trace.weights.products);
}

}  // namespace residual_trace_test
}  // namespace modelkin::testing
