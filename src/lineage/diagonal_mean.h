// Whether matrices started as an identity, so that units have the places of coordinates.
#ifndef MODELKIN_LINEAGE_DIAGONAL_MEAN_H_
#define MODELKIN_LINEAGE_DIAGONAL_MEAN_H_

#include <cstdint>

#include "lineage/unit_relations.h"

namespace modelkin {

// Entries (i, i) of a matrix, as a mean over the root mean square of all of its entries: 0 up to 1 /
// sqrt(count) where units are drawn alike, and far from it where the matrix started as an identity.
struct DiagonalMean {
  double sum = 0, squares = 0;
  std::uint64_t count = 0, values = 0;

  double value() const;
};

// Of the first of the units and columns.
DiagonalMean DiagonalOf(const UnitRows& rows);

// Whether both started so: neither their units nor their coordinates are in random order then.
bool AreIdentityLike(const DiagonalMean& a, const DiagonalMean& b);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DIAGONAL_MEAN_H_
