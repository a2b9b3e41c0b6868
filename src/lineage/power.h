// What the tests would have found: METHODS 8.
#ifndef MODELKIN_LINEAGE_POWER_H_
#define MODELKIN_LINEAGE_POWER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "lineage/pair_analysis.h"

namespace modelkin {

inline constexpr double kPowerProbability = 0.9;
inline constexpr std::uint64_t kPowerDraws = 30;

// The smallest t at which t A + (1 - t) (B, its units in random order) would have been found with
// probability 0.9, by simulation on weights of these two models: in [0, 1], in steps of 0.001 for
// coordinates and 0.01 for MLPs.
// Nothing where a test can't be run on these shapes, or where even A itself would not be found.
struct PowerStatement {
  std::optional<double> residual_trace;  // strong evidence by it
  std::optional<double> gate_up;         // strong evidence by gate_up_agreement
  std::uint64_t tensors = 0;             // that the simulation of residual_trace took
  std::uint64_t mlps = 0;                // and that of gate_up
  // The lesser of both.
  std::optional<double> smallest() const;
};

// Takes a part of the tensors where all would be too many: what it finds is then an upper bound,
// since more tensors find smaller shares. `tests`: how many tests p-values are corrected for.
PowerStatement SimulatePower(const PairAnalysis& pair, std::size_t tests,
                             const TraceOptions& options, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_POWER_H_
