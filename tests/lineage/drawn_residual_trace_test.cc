#include "lineage/drawn_residual_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lineage/drawn_rows.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace drawn_residual_trace_test {

using ::testing::Contains;
using ::testing::Field;

constexpr auto kAll = [](const Part&) { return true; };
constexpr std::uint64_t kEverything = 1'000'000;  // more rows than toys have

struct Traced {
  ModelParts a, b;
  ResidualTrace trace, whole;
};

Traced TraceOf(const ToyModel& a, const ToyModel& b, DrawPlan plan, unsigned threads = 2,
               std::uint64_t seed = 1) {
  const StoredToy stored_a(a), stored_b(b);
  Traced traced{.a = PartsOf(*stored_a.traced().checkpoint, stored_a.traced().spec),
                .b = PartsOf(*stored_b.traced().checkpoint, stored_b.traced().spec)};
  Progress progress;
  traced.trace = TraceDrawnResidual(traced.a, traced.b, kAll, plan,
                                    {.draws = 1000, .seed = seed, .threads = threads}, progress);
  MlpSums sums_a(traced.a), sums_b(traced.b);
  traced.whole = TraceResidual(traced.a, sums_a, traced.b, sums_b, kAll, {}, threads, progress);
  return traced;
}

// Experts of a layer are pooled, so that only tensors that stand alone have the same z.
TEST(DrawnResidualTrace, OfAllRowsHasTheSameZAsTheWhole) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  AddNoise(b, 0.1, 3);
  const Traced traced = TraceOf(a, b, {.rows = kEverything});
  std::size_t compared = 0;
  for (const TensorTrace& tensor : traced.trace.tensors) {
    if (tensor.tensors != 1) continue;
    const auto whole = std::ranges::find(traced.whole.tensors, tensor.a, &TensorTrace::a);
    ASSERT_NE(whole, traced.whole.tensors.end());
    EXPECT_NEAR(tensor.z, whole->z, 2e-3) << tensor.a->tensor->name;
    ++compared;
  }
  EXPECT_GT(compared, 20U);
  EXPECT_NEAR(traced.trace.tables.moments->z(), traced.whole.tables.moments->z(), 2e-3);
}

TEST(DrawnResidualTrace, PoolsExpertsOfALayer) {
  const Traced traced = TraceOf(TrainedToy(1), TrainedToy(2), {.rows = 256});
  EXPECT_THAT(traced.trace.tensors, Contains(Field(&TensorTrace::tensors, kToyExperts)));
  std::uint64_t tensors = 0, of_roles = 0;
  for (const TensorTrace& tensor : traced.trace.tensors) tensors += tensor.tensors;
  for (const RoleTrace& role : traced.trace.by_role) of_roles += role.tensors;
  EXPECT_EQ(tensors, traced.whole.tensors.size());
  EXPECT_EQ(tensors, of_roles);
}

TEST(DrawnResidualTrace, FindsANoisyCopyByFewRows) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = a;
  AddNoise(b, 0.5, 3);
  const Traced traced = TraceOf(a, b, {.rows = 64});
  EXPECT_GT(traced.trace.weights.rows, 64U);  // at least 8 of each layer and role
  EXPECT_LT(traced.trace.weights.tail.log_p, std::log(1e-6));
  EXPECT_LT(traced.trace.tables.tail.log_p, std::log(1e-6));
}

TEST(DrawnResidualTrace, HasValidPsBetweenStrangers) {
  // 200 pairs: under 5 % of p are at most 0.05, up to 5 deviations of a binomial count (15).
  constexpr int kPairs = 200;
  int small_weights = 0, small_tables = 0, above_half = 0;
  const StoredToy stored_a(TrainedToy(1));
  const ModelParts a = PartsOf(*stored_a.traced().checkpoint, stored_a.traced().spec);
  Progress progress;
  for (int i = 0; i < kPairs; ++i) {
    const StoredToy stored_b(UntrainedToy(static_cast<std::uint64_t>(100 + i)));
    const ModelParts b = PartsOf(*stored_b.traced().checkpoint, stored_b.traced().spec);
    const ResidualTrace trace = TraceDrawnResidual(
        a, b, kAll, {.rows = 64}, {.draws = 400, .seed = static_cast<std::uint64_t>(i)}, progress);
    small_weights += trace.weights.tail.log_p <= std::log(0.05) ? 1 : 0;
    small_tables += trace.tables.tail.log_p <= std::log(0.05) ? 1 : 0;
    above_half += trace.weights.tail.log_p > std::log(0.5) ? 1 : 0;
  }
  EXPECT_LE(small_weights, 10 + 15);
  EXPECT_LE(small_tables, 10 + 15);
  EXPECT_NEAR(above_half, kPairs / 2, 35);
}

TEST(DrawnResidualTrace, HasEqualBitsForAnyNumberOfThreads) {
  ToyModel b = TrainedToy(1);
  AddNoise(b, 2, 3);
  const Traced one = TraceOf(TrainedToy(1), b, {.rows = 128}, 1);
  for (const unsigned threads : {2U, 7U}) {
    const Traced other = TraceOf(TrainedToy(1), b, {.rows = 128}, threads);
    EXPECT_EQ(one.trace.weights.moments->trace, other.trace.weights.moments->trace);
    EXPECT_EQ(one.trace.weights.moments->variance, other.trace.weights.moments->variance);
    EXPECT_EQ(one.trace.weights.tail.log_p, other.trace.weights.tail.log_p);
  }
}

TEST(DrawnResidualTrace, LeavesOutWhatSaysNothing) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  std::ranges::fill(b.At("model.norm.weight").values, 1.0F);
  std::ranges::fill(b.At("model.layers.0.self_attn.q_proj.weight").values,
                    std::numeric_limits<float>::infinity());
  std::ranges::fill(b.At("lm_head.weight").values, NAN);
  std::ranges::fill(b.At("model.layers.1.mlp.experts.0.up_proj.weight").values, NAN);
  const Traced traced = TraceOf(a, b, {.rows = kEverything});
  const auto left_out = [](const char* name, const char* reason) {
    return Contains(
        ::testing::AllOf(Field(&SkippedTensor::name, name), Field(&SkippedTensor::reason, reason)));
  };
  EXPECT_THAT(traced.trace.left_out, left_out("model.norm.weight", "constant"));
  EXPECT_THAT(traced.trace.left_out,
              left_out("model.layers.0.self_attn.q_proj.weight", "values that are not finite"));
  EXPECT_THAT(traced.trace.left_out, left_out("lm_head.weight", "values that are not finite"));
  EXPECT_THAT(traced.trace.left_out, left_out("model.layers.1.mlp.experts.0.up_proj.weight",
                                              "values that are not finite"));
  EXPECT_THAT(traced.trace.tensors, Contains(Field(&TensorTrace::tensors, kToyExperts - 1)));
  EXPECT_TRUE(std::isfinite(traced.trace.weights.moments->z()));
}

TEST(DrawnResidualTrace, ReadsRunsWhereBlocksMove) {
  const StoredToy stored(TrainedToy(1));
  const ModelParts model = PartsOf(*stored.traced().checkpoint, stored.traced().spec);
  const auto pairs = ResidualPairs(model, model, kAll);
  const auto embedding = std::ranges::find_if(
      pairs, [](const ResidualPair& pair) { return pair.a->role == Role::kEmbedding; });
  const RowDraw draw(model, model, {&*embedding, 1}, 1, 8, kToyWidth * 4 * 8);
  EXPECT_EQ(draw.positions(), 8U);
  EXPECT_EQ(draw.bytes(), 2 * 8 * kToyWidth * BitWidth(embedding->a->tensor->dtype) / 8);
  const DrawnRows rows = draw.Read();
  EXPECT_EQ(rows.count, 8U);
  EXPECT_EQ(rows.a, rows.b);
}

TEST(DrawnResidualTrace, PiecesOfADrawAreItsRows) {
  const StoredToy stored_a(TrainedToy(1)), stored_b(TrainedToy(2));
  const ModelParts a = PartsOf(*stored_a.traced().checkpoint, stored_a.traced().spec),
                   b = PartsOf(*stored_b.traced().checkpoint, stored_b.traced().spec);
  const auto pairs = ResidualPairs(a, b, kAll);
  const auto embedding = std::ranges::find_if(
      pairs, [](const ResidualPair& pair) { return pair.a->role == Role::kEmbedding; });
  for (const std::uint64_t run_bytes : {1, 20 * static_cast<int>(kToyWidth) * 4}) {
    const RowDraw draw(a, b, {&*embedding, 1}, 1, 50, run_bytes);
    const DrawnRows all = draw.Read();
    ASSERT_EQ(all.count, 50U);
    for (const std::uint64_t rows : {1, 7, 50, 51}) {
      std::vector<float> of_a, of_b;
      for (const RowDraw& piece : draw.InPieces(rows)) {
        EXPECT_LE(piece.positions(), rows);
        const DrawnRows some = piece.Read();
        of_a.insert(of_a.end(), some.a.begin(), some.a.end());
        of_b.insert(of_b.end(), some.b.begin(), some.b.end());
      }
      EXPECT_EQ(of_a, all.a);
      EXPECT_EQ(of_b, all.b);
      EXPECT_EQ(draw.InPieces(rows).size(), (50 + rows - 1) / rows);
    }
  }
}

// A table whose rows are constant says nothing, whatever rounding leaves of it.
TEST(DrawnResidualTrace, ConstantTablesSayNothing) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = TrainedToy(2);
  auto& values = b.At("model.embed_tokens.weight").values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = values[i / kToyWidth * kToyWidth];
  std::ranges::fill(b.At("lm_head.weight").values, 0.0F);
  const Traced traced = TraceOf(a, b, {.rows = kEverything});
  for (const char* const name : {"model.embed_tokens.weight", "lm_head.weight"}) {
    EXPECT_THAT(traced.trace.left_out, Contains(Field(&SkippedTensor::name, name)));
  }
  EXPECT_TRUE(std::isfinite(traced.trace.tables.moments->z()));  // of norms
}

TEST(DrawnResidualTrace, TakesAtMost1024RowsOfATable) {
  ToyModel a = TrainedToy(1), b = TrainedToy(2);
  for (ToyModel* const model : {&a, &b}) {
    ToyTensor& table = model->At("model.embed_tokens.weight");
    table.shape[0] = 2000;
    table.values.resize(2000 * kToyWidth, 0.01F);
    for (std::size_t i = 0; i < table.values.size(); i += 7)
      table.values[i] += 0.001F * static_cast<float>(i % 13);
    model->config.clear();  // which says otherwise
  }
  const Traced traced = TraceOf(a, b, {.rows = kEverything});
  const Traced fewer = TraceOf(TrainedToy(1), TrainedToy(2), {.rows = kEverything});
  const std::uint64_t rows = TrainedToy(1).At("model.embed_tokens.weight").shape[0];
  EXPECT_EQ(traced.trace.tables.rows, fewer.trace.tables.rows - rows + 1024);
}

TEST(DrawnResidualTrace, OfModelsWithoutResidualAxisSaysWhy) {
  ToyModel b = TrainedToy(1);
  RenameTensors(b);
  EXPECT_FALSE(TraceOf(TrainedToy(1), b, {.rows = 64}).trace.skipped.empty());
}

}  // namespace drawn_residual_trace_test
}  // namespace modelkin::testing
