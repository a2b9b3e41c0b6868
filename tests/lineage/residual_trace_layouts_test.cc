// Tensors of other layouts than a Llama-like decoder's: three axes, as TransformerLens stores
// heads, and residual coordinates first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "lineage/residual_trace.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace residual_trace_layouts_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr std::size_t kWidth = 12;
constexpr const char* kQuery = "model.layers.0.self_attn.q_proj.weight";
constexpr const char* kOutput = "model.layers.0.self_attn.o_proj.weight";

ToyTensor Random(std::vector<std::uint64_t> shape, std::uint64_t seed) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  ToyTensor tensor{.shape = std::move(shape), .values = std::vector<float>(count)};
  for (float& value : tensor.values) value = normal(random);
  return tensor;
}

// Two layers under TransformerLens' names.
ToyModel Lens(std::uint64_t seed, std::uint64_t heads = 2, std::uint64_t head_width = 4,
              std::uint64_t hidden = 20) {
  ToyModel model;
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    model.tensors.emplace(name, Random(std::move(shape), 100 * seed + model.tensors.size()));
  };
  add("embed.W_E", {30, kWidth});
  add("ln_final.w", {kWidth});
  for (const std::string layer : {"blocks.0.", "blocks.1."}) {
    add(layer + "ln1.w", {kWidth});
    add(layer + "attn.W_Q", {heads, kWidth, head_width});
    add(layer + "attn.W_O", {heads, head_width, kWidth});
    add(layer + "mlp.W_in", {kWidth, hidden});
    add(layer + "mlp.W_out", {hidden, kWidth});
  }
  return model;
}

struct Traced {
  ModelParts a, b;
  ResidualTrace trace;
};

Traced TraceOf(
    const ToyModel& a, const ToyModel& b, unsigned threads = 2,
    const PartFilter& wanted = [](const Part&) { return true; }) {
  const StoredToy stored_a(a), stored_b(b);
  Traced traced{.a = PartsOf(*stored_a.traced().checkpoint, nullptr),
                .b = PartsOf(*stored_b.traced().checkpoint, nullptr),
                .trace = {}};
  MlpSums sums_a(traced.a), sums_b(traced.b);
  Progress progress;
  traced.trace = TraceResidual(traced.a, sums_a, traced.b, sums_b, wanted, {}, threads, progress);
  return traced;
}

// A tensor as [outer, residual, inner].
struct Around {
  std::size_t outer = 1, inner = 1;
  const ToyTensor* tensor;

  Around(const ToyTensor& of, std::size_t axis) : tensor(&of) {
    for (std::size_t i = 0; i < of.shape.size(); ++i) {
      if (i != axis) (i < axis ? outer : inner) *= of.shape[i];
    }
  }
  double At(std::size_t o, std::size_t unit, std::size_t i) const {
    return tensor->values[(o * kWidth + unit) * inner + i];
  }
};

using Matrix = std::vector<double>;

// By coordinate, over the places before and after the residual axis that both have.
std::vector<Matrix> Coordinates(const Around& of, const Around& other) {
  std::vector<Matrix> coordinates(kWidth);
  for (std::size_t unit = 0; unit < kWidth; ++unit) {
    for (std::size_t o = 0; o < std::min(of.outer, other.outer); ++o) {
      for (std::size_t i = 0; i < std::min(of.inner, other.inner); ++i) {
        coordinates[unit].push_back(of.At(o, unit, i));
      }
    }
  }
  return coordinates;
}

// Without their mean, and of norm 1.
void Standardise(Matrix& values) {
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  for (double& value : values) value = squares == 0 ? 0 : (value - mean) / std::sqrt(squares);
}

// Sums of products, or correlations.
Matrix Products(const ToyTensor& a, const ToyTensor& b, std::size_t axis, ResidualCarrier carrier) {
  const Around in_a(a, axis), in_b(b, axis);
  std::vector<Matrix> values_a = Coordinates(in_a, in_b), values_b = Coordinates(in_b, in_a);
  if (carrier == ResidualCarrier::kWeights) {
    for (auto* const values : {&values_a, &values_b}) std::ranges::for_each(*values, Standardise);
  }
  Matrix k(kWidth * kWidth, 0);
  for (std::size_t cell = 0; cell < k.size(); ++cell) {
    const Matrix& of_a = values_a[cell / kWidth];
    k[cell] = std::inner_product(of_a.begin(), of_a.end(), values_b[cell % kWidth].begin(), 0.0);
  }
  return k;
}

// The variance of the trace over all permutations: of HKH's squares, formed entry by entry.
double Deviation(const Matrix& k) {
  constexpr double kCount = kWidth;
  Matrix rows(kWidth, 0), columns(kWidth, 0);
  double all = 0, squares = 0;
  for (std::size_t cell = 0; cell < k.size(); ++cell) {
    rows[cell / kWidth] += k[cell] / kCount;
    columns[cell % kWidth] += k[cell] / kCount;
    all += k[cell] / kCount / kCount;
  }
  for (std::size_t cell = 0; cell < k.size(); ++cell) {
    squares += std::pow(k[cell] - rows[cell / kWidth] - columns[cell % kWidth] + all, 2);
  }
  return std::sqrt(squares / (kCount - 1));
}

double Z(const Matrix& k) {
  double trace = 0, sum = 0;
  for (std::size_t cell = 0; cell < k.size(); ++cell) {
    sum += k[cell];
    if (cell % (kWidth + 1) == 0) trace += k[cell];
  }
  return (trace - sum / static_cast<double>(kWidth)) / Deviation(k);
}

// Each tensor's z, each role's and the joint one against the definition. Products are summed in
// float: z agrees to 1e-4.
void ExpectByDefinition(const ToyModel& a, const ToyModel& b, std::size_t tensors) {
  const Traced traced = TraceOf(a, b);
  EXPECT_EQ(traced.trace.tensors.size(), tensors);
  std::map<std::string, Matrix> by_role;
  std::map<ResidualCarrier, Matrix> joint;
  for (const TensorTrace& tensor : traced.trace.tensors) {
    const ResidualCarrier carrier = CarrierOf(*tensor.a);
    const Matrix k = Products(a.tensors.at(tensor.a->tensor->stored_name()),
                              b.tensors.at(tensor.b->tensor->stored_name()),
                              *tensor.a->residual_axis(), carrier);
    Matrix& sum = joint.try_emplace(carrier, kWidth * kWidth, 0.0).first->second;
    EXPECT_NEAR(tensor.z, Z(k), 1e-4) << tensor.a->tensor->name;
    Matrix& role = by_role.try_emplace(tensor.a->pattern, kWidth * kWidth, 0.0).first->second;
    const double deviation = Deviation(k);
    for (std::size_t cell = 0; cell < k.size(); ++cell) {
      role[cell] += k[cell] / deviation;
      sum[cell] += k[cell] / deviation;
    }
  }
  ASSERT_TRUE(traced.trace.weights.moments);
  ASSERT_TRUE(traced.trace.tables.moments);
  EXPECT_NEAR(traced.trace.weights.moments->z(), Z(joint.at(ResidualCarrier::kWeights)), 1e-4);
  EXPECT_NEAR(traced.trace.tables.moments->z(), Z(joint.at(ResidualCarrier::kTables)), 1e-4);
  EXPECT_EQ(traced.trace.by_role.size(), by_role.size());
  for (const RoleTrace& role : traced.trace.by_role) {
    EXPECT_NEAR(role.z, Z(by_role.at(role.role)), 1e-4) << role.role;
  }
}

TEST(ResidualTraceLayouts, TensorsOfThreeAxesAreTracedByTheirDefinition) {
  ExpectByDefinition(Lens(1), Lens(2), 12);
}

TEST(ResidualTraceLayouts, WiderMlpsShareTheFirstHiddenUnits) {
  ExpectByDefinition(Lens(1, 2, 4, 20), Lens(2, 2, 4, 28), 12);
  ExpectByDefinition(Lens(1, 2, 4, 28), Lens(2, 2, 4, 20), 12);
}

// The first four values of each head: not the first eight of all heads one after the other.
TEST(ResidualTraceLayouts, WiderHeadsShareTheFirstPlacesOfEachHead) {
  const ToyModel a = Lens(1, 2, 4), b = Lens(2, 2, 6);
  const Traced traced = TraceOf(a, b);
  for (const auto& [name, stored, axis] : {std::tuple(kQuery, "blocks.0.attn.W_Q", 1UL),
                                           std::tuple(kOutput, "blocks.0.attn.W_O", 2UL)}) {
    const auto found = std::ranges::find(traced.trace.tensors, name, [](const TensorTrace& tensor) {
      return tensor.a->tensor->name;
    });
    ASSERT_NE(found, traced.trace.tensors.end()) << name;
    if (axis == 1) {
      EXPECT_NEAR(
          found->z,
          Z(Products(a.tensors.at(stored), b.tensors.at(stored), 1, ResidualCarrier::kWeights)),
          1e-4);
      continue;
    }
    // As [heads, head width, residual], with four of six values of each head of B.
    ToyTensor shared{.shape = {2, 4, kWidth}, .values = {}};
    const std::vector<float>& values = b.tensors.at(stored).values;
    for (const std::size_t head : {0, 1}) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(head * 6 * kWidth);
      shared.values.insert(shared.values.end(), first, first + 4 * kWidth);
    }
    EXPECT_NEAR(found->z, Z(Products(a.tensors.at(stored), shared, 2, ResidualCarrier::kWeights)),
                1e-4);
  }
}

TEST(ResidualTraceLayouts, AnotherOrderOfAxesIsLeftOut) {
  ToyModel b = Lens(2);
  b.At("blocks.1.mlp.W_in") = Random({20, kWidth}, 7);
  const Traced traced = TraceOf(Lens(1), b);
  EXPECT_THAT(traced.trace.left_out,
              ElementsAre(AllOf(Field(&SkippedTensor::name, "model.layers.1.mlp.up_proj.weight"),
                                Field(&SkippedTensor::reason, "stored in another order of axes"))));
  EXPECT_EQ(traced.trace.tensors.size(), 11U);
}

TEST(ResidualTraceLayouts, TensorsOfOneSideOnlyAreNotTraced) {
  ToyModel b = Lens(2);
  b.tensors.erase("ln_final.w");
  b.tensors.emplace("blocks.2.ln1.w", Random({kWidth}, 7));
  const Traced traced = TraceOf(Lens(1), b);
  EXPECT_EQ(traced.trace.tensors.size(), 11U);
  EXPECT_THAT(traced.trace.left_out, IsEmpty());
}

TEST(ResidualTraceLayouts, ZerosInfinityAndNanOfEitherSideAreLeftOut) {
  ToyModel a = Lens(1), b = Lens(2);
  std::ranges::fill(a.At("embed.W_E").values, 0.0F);
  b.At("blocks.0.attn.W_Q").values.back() = std::numeric_limits<float>::quiet_NaN();
  a.At("blocks.1.attn.W_O").values.front() = -std::numeric_limits<float>::infinity();
  const Traced traced = TraceOf(a, b);
  std::map<std::string, std::string> reasons;
  for (const auto& [name, reason] : traced.trace.left_out) reasons.emplace(name, reason);
  const std::map<std::string, std::string> expected = {
      {"model.embed_tokens.weight", "constant"},
      {kQuery, "values that are not finite"},
      {"model.layers.1.self_attn.o_proj.weight", "values that are not finite"}};
  EXPECT_EQ(reasons, expected);
  EXPECT_EQ(traced.trace.tensors.size(), 9U);
}

TEST(ResidualTraceLayouts, RolesWithoutATensorLeftAreNotListed) {
  ToyModel a = Lens(1);
  std::ranges::fill(a.At("ln_final.w").values, 1.0F);
  for (const RoleTrace& role : TraceOf(a, Lens(2)).trace.by_role) {
    EXPECT_NE(role.role, "model.norm.weight");
    EXPECT_GT(role.tensors, 0U);
  }
}

TEST(ResidualTraceLayouts, ConstantModelsAreSkipped) {
  ToyModel a = Lens(1);
  for (auto& [name, tensor] : a.tensors) std::ranges::fill(tensor.values, 0.25F);
  const Traced traced = TraceOf(a, Lens(2));
  EXPECT_EQ(traced.trace.weights.skipped, SkipReason::kNoWeightsVary);
  EXPECT_EQ(traced.trace.tables.skipped, SkipReason::kNoTablesVary);
  EXPECT_FALSE(traced.trace.weights.moments);
  EXPECT_FALSE(traced.trace.tables.moments);
  EXPECT_EQ(traced.trace.left_out.size(), 12U);
}

TEST(ResidualTraceLayouts, OtherResidualWidthsAreSkipped) {
  ToyModel b = {.tensors = {{"embed.W_E", Random({30, 14}, 1)}, {"ln_final.w", Random({14}, 2)}},
                .config = {}};
  const Traced traced = TraceOf(Lens(1), b);
  EXPECT_EQ(traced.trace.skipped.reason, SkipReason::kWidthsDiffer);
  EXPECT_EQ(traced.trace.units, 0U);
  const ToyModel unknown{.tensors = {{"conv", Random({8, 9}, 1)}}, .config = {}};
  EXPECT_EQ(TraceOf(Lens(1), unknown).trace.skipped, SkipReason::kNoResidualAxis);
  EXPECT_EQ(TraceOf(unknown, unknown).trace.skipped, SkipReason::kNoResidualAxis);
}

TEST(ResidualTraceLayouts, TakesOnlyWhatIsWanted) {
  const PartFilter norms = [](const Part& part) { return part.module == ModuleKind::kNorm; };
  const Traced traced = TraceOf(Lens(1), Lens(2), 2, norms);
  EXPECT_THAT(traced.trace.by_role,
              ::testing::UnorderedElementsAre(Field(&RoleTrace::role, "model.norm.weight"),
                                              Field(&RoleTrace::role, "input_layernorm.weight")));
  EXPECT_EQ(ResidualTraceBytes(traced.a, traced.b, norms), 2 * 3 * kWidth * sizeof(float));
}

TEST(ResidualTraceLayouts, SameBitsForAnyNumberOfThreads) {
  const ToyModel a = Lens(1, 2, 4, 20), b = Lens(2, 2, 4, 28);
  const Traced one = TraceOf(a, b, 1);
  for (const unsigned threads : {2U, 7U}) {
    const Traced other = TraceOf(a, b, threads);
    EXPECT_EQ(one.trace.weights.products, other.trace.weights.products) << threads;
    EXPECT_EQ(one.trace.tables.products, other.trace.tables.products) << threads;
    ASSERT_EQ(one.trace.tensors.size(), other.trace.tensors.size());
    for (std::size_t i = 0; i < one.trace.tensors.size(); ++i) {
      EXPECT_EQ(one.trace.tensors[i].z, other.trace.tensors[i].z) << threads;
    }
  }
}

}  // namespace residual_trace_layouts_test
}  // namespace modelkin::testing
