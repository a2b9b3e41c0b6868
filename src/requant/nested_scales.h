// Scales that are stored as codes themselves.
#ifndef MODELKIN_REQUANT_NESTED_SCALES_H_
#define MODELKIN_REQUANT_NESTED_SCALES_H_

#include <array>
#include <span>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin {

// Returns what largest magnitudes of blocks are decoded to, once bitsandbytes has quantised them:
// less their mean, with a maximum for each block of them. Two for each, where it lies half way
// between two codes up to 0.5 % of their distance: bitsandbytes takes either there on a CPU. The
// mean is the one that is stored, if it is one of these magnitudes up to the rounding of a long
// sum; else all are NaN.
std::vector<std::array<float, 2>> NestedScales(const NestedMaxima& nested, const PartReader& parts,
                                               std::span<const float> magnitudes);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_NESTED_SCALES_H_
