// What a trace comes to: docs/lineage.md, "The verdict".
#ifndef MODELKIN_VERDICT_H_
#define MODELKIN_VERDICT_H_

#include <cstdint>
#include <string_view>

#include "modelkin/export.h"

namespace modelkin {

enum class VerdictCategory : std::uint8_t {
  kIdentical,       // every tensor is stored with the same bytes in both
  kDerived,         // most of what was learned is shared: one from the other, or both from a third
  kSharesMaterial,  // some is shared, or only what they started from
  kNoEvidence,
  kNotComparable,  // no test could be run
};

// Returns "identical", "derived", "shares_material", "no_evidence" or "not_comparable".
MODELKIN_EXPORT std::string_view VerdictName(VerdictCategory category);

// What models have in common of which neither is known to be derived. More is a matter of how B was
// made.
enum class SharedMaterial : std::uint8_t {
  kCommonInitialisation,
  kCopiedTensors,
  kPartOfTheModel,
  kComponentTaken,  // one of several components, such as the vision encoder
};

// Returns "common_initialisation", "copied_tensors", "part_of_the_model" or "component_taken".
MODELKIN_EXPORT std::string_view SharedMaterialName(SharedMaterial shared);

}  // namespace modelkin

#endif  // MODELKIN_VERDICT_H_
