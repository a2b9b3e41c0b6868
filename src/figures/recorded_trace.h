// What a figure needs of the results of a trace, read from JSON that anybody may have written.
#ifndef MODELKIN_FIGURES_RECORDED_TRACE_H_
#define MODELKIN_FIGURES_RECORDED_TRACE_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evidence/test_result.h"
#include "wording/words.h"

namespace modelkin {

struct RecordedLayers {
  std::vector<std::int64_t> a, b;                     // numbers of layers
  std::vector<std::vector<std::optional<double>>> z;  // a row for each of `a`
  std::vector<std::optional<std::int64_t>> source;    // a layer of `a` for each of `b`
};

struct RecordedHeritage {
  std::string tensor;
  HeritageClass heritage = HeritageClass::kUndecided;
};

struct RecordedTrace {
  std::string a, b;                     // short names
  std::vector<std::string> references;  // of the controls
  Look look = Look::kUntestable;
  ResidualBasis basis = ResidualBasis::kAsStored;  // in which they have something in common
  std::vector<TestResult> tests;                   // those that were run: key, effects
  RecordedLayers layers;
  std::vector<RecordedHeritage> heritage;
};

// Returns the "trace" of a report, or `results` themselves. Throws Error(kBadInput), which names
// `file` and what is wrong.
RecordedTrace ReadTrace(const std::string& file, const nlohmann::json& results);

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_RECORDED_TRACE_H_
