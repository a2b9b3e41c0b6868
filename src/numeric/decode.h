// Exact decoding of stored elements, one at a time or by the block. Data is little-endian and may
// be unaligned.
#ifndef MODELKIN_NUMERIC_DECODE_H_
#define MODELKIN_NUMERIC_DECODE_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "numeric/dtype.h"

namespace modelkin {

static_assert(std::endian::native == std::endian::little, "checkpoints are read in place");

// Returns the value of a bfloat16, exactly.
inline float BFloat16ToFloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Returns the value of an IEEE binary16, exactly. NaN payloads and signs are kept.
float Float16ToFloat(std::uint16_t bits);

// Return the nearest value of the narrow type, of two the even one.
std::uint16_t FloatToBFloat16(float value);
std::uint16_t FloatToFloat16(float value);

// Return the value of a float of 8 bits (DType has the variants), exactly.
float Float8E4M3ToFloat(std::uint8_t bits);
float Float8E5M2ToFloat(std::uint8_t bits);

// Decodes `count` elements at `data` into `out`. Requires FitsFloat(dtype). Exact and injective:
// two elements of one type are bit-equal exactly when their decoded bits are.
void DecodeToFloat(DType dtype, const std::byte* data, std::size_t count, float* out);

// Decodes every comparable type likewise. Exact except for U64 and I64 beyond 2^53, which are
// rounded to nearest. A BOOL byte decodes to its number (0 and 1 in valid files).
void DecodeToDouble(DType dtype, const std::byte* data, std::size_t count, double* out);

}  // namespace modelkin

#endif  // MODELKIN_NUMERIC_DECODE_H_
