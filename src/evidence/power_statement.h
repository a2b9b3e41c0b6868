// What the tests would have found: docs/lineage.md, "What would have been found".
#ifndef MODELKIN_EVIDENCE_POWER_STATEMENT_H_
#define MODELKIN_EVIDENCE_POWER_STATEMENT_H_

#include <cstdint>
#include <optional>

namespace modelkin {

inline constexpr double kPowerProbability = 0.9;

// The smallest t at which B, were it t A + (1 - t) B, would have been found with probability 0.9,
// by simulation on weights of these two models: in [0, 1], in steps of 0.001 for coordinates and
// 0.01 for MLPs. B's own part is in random order. nullopt where a test can't be run on these
// shapes, or where even A itself would not be found. Rotations, scales, and further training are
// not simulated.
struct PowerStatement {
  // As it is: strong evidence by residual_trace.
  std::optional<double> residual_trace;
  // With hidden units renumbered: strong evidence by gate_up_agreement.
  std::optional<double> gate_up;
  // With residual coordinates renumbered as well, taking it that they are found again: strong
  // evidence by gate_up_agreement_in_fitted_basis. All there is where widths differ.
  std::optional<double> gate_up_fitted;
  std::uint64_t tensors = 0;  // that the simulation of residual_trace took
  std::uint64_t mlps = 0;     // and that of gate_up

  // Returns whether the shapes allow one of these tests. Where only others can be run, a copy may
  // be found by them, and nothing was simulated.
  bool simulated() const { return tensors > 0 || mlps > 0 || gate_up_fitted; }
  // Returns that of a plain mixture: the lesser of the first two.
  std::optional<double> smallest() const;
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_POWER_STATEMENT_H_
