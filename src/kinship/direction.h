// Who was first of two relatives: facts, and signs that a later step can turn round.
#ifndef MODELKIN_KINSHIP_DIRECTION_H_
#define MODELKIN_KINSHIP_DIRECTION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/said.h"

namespace modelkin {

enum class Direction : std::uint8_t { kUnknown, kAToB, kBToA };

// "unknown", "a_to_b", "b_to_a"
std::string_view DirectionName(Direction direction);

// What only one of two orders explains, whatever was done later. Nothing is known today that is:
// docs/kinship.md.
struct DirectionFact {
  std::string name;
  Direction direction = Direction::kUnknown;
  Said evidence;
};

enum class SignKind : std::uint8_t {
  kCast,
  kQuantised,
  kPruned,
  kMerged,
  kVocabularyExtended,
  kLayersDuplicated,
  kUpcycled,
  kDecayedRows,
};

// What one order is more likely to leave than the other.
struct DirectionSign {
  SignKind kind = SignKind::kCast;
  Direction direction = Direction::kUnknown;
  Said evidence;
};

struct SignTraits {
  std::string_view name;  // "layers_duplicated"
  // The later step that leaves this sign of the wrong order.
  std::string_view turned_by, turned_by_korean;
  // How often it was wrong where it spoke, in the recipes of docs/kinship.md: half of these are
  // made to turn signs round, so that no share of models at large follows.
  std::uint64_t wrong = 0, cases = 0;
};

const SignTraits& TraitsOf(SignKind kind);

// Where all signs point, if none contradicts another.
Direction WhereSignsPoint(const std::vector<DirectionSign>& signs);

// Returns the sign, what turns it round, and how often it was wrong.
Said SignText(const DirectionSign& sign);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DIRECTION_H_
