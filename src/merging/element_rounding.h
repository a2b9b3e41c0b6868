// Numbers of 16 and 32 bits as torch computes with them: each step in 32 bits, its result rounded.
#ifndef MODELKIN_MERGING_ELEMENT_ROUNDING_H_
#define MODELKIN_MERGING_ELEMENT_ROUNDING_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

#include "numeric/decode.h"
#include "numeric/dtype.h"

namespace modelkin {

// Returns the nearest value of the type (F32, F16 or BF16), of two the even one.
template <DType kType>
inline float RoundAs(float value) {
  if constexpr (kType == DType::kBF16) {
    // As FloatToBFloat16, without a call for each element.
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
    const std::uint32_t not_a_number = (bits & 0xFFFF0000) | 0x400000;
    return std::bit_cast<float>((bits & 0x7FFFFFFF) > 0x7F800000 ? not_a_number : rounded);
  }
  if constexpr (kType == DType::kF16) return Float16ToFloat(FloatToFloat16(value));
  return value;
}

inline float RoundTo(DType dtype, float value) {
  if (dtype == DType::kBF16) return RoundAs<DType::kBF16>(value);
  if (dtype == DType::kF16) return RoundAs<DType::kF16>(value);
  return value;
}

// Rounds all values.
inline void RoundAll(DType dtype, std::span<float> values) {
  if (dtype == DType::kBF16) {
    for (float& value : values) value = RoundAs<DType::kBF16>(value);
  } else if (dtype == DType::kF16) {
    for (float& value : values) value = RoundAs<DType::kF16>(value);
  }
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
