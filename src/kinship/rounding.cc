#include "kinship/rounding.h"

#include <algorithm>
#include <cmath>

#include "numeric/decode.h"

namespace modelkin {
namespace {

struct SmallFloat {
  int fraction_bits, smallest_exponent;
  float largest;
};

// nearbyint rounds ties to even in the default mode.
float RoundToSmall(const SmallFloat& type, float value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), type.smallest_exponent);
  const float step = std::ldexp(1.0F, exponent - type.fraction_bits);
  return std::clamp(std::nearbyint(value / step) * step, -type.largest, type.largest);
}

}  // namespace

float RoundTo(DType dtype, float value) {
  switch (dtype) {
    case DType::kF16: return Float16ToFloat(FloatToFloat16(value));
    case DType::kBF16: return BFloat16ToFloat(FloatToBFloat16(value));
    case DType::kF8E4M3:
      return RoundToSmall({.fraction_bits = 3, .smallest_exponent = -6, .largest = 448}, value);
    case DType::kF8E5M2:
      return RoundToSmall({.fraction_bits = 2, .smallest_exponent = -14, .largest = 57344}, value);
    default: return value;
  }
}

double RelativeRounding(DType dtype) {
  switch (dtype) {
    case DType::kF16: return 0x1p-11;
    case DType::kBF16: return 0x1p-8;
    case DType::kF32: return 0x1p-24;
    default: return 0;
  }
}

}  // namespace modelkin
