// Numbers of 16 and 32 bits as torch computes with them: each step in 32 bits, its result rounded.
#ifndef MODELKIN_MERGING_ELEMENT_ROUNDING_H_
#define MODELKIN_MERGING_ELEMENT_ROUNDING_H_

#include <bit>
#include <cmath>
#include <cstdint>

#include "numeric/decode.h"
#include "numeric/dtype.h"

namespace modelkin {

// Returns the nearest value of the type (F32, F16 or BF16), of two the even one.
inline float RoundTo(DType dtype, float value) {
  if (dtype == DType::kBF16) return BFloat16ToFloat(FloatToBFloat16(value));
  if (dtype == DType::kF16) return Float16ToFloat(FloatToFloat16(value));
  return value;
}

// Returns a * b + c, rounded once.
inline float FusedMultiplyAdd(float a, float b, float c) {
  const double product = static_cast<double>(a) * b;  // exact
  const double sum = product + c;
  // Small ones are rounded at another bit, and infinities and NaN have none.
  if (!(std::abs(sum) > 0x1p-120 && std::abs(sum) < 0x1p126)) return std::fma(a, b, c);
  const auto bits = std::bit_cast<std::uint64_t>(sum);
  // Halfway between two floats, if nothing was lost in the sum.
  if ((bits & 0x1FFFFFFF) == 0x10000000) {
    const double part = sum - product;
    const double lost = (product - (sum - part)) + (c - part);
    if (lost != 0) {
      const bool up = (lost > 0) == (sum > 0);
      return static_cast<float>(std::bit_cast<double>(up ? bits + 1 : bits - 1));
    }
  }
  return static_cast<float>(sum);
}

// Whether two values have the same bits.
inline bool SameBits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace modelkin

#endif  // MODELKIN_MERGING_ELEMENT_ROUNDING_H_
