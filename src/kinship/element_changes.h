// What a pair of tensors has in common and what was changed, element by element, in one pass.
#ifndef MODELKIN_KINSHIP_ELEMENT_CHANGES_H_
#define MODELKIN_KINSHIP_ELEMENT_CHANGES_H_

#include <array>
#include <cstdint>
#include <optional>

#include "checkpoint/checkpoint.h"

namespace modelkin {

// The types that a cast may have gone to.
inline constexpr std::array<DType, 4> kCastTypes = {DType::kBF16, DType::kF16, DType::kF8E4M3,
                                                    DType::kF8E5M2};

// Counts of elements; sums in double, over pairs of which both are finite.
struct ElementChanges {
  std::uint64_t compared = 0;
  std::uint64_t excluded = 0;  // NaN or infinite on either side, or without a partner
  std::uint64_t equal = 0;     // as values
  double squares_a = 0, squares_b = 0, products = 0, change_squares = 0;
  // The same with the mean of each column of both taken away, and of each row of B with the row of
  // A before it, the first with the last: a baseline.
  double centred_squares_a = 0, centred_squares_b = 0, centred_products = 0, shifted_products = 0;

  std::uint64_t zeros_a = 0, zeros_b = 0;
  // Set to 0 on one side alone, with the sum of the other's magnitudes there and over all.
  struct Zeroed {
    std::uint64_t count = 0;
    double lost = 0, all = 0;
    // Small weights were: at least 1 % of the `of` compared, of at most 0.7 times the mean
    // magnitude of those that were left.
    bool looks_pruned(std::uint64_t of) const;
  };
  Zeroed in_b, in_a;
  // Sums over values of A below a quarter of the root mean square of those that are read with them
  // (2^16 or a row), and over those above it.
  double small_products = 0, small_squares = 0;
  // Slope of B on A there; nothing without such values.
  std::optional<double> slope_of_small() const, slope_of_large() const;

  // Runs of four along the last axis, and those with two zeros or more.
  std::uint64_t fours = 0, half_zero_a = 0, half_zero_b = 0;

  // Whether each element of B is A's rounded to the type, and the other way round.
  std::array<bool, kCastTypes.size()> b_is_cast{}, a_is_cast{};

  // Of rows and columns (of two axes) alone: share of B's squares that is left when each row, or
  // each column, of A gets the best scale of its own. Nothing for one axis, or where B is 0.
  std::optional<double> left_by_row_scales, left_by_column_scales;

  // Of what columns don't have in common; nothing where there is no such thing on a side.
  std::optional<double> correlation() const;
  // Of row i of A with row i + 1 of B, in [-1, 1]; nothing where values were excluded either.
  std::optional<double> shifted_correlation() const;
  // |B - A| / |A|; nothing where A is 0.
  std::optional<double> relative_change() const;
  // Of the elements compared; nothing where there are none.
  std::optional<double> equal_share() const;
};

// Tensors of the same shape, of comparable types; values are taken as floats. Reads both once, by
// blocks of rows.
ElementChanges CompareElements(const Checkpoint& a, const Tensor& tensor_a, const Checkpoint& b,
                               const Tensor& tensor_b);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_ELEMENT_CHANGES_H_
