// Traces of models that are made in a test.
#ifndef MODELKIN_TESTS_EVIDENCE_TOY_TRACE_H_
#define MODELKIN_TESTS_EVIDENCE_TOY_TRACE_H_

#include <vector>

#include "evidence/trace.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {

inline constexpr std::uint64_t kToyDraws = 20'000;
// Forces draws of models that are looked at as a whole otherwise.
inline const TraceOptions kDrawnToys = {.most_rows = 256, .most_units = 32, .draws = kToyDraws};

// With few permutations, no progress and no state.
Trace TraceToys(const ToyModel& a, const ToyModel& b, const std::vector<ToyModel>& controls = {},
                const TraceOptions& options = {.draws = kToyDraws});

// Returns the result of a test as stored.
const TestResult& Of(const Trace& trace, TestId id);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_EVIDENCE_TOY_TRACE_H_
