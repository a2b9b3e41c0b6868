// Two results of the same computation, number by number.
#ifndef MODELKIN_REPORT_JSON_DIFFERENCES_H_
#define MODELKIN_REPORT_JSON_DIFFERENCES_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/text_sink.h"

namespace modelkin {

struct JsonDifference {
  std::string place;            // "tensors[3].cosine_similarity"
  std::string recorded, again;  // as JSON; "" where there is none
};

struct JsonDifferences {
  std::uint64_t equal = 0;  // values
  std::uint64_t close = 0;  // numbers, not equal, within what is said below
  std::uint64_t different = 0;
  std::vector<JsonDifference> first;  // of the different, at most kShownDifferences

  bool agree() const { return different == 0; }
};

// What another order of summation may change (docs/numerics.md): a share of a number's size, and
// where that is little: 1e-9; a share of the standard deviation, of means; or
// PairMetricField::absolute_tolerance.
inline constexpr double kClose = 1e-6, kCloseToZero = 1e-9, kCloseMean = 1e-7;
inline constexpr std::size_t kShownDifferences = 50;

// All values but those of "run", the inputs' paths, and the tool's version. Values of one side
// alone are different.
JsonDifferences CompareResultsJson(const nlohmann::json& recorded, const nlohmann::json& again);

void WriteDifferencesText(const JsonDifferences& differences, const TextSink& sink);
// Returns the list of the first.
nlohmann::ordered_json DifferencesJson(const JsonDifferences& differences);
void WriteDifferencesJson(const JsonDifferences& differences, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_JSON_DIFFERENCES_H_
