// Everything that `modelkin compare` found out; the writers beside this file only format it.
#ifndef MODELKIN_REPORT_COMPARE_RESULTS_H_
#define MODELKIN_REPORT_COMPARE_RESULTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/input_record.h"
#include "functional/functional_comparison.h"
#include "scan/comparison.h"

namespace modelkin {

inline constexpr std::string_view kToolVersion = MODELKIN_VERSION;

// How the numbers were made. Only this part of results.json may differ between two runs on the same
// inputs.
struct RunRecord {
  std::string command;                 // "compare"
  std::vector<std::string> arguments;  // as typed
  unsigned threads = 0;
  std::string simd_target;
};

struct CompareResults {
  std::vector<InputRecord> inputs;
  Comparison pair;                   // with --within on one model: without tensors
  std::vector<Comparison> controls;  // A and B against each control
  std::vector<Comparison> within;    // layers of one model against each other
  std::optional<FunctionalResults> functional;
  RunRecord run;
};

}  // namespace modelkin

#endif  // MODELKIN_REPORT_COMPARE_RESULTS_H_
