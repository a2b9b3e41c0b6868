// Whether matrices started as an identity, so that units have the places of coordinates.
#ifndef MODELKIN_LINEAGE_DIAGONAL_MEAN_H_
#define MODELKIN_LINEAGE_DIAGONAL_MEAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace modelkin {

// Entries (i, i) of a matrix, as a mean over the root mean square of all of its entries: 0 up to 1
// / sqrt(count) where units are drawn alike, and far from it where the matrix started as an
// identity.
struct DiagonalMean {
  double sum = 0, squares = 0;
  std::uint64_t count = 0, values = 0;

  double value() const;
};

// Of a matrix of so many columns, row-major: as many entries as it has rows or columns.
DiagonalMean DiagonalOf(std::span<const float> values, std::size_t columns);

// Whether both started so: neither their units nor their coordinates are in random order then,
// until the identity is taken away.
bool AreIdentityLike(const DiagonalMean& a, const DiagonalMean& b);

// Sets the entries (i, i modulo columns) to 0 in both, if both started so: training changes each of
// them by another factor, so that taking away their mean would leave most of the identity. Returns
// whether it was done.
bool RemoveIdentities(std::vector<float>& a, std::size_t columns_a, std::vector<float>& b,
                      std::size_t columns_b);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DIAGONAL_MEAN_H_
