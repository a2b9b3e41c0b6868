// The different magnitudes among values.
#ifndef MODELKIN_KINSHIP_DISTINCT_MAGNITUDES_H_
#define MODELKIN_KINSHIP_DISTINCT_MAGNITUDES_H_

#include <cstddef>
#include <vector>

namespace modelkin {

// Blocks of more than four times as many values are judged by the smallest ones first.
inline constexpr std::size_t kFewMagnitudes = 64;

// Returns those of values other than 0, in order, each once.
std::vector<double> DistinctMagnitudes(const std::vector<float>& values);

// Returns the same of the kFewMagnitudes smallest values: all that a misfit needs.
std::vector<double> SmallestMagnitudes(const std::vector<float>& values);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_DISTINCT_MAGNITUDES_H_
