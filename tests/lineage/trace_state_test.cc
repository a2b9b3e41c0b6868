#include "lineage/trace_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace trace_state_test {

using std::chrono::seconds;

TEST(TraceState, KeepsItemsOfOneFingerprint) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  TraceState(folder, "one", seconds(0)).Save("item", {1, 2.5, "text"});
  EXPECT_EQ(*TraceState(folder, "one", seconds(0)).Load("item"), nlohmann::json({1, 2.5, "text"}));
  EXPECT_FALSE(TraceState(folder, "two", seconds(0)).Load("item"));
  EXPECT_FALSE(TraceState(folder, "one", seconds(0)).Load("item"));  // "two" took it away
}

TEST(TraceState, WithoutAFolderKeepsNothing) {
  TraceState state;
  state.Save("item", 1);
  EXPECT_FALSE(state.Load("item"));
  EXPECT_FALSE(state.IsDue());
  state.Remove();
}

TEST(TraceState, IgnoresWhatIsNotWhole) {
  const TemporaryDirectory directory;
  TraceState state(directory.File("state"), "one", seconds(0));
  state.Save("item", std::string(100, 'x'));
  const std::string path = directory.File("state/item.modelkin-state");
  std::filesystem::resize_file(path, 50);
  EXPECT_FALSE(state.Load("item"));
}

TEST(TraceState, DoesNotTouchAFolderOfOtherFiles) {
  const TemporaryDirectory directory;
  directory.WriteFile("thesis.tex", "ten years");
  EXPECT_THROW(TraceState(directory.path(), "one", seconds(0)), Error);
  EXPECT_THAT(directory.Entries(), ::testing::ElementsAre("thesis.tex"));
}

TEST(TraceState, RemovesItself) {
  const TemporaryDirectory directory;
  TraceState state(directory.File("state"), "one", seconds(0));
  state.Save("item", 1);
  state.Remove();
  EXPECT_TRUE(directory.Entries().empty());
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

TEST(TraceState, AnInterruptedTraceEndsWithTheSameNumbers) {
  ToyModel changed = TrainedToy(1);
  AddNoise(changed, 0.2, 5);
  const StoredToy a(TrainedToy(1)), b(changed);
  const TraceOptions options{.threads = 2, .draws = 5000};
  Progress patient;
  TraceState none;
  const Trace expected = TraceLineage(a.traced(), b.traced(), {}, options, none, patient);
  const TemporaryDirectory directory;
  int interruptions = 0;
  std::optional<Trace> trace;
  for (int steps = 20; !trace; steps += 20) {
    TraceState state(directory.File("state"), "toys", seconds(0));
    Impatient progress(steps);
    try {
      trace.emplace(TraceLineage(a.traced(), b.traced(), {}, options, state, progress));
    } catch (const Interrupted&) {
      ++interruptions;
    }
  }
  EXPECT_GT(interruptions, 3);
  EXPECT_EQ(trace->pair.residual.weights.products, expected.pair.residual.weights.products);
  EXPECT_EQ(trace->pair.residual.tables.products, expected.pair.residual.tables.products);
  ASSERT_EQ(trace->tests.size(), expected.tests.size());
  for (std::size_t i = 0; i < expected.tests.size(); ++i) {
    EXPECT_EQ(trace->tests[i].log_p, expected.tests[i].log_p) << expected.tests[i].name;
    EXPECT_EQ(trace->tests[i].effect, expected.tests[i].effect) << expected.tests[i].name;
  }
  ASSERT_EQ(trace->pair.mlps.size(), expected.pair.mlps.size());
  for (std::size_t i = 0; i < expected.pair.mlps.size(); ++i) {
    EXPECT_EQ(trace->pair.mlps[i].learned(), expected.pair.mlps[i].learned());
    EXPECT_EQ(trace->pair.mlps[i].trace_tail.log_p, expected.pair.mlps[i].trace_tail.log_p);
  }
  EXPECT_EQ(trace->verdict.sentence, expected.verdict.sentence);
}

}  // namespace trace_state_test
}  // namespace modelkin::testing
