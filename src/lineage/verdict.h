// What follows from the tests, and what does not: docs/lineage.md, "The verdict".
#ifndef MODELKIN_LINEAGE_VERDICT_H_
#define MODELKIN_LINEAGE_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/pair_analysis.h"
#include "lineage/test_result.h"

namespace modelkin {

enum class VerdictCategory : std::uint8_t {
  kIdentical,       // every tensor is stored with the same bytes in both
  kDerived,         // most of what was learned is shared: one from the other, or both from a third
  kSharesMaterial,  // some is shared, or only what they started from
  kNoEvidence,
  kNotComparable,  // no test could be run
};

// "identical", "derived", "shares_material", "no_evidence", "not_comparable"
std::string_view VerdictName(VerdictCategory category);

// MLPs that are linked (MlpMatch) have their units in common. That what they learned is in common
// as well shows in the relations between units (UnitRelations): the median over linked MLPs is at
// least this where one model goes back to the other. Measured in docs/calibration.md: derived
// models 0.98 and more even after 16 times the training of their parents, models of the same
// initialisation 0.55 to 0.84.
inline constexpr double kLearnedRatio = 0.95;
// Where units have such a mean cosine, one is a near copy of the other, learned or not.
inline constexpr double kNearCopy = 0.95;
inline constexpr double kClearZ = 4;
// Half of the matched units of a tensor of unknown layout in place: it is linked.
inline constexpr double kLinkedUnits = 0.5;
// B is derived if at least this share of the parameters of its MLPs, and of its layers' attention,
// go back to A.
inline constexpr double kDerivedShare = 0.75;
// Shares of B that go back to A, nothing where that can't be told.
struct LinkedShares {
  std::uint64_t mlps = 0, mlps_linked = 0;      // matched ones of B
  std::optional<double> mlp_parameters;         // share in the linked
  std::uint64_t layers = 0, layers_linked = 0;  // by attention and norms
  std::optional<double> layer_share;
  // Of tensors of unknown layout those whose units are in place; of tensors over residual
  // coordinates, where neither MLPs nor layers are known, those with a z of kClearZ of their own.
  std::optional<double> tensor_share;
  // Medians over linked MLPs, or where there are none over tensors' residual coordinates.
  std::optional<double> learned_ratio;
  std::optional<double> unit_cosine;
};

inline constexpr const char* kCommonInitialisation = "common_initialisation";

struct Verdict {
  VerdictCategory category = VerdictCategory::kNotComparable;
  std::string sentence;
  // For shares_material: kCommonInitialisation, "copied_tensors", "part_of_the_model"; for
  // derived: "". More is a matter of how B was made.
  std::string kind;
  LinkedShares shares;
  std::vector<std::string> evidence;  // a sentence each
  std::vector<std::string> limits;    // what weights can't show, and what was left out
};

// Whether units show that more than the start is in common; true where none was asked.
bool IsLearned(const LinkedShares& shares);

// `tests` with their controls.
Verdict Judge(const PairAnalysis& pair, const std::vector<TestResult>& tests);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_VERDICT_H_
