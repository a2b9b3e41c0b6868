// What the tests of a pair have in common.
#ifndef MODELKIN_EVIDENCE_TESTS_INDEPENDENCE_H_
#define MODELKIN_EVIDENCE_TESTS_INDEPENDENCE_H_

#include <string_view>

#include "evidence/test_result.h"
#include "statistics/trace_test.h"

namespace modelkin {

inline constexpr std::string_view kIndependent =
    "A and B were initialised independently, unit by unit alike, and trained without knowing of "
    "each other's order of units";

constexpr PMethod MethodOf(TraceTailMethod method) {
  switch (method) {
    case TraceTailMethod::kBound: return PMethod::kBound;
    case TraceTailMethod::kImportance: return PMethod::kImportance;
    case TraceTailMethod::kMonteCarlo: break;
  }
  return PMethod::kMonteCarlo;
}

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_TESTS_INDEPENDENCE_H_
