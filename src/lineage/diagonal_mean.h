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

// Whether units, rows of so many columns, stand at coordinates, in whatever order: half of the rows
// have an entry whose square is more than 3 / sqrt(columns) of the row's sum of squares, so that
// two such rows with it in the same place are more alike, by three deviations, than random ones;
// and these places are half as many as the rows or the columns at least, which a few coordinates
// that are large in all rows are not. Renumbering rows or columns changes nothing.
bool StandAtCoordinates(std::span<const float> rows, std::size_t columns);

// Sets the entry of the largest size of each row to 0.
void ClearLargest(std::vector<float>& rows, std::size_t columns);

// Of each row the place of the entry of the largest size, the first of equals.
std::vector<std::uint32_t> LargestOfRows(std::span<const float> rows, std::size_t columns);

// Sets the entries (i, i modulo columns) to 0 in both, if both started so: training changes each of
// them by another factor, so that taking away their mean would leave most of the identity. Where
// units of both stand at coordinates in another order, sets the largest entry of each row to 0.
// Returns whether anything was done.
bool RemoveIdentities(std::vector<float>& a, std::size_t columns_a, std::vector<float>& b,
                      std::size_t columns_b);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DIAGONAL_MEAN_H_
