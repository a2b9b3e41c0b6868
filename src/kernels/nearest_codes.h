// Codes of values whose scale is known, or follows from the largest of a block: what ggml's
// quantisers without a search do (quantize_row_q4_0_ref and others of ggml-quants.c). The same bits
// on each instruction set.
#ifndef MODELKIN_KERNELS_NEAREST_CODES_H_
#define MODELKIN_KERNELS_NEAREST_CODES_H_

#include <cstddef>
#include <cstdint>

#include "kernels/scale_search.h"

namespace modelkin {

// Values in blocks of `length`, a multiple of 16, have a scale for each block.

// scale = (the value of largest magnitude) / -half; codes from 0 to 2 half - 1, half stands for 0.
void CodesOfLargest(int half, const ValueGroups& blocks, Contraction contraction, float* scales,
                    std::int8_t* codes);

// scale = (largest - smallest) / most; codes from 0 to most, counted from the smallest.
void CodesOfRange(int most, const ValueGroups& blocks, Contraction contraction, float* scales,
                  float* smallest, std::int8_t* codes);

// scale = (largest magnitude) / 127; codes from -127 to 127.
void CodesOfMagnitude(const ValueGroups& blocks, float* scales, std::int8_t* codes);

// Writes the largest magnitude of each block.
void LargestMagnitudes(const ValueGroups& blocks, float* out);

// Codes of 4-bit floats (E2M1): the nearest to value / (2 * half_scales[block]), of two the
// smaller.
void CodesOfSmallFloats(const ValueGroups& blocks, const float* half_scales, std::int8_t* codes);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_NEAREST_CODES_H_
