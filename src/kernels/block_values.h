// Codes of blocks times their scales.
#ifndef MODELKIN_KERNELS_BLOCK_VALUES_H_
#define MODELKIN_KERNELS_BLOCK_VALUES_H_

#include <cstddef>
#include <cstdint>

namespace modelkin {

// Writes scales[i / values_a_scale] * codes[i] - minima[i / values_a_scale], each step rounded to
// float, or without the last where `minima` is null: the same bits on each instruction set.
// Requires values_a_scale and count to be multiples of 16.
void ScaleBlockCodes(const std::int8_t* codes, const float* scales, const float* minima,
                     std::size_t values_a_scale, std::size_t count, float* out);

// Puts table[code] in the place of each of `count` codes from 0 to 15. Requires a multiple of 16.
void LookUpCodes(const std::int8_t* table, std::size_t count, std::int8_t* codes);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_BLOCK_VALUES_H_
