// The whole way from two models to a verdict.
#include "evidence/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "evidence/toy_trace.h"
#include "lineage/trace_state.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace trace_test {

using std::chrono::seconds;
using ::testing::HasSubstr;

// What `work` writes to standard error.
template <class Work>
std::string Said(Work&& work) {
  ::testing::internal::CaptureStderr();
  work();
  return ::testing::internal::GetCapturedStderr();
}

// Stops a trace after some steps, as Ctrl-C does.
class Impatient : public Progress {
 public:
  explicit Impatient(int steps) : steps_(steps) {}
  void Advance(std::uint64_t) override {
    if (steps_.fetch_sub(1) <= 0) throw Interrupted();
  }

 private:
  std::atomic<int> steps_;
};

TEST(Trace, AnInterruptedTraceEndsWithTheSameNumbers) {
  ToyModel changed = TrainedToy(1);
  AddNoise(changed, 0.2, 5);
  const StoredToy a(TrainedToy(1)), b(changed);
  const TracedModels inputs{.a = a.traced(), .b = b.traced()};
  const TraceSettings options{{.draws = 5000}, 2};
  Progress patient;
  TraceState none;
  const Trace expected = TraceLineage(inputs, options, none, patient);
  const TemporaryDirectory directory;
  int interruptions = 0;
  std::optional<Trace> trace;
  for (int steps = 20; !trace; steps += 20) {
    TraceState state(directory.File("state"), "toys", seconds(0));
    Impatient progress(steps);
    try {
      trace.emplace(TraceLineage(inputs, options, state, progress));
    } catch (const Interrupted&) {
      ++interruptions;
    }
  }
  EXPECT_GT(interruptions, 3);
  EXPECT_EQ(trace->pair.residual.weights.products, expected.pair.residual.weights.products);
  EXPECT_EQ(trace->pair.residual.tables.products, expected.pair.residual.tables.products);
  ASSERT_EQ(trace->tests.size(), expected.tests.size());
  for (std::size_t i = 0; i < expected.tests.size(); ++i) {
    EXPECT_EQ(trace->tests[i].log_p, expected.tests[i].log_p) << TestName(expected.tests[i].key);
    EXPECT_EQ(trace->tests[i].effect, expected.tests[i].effect) << TestName(expected.tests[i].key);
  }
  ASSERT_EQ(trace->pair.mlps.size(), expected.pair.mlps.size());
  for (std::size_t i = 0; i < expected.pair.mlps.size(); ++i) {
    EXPECT_EQ(trace->pair.mlps[i].learned(), expected.pair.mlps[i].learned());
    EXPECT_EQ(trace->pair.mlps[i].trace_tail.log_p, expected.pair.mlps[i].trace_tail.log_p);
  }
  EXPECT_EQ(trace->verdict.category, expected.verdict.category);
  EXPECT_EQ(trace->verdict.evidence.size(), expected.verdict.evidence.size());
}

// Of values that are whole but make no sense: none is believed, and none ends the trace.
TEST(Trace, NonsenseUnderARightSealIsComputedAnew) {
  const StoredToy a(TrainedToy(1)), b(TrainedToy(2));
  const TracedModels inputs{.a = a.traced(), .b = b.traced()};
  const TraceSettings options{{.draws = 2000}, 2};
  Progress progress;
  const TemporaryDirectory directory;
  const auto trace = [&](TraceState& state) {
    const Trace done = TraceLineage(inputs, options, state, progress);
    return std::pair(done.tests.at(0).log_p, done.verdict.category);
  };
  TraceState none;
  const auto expected = trace(none);
  nlohmann::json residual, mlps;
  {
    TraceState state(directory.File("state"), "toys", seconds(0));
    EXPECT_EQ(trace(state), expected);
    residual = state.Load("pair-residual").value();
    mlps = state.Load("pair-mlps").value();
  }
  using nlohmann::json;
  std::vector<std::pair<json, json>> nonsense = {{1, "x"}};
  const auto residual_with = [&](const char* member, const json& value) {
    json changed = residual;
    changed[member] = value;
    nonsense.emplace_back(changed, mlps);
  };
  residual_with("next", std::uint64_t{1} << 40);
  residual_with("roles", json::array());
  residual_with("weights", json::binary({1, 2, 3}));
  residual_with("tensors", json::array({json::array({"no such tensor", 1.0})}));
  json place = mlps;
  place[0][0] = 1'000'000;
  nonsense.emplace_back(residual, place);
  for (const auto& [residual_item, mlps_item] : nonsense) {
    TraceState state(directory.File("state"), "toys", seconds(0));
    state.Save("pair-residual", residual_item);
    state.Save("pair-mlps", mlps_item);
    EXPECT_THAT(Said([&] { EXPECT_EQ(trace(state), expected); }), HasSubstr("is damaged"));
  }
}

ModelParts NoParts() { return {.checkpoint = Checkpoint("", {}, {}, {})}; }

// A trace of which only tests are known.
Trace WithTests(std::vector<TestResult> tests) {
  return {.pair = {.a = NoParts(), .b = NoParts()}, .tests = std::move(tests)};
}

Trace Concluded(Trace trace) {
  Progress progress;
  Conclude({{}, 1}, progress, trace);
  return trace;
}

TestResult Result(TestId id, ResidualBasis basis, double log_p) {
  return {.key = {.id = id, .basis = basis}, .log_p = log_p, .effect = 0.9};
}

// What is just strong enough by itself is not beside the tests of a second look, which find
// nothing.
TEST(Conclude, StatesThePowerWhereTheSecondLookFallsBackToNoEvidence) {
  using enum ResidualBasis;
  const TestResult alone = Result(TestId::kHeadTrace, kAsStored, kStrongLogP - 0.1);
  const Trace first = Concluded(WithTests({alone}));
  EXPECT_EQ(first.verdict.category, VerdictCategory::kSharesMaterial);
  EXPECT_FALSE(first.power);
  const Trace second = Concluded(WithTests(
      {alone, Result(TestId::kHeadTrace, kFitted, -1), Result(TestId::kHiddenOrder, kFitted, -1)}));
  EXPECT_EQ(second.verdict.category, VerdictCategory::kNoEvidence);
  EXPECT_TRUE(second.power);
}

// Models of which nothing is comparable as stored.
TEST(Conclude, StatesThePowerWhereAFittedBasisHasTheFirstTests) {
  TestResult skipped;
  skipped.skipped = {SkipReason::kWidthsDiffer, 576, 640};
  EXPECT_EQ(Concluded(WithTests({skipped})).verdict.category, VerdictCategory::kNotComparable);
  const Trace trace =
      Concluded(WithTests({skipped, Result(TestId::kHiddenOrder, ResidualBasis::kFitted, -1)}));
  EXPECT_EQ(trace.verdict.category, VerdictCategory::kNoEvidence);
  EXPECT_TRUE(trace.power);
}

// What was not read may hold any share of A: the power is of what was, and Verdict::unread says so.
TEST(Conclude, StatesThePowerOfWhatWasReadWhereAPartWasNot) {
  Trace trace = WithTests({Result(TestId::kHeadTrace, ResidualBasis::kAsStored, -1)});
  trace.pair.b.incomplete = true;
  const Trace concluded = Concluded(std::move(trace));
  EXPECT_EQ(concluded.verdict.category, VerdictCategory::kNoEvidence);
  EXPECT_EQ(concluded.verdict.unread.size(), 1U);
  EXPECT_TRUE(concluded.power);
}

TEST(Conclude, StatesNoPowerWhereMostIsPacked) {
  Trace trace = WithTests({Result(TestId::kHeadTrace, ResidualBasis::kAsStored, -1)});
  trace.pair.b.packed.tensors = 1;
  trace.pair.b.packed.parameters = 6;
  trace.pair.b.packed.all_parameters = 10;
  EXPECT_FALSE(Concluded(std::move(trace)).power);
}

// The model without each eighth of its residual coordinates.
ToyModel Narrowed(ToyModel model) {
  for (auto& [name, tensor] : model.tensors) {
    if (name.ends_with("bias")) continue;
    const bool by_rows = name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
    const std::uint64_t columns = by_rows ? tensor.shape.back() : 1;
    std::vector<float> kept;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      if (i / columns % kToyWidth % 8 != 7) kept.push_back(tensor.values[i]);
    }
    tensor.values = std::move(kept);
    (by_rows ? tensor.shape.front() : tensor.shape.back()) = kToyWidth * 7 / 8;
  }
  const std::string width = "\"hidden_size\": 64";
  model.config.replace(model.config.find(width), width.size(), "\"hidden_size\": 56");
  return model;
}

// Strangers of which one lacks every eighth residual coordinate: a second look has all the tests.
TEST(Trace, OfStrangersOfOtherWidthsSaysWhatAFittedBasisWouldHaveShown) {
  const Trace trace = TraceToys(TrainedToy(1), Narrowed(TrainedToy(2)));
  EXPECT_EQ(trace.verdict.category, VerdictCategory::kNoEvidence);
  ASSERT_TRUE(trace.power);
  EXPECT_FALSE(trace.power->smallest());
  ASSERT_TRUE(trace.power->gate_up_fitted);
  EXPECT_LT(*trace.power->gate_up_fitted, 1);
}

// Where stored coordinates show nothing, tests in both bases are corrected together, once.
TEST(Trace, CorrectsTestsOfBothLooksTogether) {
  const Trace trace = TraceToys(TrainedToy(1), TrainedToy(2));
  std::size_t run = 0, fitted = 0;
  double smallest = 0;
  for (const TestResult& test : trace.tests) {
    if (!test.was_run()) continue;
    ++run;
    fitted += test.key.basis == ResidualBasis::kFitted ? 1 : 0;
    smallest = std::min(smallest, test.log_p);
  }
  EXPECT_GT(fitted, 3U);
  const auto first = std::ranges::min_element(trace.tests, {}, &TestResult::log_p_adjusted);
  EXPECT_DOUBLE_EQ(first->log_p_adjusted,
                   std::min(0.0, smallest + std::log(static_cast<double>(run))));
  EXPECT_TRUE(trace.power);
}

}  // namespace trace_test
}  // namespace modelkin::testing
