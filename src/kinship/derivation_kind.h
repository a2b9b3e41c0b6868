// Ways that one model can have been made from another.
#ifndef MODELKIN_KINSHIP_DERIVATION_KIND_H_
#define MODELKIN_KINSHIP_DERIVATION_KIND_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/said.h"

namespace modelkin {

// docs/kinship.md, "Kinds", says what each rests on.
enum class DerivationKind : std::uint8_t {
  kCopy,
  kRenamed,
  kRotaryLayout,
  kResidualRotated,
  kResidualPermuted,
  kWidthPruned,
  kWidthExtended,
  kHiddenUnitsPermuted,
  kHiddenUnitsSignFlipped,
  kExpertsDropped,
  kExpertsMerged,
  kExpertsPermuted,
  kHeadsPermuted,
  kAttentionDisguised,
  kScaled,
  kShifted,
  kUpcycled,
  kLayersDropped,
  kLayersReordered,
  kLayersDuplicated,
  kVocabularyReordered,
  kVocabularyExtended,
  kExactCast,
  kQuantised,
  kPruned,
  kPruned24,
  kDirectionRemoved,
  kLoraMerge,
  kMerged,
  kFineTuned,
  kNoiseAdded,
  kCommonInitialisation,
  // Of models of several components.
  kComponentTaken,
  kTextReplaced,
};

// Returns "lora_merge".
std::string_view DerivationKindName(DerivationKind kind);

// Returns all kinds, in the order in which they are named.
std::vector<DerivationKind> AllDerivationKinds();

using KindFigures = std::vector<std::pair<std::string, double>>;

// One kind that was found.
struct Kind {
  DerivationKind kind = DerivationKind::kCopy;
  Said evidence;
  KindFigures figures = {};
  std::vector<std::string> roles = {};  // that it was found in, where that is a few
};

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DERIVATION_KIND_H_
