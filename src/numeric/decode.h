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

inline float BFloat16ToFloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// IEEE binary16. NaN payloads and signs are kept.
float Float16ToFloat(std::uint16_t bits);

// Rounding to nearest even; used where a value has to be representable in a narrow type.
std::uint16_t FloatToBFloat16(float value);
std::uint16_t FloatToFloat16(float value);

float Float8E4M3ToFloat(std::uint8_t bits);
float Float8E5M2ToFloat(std::uint8_t bits);

// Decodes `count` elements at `data` into `out`. Requires FitsFloat(dtype). Exact and injective:
// two elements of one type are bit-equal exactly when their decoded bits are.
void DecodeToFloat(DType dtype, const std::byte* data, std::size_t count, float* out);

// As above for every comparable type. Exact except for U64 and I64 beyond 2^53, which are rounded
// to nearest. A BOOL byte decodes to its number (0 and 1 in valid files).
void DecodeToDouble(DType dtype, const std::byte* data, std::size_t count, double* out);

}  // namespace modelkin

#endif  // MODELKIN_NUMERIC_DECODE_H_
