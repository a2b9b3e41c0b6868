// Parts of a sketch that neither the order of units nor rotations of the residual stream change:
// docs/atlas.md, "The invariant part".
#ifndef MODELKIN_SKETCH_PROFILES_H_
#define MODELKIN_SKETCH_PROFILES_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "sketch/sketch.h"

namespace modelkin {

// Steps of a Profile's codes to a factor of 2.
inline constexpr double kNormSteps = 64, kSpectrumSteps = 24;

// Returns the profile of the absolute values of a norm's weights: quantiles of 1, 5, 15, 30, 70,
// 85, 95 and 99 % beside the median, each the value at the nearest place in order. Nothing where a
// value is not finite, the median is 0, or all are the same.
std::optional<Profile<kNormValues>> NormProfile(std::span<const float> weights);

// Returns the profile of singular values: those at (k + 1/2) / 16 of the way from the largest to
// the smallest, k = 0 to 15, beside their geometric mean. `values`: largest first. Nothing where
// fewer than 2 are above a millionth of the largest, which alone are taken.
std::optional<Profile<kSpectrumValues>> SpectrumProfile(std::span<const float> values);

// The same of a rows x columns matrix, each column times its entry of `scales` (none: as they are).
// Nothing where a value is not finite.
std::optional<Profile<kSpectrumValues>> MatrixProfile(std::vector<float> matrix, std::size_t rows,
                                                      std::size_t columns,
                                                      std::span<const float> scales);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_PROFILES_H_
