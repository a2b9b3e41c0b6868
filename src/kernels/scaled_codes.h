// Values of codes of 8 bits or fewer, a scale for each group of them. On one thread; equal on every
// instruction set.
#ifndef MODELKIN_KERNELS_SCALED_CODES_H_
#define MODELKIN_KERNELS_SCALED_CODES_H_

#include <cstddef>
#include <cstdint>

#include "numeric/dtype.h"

namespace modelkin {

// Groups of codes that lie one after the other. Points into somebody's memory.
struct CodeGroups {
  std::size_t length;    // codes of a group, at least 1
  std::size_t first;     // place of the first code within its group, below `length`
  const float* scales;   // one for each group that the codes reach into
  const float* offsets;  // as many, or null for none
};

// out[i] = (value of codes[i] - offset) * scale, each step rounded to float. Types: U8, I8, F8_E4M3
// and F8_E5M2, a byte each.
void ScaleCodes(DType type, const std::byte* codes, std::size_t count, const CodeGroups& groups,
                float* out);

// out[i] = scale * codes[i] + offset, each step rounded to float. Of U8.
void StretchCodes(const std::byte* codes, std::size_t count, const CodeGroups& groups, float* out);

// Writes the F8_E5M2 codes of `count` bytes of two 4-bit floats (E2M1), the low nibble first, or of
// twice their values: both are exact.
void NibbleFloatsToE5M2(const std::byte* packed, std::size_t count, bool doubled, std::byte* out);

// Writes `count` codes of `bits` (1 to 8) each, a byte a code, of a little-endian stream of bits.
// The first begins at bit `first_bit` (0 to 7) of `stream`. No byte behind the last code's is read.
void UnpackCodes(const std::byte* stream, std::size_t first_bit, std::size_t bits,
                 std::size_t count, std::byte* out);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_SCALED_CODES_H_
