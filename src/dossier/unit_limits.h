// How many units a block may have, so that what two parties' dossiers ask of memory is bounded.
#ifndef MODELKIN_DOSSIER_UNIT_LIMITS_H_
#define MODELKIN_DOSSIER_UNIT_LIMITS_H_

#include <cstdint>

#include "dossier/dossier.h"

namespace modelkin {

// An eighth of an MLP's units is matched as a whole: 8,192 by 8,192 at most.
inline constexpr std::uint64_t kMostUnitsOfMlp = std::uint64_t{1} << 16;
inline constexpr std::uint64_t kMostHeadsOrExperts = 4096;
// A text that is a seed.
inline constexpr std::size_t kLongestSeed = 4096;

// Whether a block may have so many units.
constexpr bool IsUnitCount(UnitKind kind, std::uint64_t units) {
  return units >= 2 && units <= (kind == UnitKind::kHidden ? kMostUnitsOfMlp : kMostHeadsOrExperts);
}

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_UNIT_LIMITS_H_
