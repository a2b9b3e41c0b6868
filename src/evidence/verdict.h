// What follows from the tests of a pair, and what does not: docs/lineage.md, "The verdict".
#ifndef MODELKIN_EVIDENCE_VERDICT_H_
#define MODELKIN_EVIDENCE_VERDICT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/named_fields.h"
#include "evidence/test_id.h"
#include "modelkin/verdict.h"

namespace modelkin {

// MLPs that are linked (MlpMatch) have their units in common. That what they learned is in common
// as well shows in what units have along directions (RetainedSpread): the ratio is 1 where one
// model goes back to the other, and less where both only started alike. It has to exceed this,
// beyond doubt; and so has the median of the ratio of relations between units (UnitRelations).
inline constexpr double kLearnedRatio = 0.95;
// By so many standard errors: one in 700 of a ratio that is kLearnedRatio.
inline constexpr double kBeyondDoubt = 3;
// Units with such a mean cosine need neither: one is nearly a copy of the other, learned or not.
inline constexpr double kNearCopy = 0.95;
// B is derived if at least this share of the parameters of its MLPs, and of its layers' attention,
// go back to A.
inline constexpr double kDerivedShare = 0.75;

// Shares of B that go back to A, nullopt where that can't be told.
struct LinkedShares {
  std::uint64_t mlps = 0, mlps_linked = 0;      // matched ones of B
  std::uint64_t mlps_drawn_from = 0;            // PairAnalysis::mlps_drawn_from
  std::optional<double> mlp_parameters;         // share in the linked
  std::uint64_t layers = 0, layers_linked = 0;  // by attention and norms
  std::optional<double> layer_share;
  // Of tensors of unknown layout those whose units are in place; of tensors over residual
  // coordinates, where neither MLPs nor layers are known, those with a clear z of their own.
  std::optional<double> tensor_share;
  // Medians over linked MLPs, or where there are none over tensors' residual coordinates.
  std::optional<double> learned_ratio;
  std::optional<double> unit_cosine;
  // Of all linked MLPs, or such tensors, together, of the side of which it is clearer: how much of
  // what one model learned, and not everybody would, the other has; its standard error; and by how
  // many standard errors it exceeds kLearnedRatio. Nothing where there are few units, the first two
  // also where nothing is seen to be learned.
  std::optional<double> retained, retained_error, retained_deviations;
};

template <>
inline constexpr std::tuple kNamedFields<LinkedShares> = {
    NamedField("mlps", &LinkedShares::mlps),
    NamedField("mlps_linked", &LinkedShares::mlps_linked),
    NamedField("mlp_parameters", &LinkedShares::mlp_parameters),
    NamedField("layers", &LinkedShares::layers),
    NamedField("layers_linked", &LinkedShares::layers_linked),
    NamedField("layer_share", &LinkedShares::layer_share),
    NamedField("tensor_share", &LinkedShares::tensor_share),
    NamedField("learned_ratio", &LinkedShares::learned_ratio),
    NamedField("unit_cosine", &LinkedShares::unit_cosine),
    NamedField("retained", &LinkedShares::retained),
    NamedField("retained_error", &LinkedShares::retained_error),
    NamedField("retained_deviations", &LinkedShares::retained_deviations)};

enum class EvidenceKind : std::uint8_t {
  kStrongTest,        // `test`
  kLinkedMlps,        // `count` of the `all` MLPs of B that were matched
  kUnitCosine,        // `value`, the mean over units and their like
  kRelations,         // `value`, what LinkedShares has as retained, else its learned ratio
  kLinkedLayers,      // `count` of `all` layers of B, by attention and norms
  kDuplicatedLayers,  // `layers` of A, more than once in B
  kDroppedLayers,     // `layers` of A that B lacks
  kCopiedTensors,     // `count` tensors of learned values, the same bytes in both
};

struct Evidence {
  EvidenceKind kind = EvidenceKind::kStrongTest;
  TestKey test = {};
  std::uint64_t count = 0, all = 0;
  std::uint64_t drawn_from = 0;  // where `all` were drawn; else 0
  double value = 0;
  std::vector<std::uint32_t> layers = {};
};

// Of models of which more of the parameters is packed, nothing found says nothing.
inline constexpr double kMostlyUnread = 0.5;

// What of a model was not read.
struct Unread {
  bool of_b = false;  // else of A
  // Share of its parameters in tensors that are packed; nullopt if there are none.
  std::optional<double> packed;
  bool incomplete = false;  // files or tensors are missing
};

enum class LimitKind : std::uint8_t {
  kDistillation,  // which weights can't show, as training on another's outputs and shared data
  kRetraining,    // which leaves nothing to find
  kNonFinite,     // values that are not finite were left out
  kUnread,        // `unread`
};

struct Limit {
  LimitKind kind = LimitKind::kDistillation;
  Unread unread = {};
};

struct Verdict {
  VerdictCategory category = VerdictCategory::kNotComparable;
  std::optional<SharedMaterial> shared;  // of kSharesMaterial
  // In which the models have in common what the verdict is about.
  ResidualBasis basis = ResidualBasis::kAsStored;
  LinkedShares shares;
  // The most significant of the strong tests; nullopt if none is strong.
  std::optional<TestKey> strongest;
  std::vector<Evidence> evidence;
  std::vector<Unread> unread;
  std::vector<Limit> limits;  // what weights can't show, and what was left out
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_VERDICT_H_
