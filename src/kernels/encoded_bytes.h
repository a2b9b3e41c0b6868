// What the ways to make blocks share.
#ifndef MODELKIN_KERNELS_ENCODED_BYTES_H_
#define MODELKIN_KERNELS_ENCODED_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/block_bytes.h"
#include "numeric/decode.h"

namespace modelkin {

// Writes the nearest IEEE binary16; returns its value.
inline float StoreHalf(float value, std::byte* at) {
  const std::uint16_t bits = FloatToFloat16(value);
  std::memcpy(at, &bits, sizeof bits);
  return HalfToFloat(bits);
}

// The whole number nearest to x, of two the even one; of numbers of 2^22 and more what ggml's
// nearest_int makes of them.
inline int NearestInt(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x + 12582912.0F);
  return (bits & 0x007FFFFF) - 0x00400000;
}

inline void StoreByte(int value, std::byte* at) {
  *at = static_cast<std::byte>(static_cast<std::uint8_t>(value));
}

inline void AddBits(int value, std::byte* at) {
  *at |= static_cast<std::byte>(static_cast<std::uint8_t>(value));
}

// 2 * kHalf codes of 4 bits: the first half in low nibbles, the others in high ones.
template <std::size_t kHalf>
void PackNibbles(const std::int8_t* codes, std::byte* out) {
  for (std::size_t i = 0; i < kHalf; ++i) {
    StoreByte((codes[i] & 0x0F) | (codes[i + kHalf] & 0x0F) << 4, out + i);
  }
}

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_ENCODED_BYTES_H_
