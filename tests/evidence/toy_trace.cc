#include "evidence/toy_trace.h"

#include <algorithm>
#include <memory>

namespace modelkin::testing {

Trace TraceToys(const ToyModel& a, const ToyModel& b, const std::vector<ToyModel>& controls,
                const TraceOptions& options) {
  const StoredToy stored_a(a), stored_b(b);
  std::vector<std::unique_ptr<StoredToy>> stored;
  TracedModels inputs{.a = stored_a.traced(), .b = stored_b.traced()};
  for (const ToyModel& control : controls) {
    inputs.controls.push_back(stored.emplace_back(std::make_unique<StoredToy>(control))->traced());
  }
  Progress progress;
  TraceState state;
  return TraceLineage(inputs, {options, 2}, state, progress);
}

const TestResult& Of(const Trace& trace, TestId id) {
  return *std::ranges::find(trace.tests, TestKey{.id = id}, &TestResult::key);
}

}  // namespace modelkin::testing
