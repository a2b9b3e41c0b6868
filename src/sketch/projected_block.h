// Sign bits of fixed random projections of weights in place: docs/atlas.md, "The bits".
#ifndef MODELKIN_SKETCH_PROJECTED_BLOCK_H_
#define MODELKIN_SKETCH_PROJECTED_BLOCK_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sketch/sketch.h"

namespace modelkin {

// Of the generator of all projections: SplitMix64, started with the letters "modelkin".
inline constexpr std::uint64_t kSketchSeed = 0x6d6f64656c6b696e;

// Whole numbers, so that sums of them are the same in any order: weights in units of 1/1024 of
// their standard deviation.
inline constexpr double kCodesPerDeviation = 1024;
inline constexpr std::int32_t kLargestCode = 4096;  // 4 standard deviations

// Gives values whose column has the number of their row, first_row on, the mean of the others of
// their row: matrices that start as identities have these in common, whoever trains them.
// `values`: rows x columns.
void LeaveOutDiagonal(std::span<float> values, std::size_t rows, std::size_t columns,
                      std::uint64_t first_row);

// Returns rows x columns codes of `values`, row-major. Each row is centred and scaled to a standard
// deviation of 1, each column then centred, and the result rounded to the nearest code, halves to
// even, of at most kLargestCode. A row that is constant or has a value that is not finite becomes
// zeros, and counts in no column's mean. `values`: rows x columns, rows at least 1.
std::vector<std::int32_t> CodesOf(std::span<const float> values, std::size_t rows,
                                  std::size_t columns);

// Adds codes to codes of the same number.
void AddCodes(std::span<const std::int32_t> codes, std::span<std::int64_t> sums);

// Return the bits of a block of codes, or of sums of them over layers. Value i adds itself, with a
// random sign, to a random one of the sums, and to further ones where there are few values; a bit
// says whether its sum is above 0. Nothing where all are 0.
std::optional<ComponentBits> ProjectComponent(std::span<const std::int64_t> values);
std::optional<LayerBits> ProjectLayer(std::span<const std::int32_t> values);

// Returns SketchedComponent::effective_values of rows x columns values: the number of rows that are
// not zero, less 1, divided by the mean squared cosine of two different ones; at least 1, at most
// the number of values in such rows. 1 where fewer than two rows are not zero.
std::uint64_t EffectiveValues(std::span<const std::int64_t> values, std::size_t rows,
                              std::size_t columns);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_PROJECTED_BLOCK_H_
