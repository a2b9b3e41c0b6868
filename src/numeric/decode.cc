#include "numeric/decode.h"

#include <array>
#include <cstdlib>
#include <cstring>

namespace modelkin {
namespace {

// A binary floating-point format narrower than binary32, with subnormals.
struct NarrowFormat {
  unsigned exponent_bits;
  unsigned mantissa_bits;
  bool has_infinity;  // false: only the all-ones pattern is NaN ("FN")
};

float DecodeNarrow(NarrowFormat format, std::uint32_t bits) {
  const std::uint32_t mantissa_mask = (1U << format.mantissa_bits) - 1;
  const std::uint32_t exponent_mask = (1U << format.exponent_bits) - 1;
  const std::uint32_t mantissa = bits & mantissa_mask;
  const std::uint32_t exponent = (bits >> format.mantissa_bits) & exponent_mask;
  const std::uint32_t sign = bits >> (format.mantissa_bits + format.exponent_bits) << 31;
  const unsigned shift = 23 - format.mantissa_bits;
  const bool special =
      exponent == exponent_mask && (format.has_infinity || mantissa == mantissa_mask);
  if (special) return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << shift));
  const std::uint32_t bias = exponent_mask >> 1;
  if (exponent != 0) {
    return std::bit_cast<float>(sign | ((exponent + 127 - bias) << 23) | (mantissa << shift));
  }
  // Subnormal: mantissa * 2^(1 - bias - mantissa_bits), exact in binary32.
  const float unit = std::bit_cast<float>((128 - bias - format.mantissa_bits) << 23);
  const float magnitude = static_cast<float>(mantissa) * unit;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

template <std::size_t kCodes>
std::array<float, kCodes> MakeTable(NarrowFormat format) {
  std::array<float, kCodes> table{};
  for (std::uint32_t code = 0; code < kCodes; ++code) table[code] = DecodeNarrow(format, code);
  return table;
}

const std::array<float, 256>& E4M3Table() {
  static const auto table = MakeTable<256>({4, 3, false});
  return table;
}

const std::array<float, 256>& E5M2Table() {
  static const auto table = MakeTable<256>({5, 2, true});
  return table;
}

template <class Stored, class Out, class Convert>
void DecodeEach(const std::byte* data, std::size_t count, Out* out, Convert convert) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, data + i * sizeof(Stored), sizeof(Stored));
    out[i] = static_cast<Out>(convert(stored));
  }
}

template <class Stored, class Out>
void CastEach(const std::byte* data, std::size_t count, Out* out) {
  DecodeEach<Stored>(data, count, out, [](Stored stored) { return stored; });
}

// Decodes the types common to both outputs; false if `dtype` is not one of them.
template <class Out>
bool DecodeCommon(DType dtype, const std::byte* data, std::size_t count, Out* out) {
  const auto from_table = [&](const std::array<float, 256>& table) {
    DecodeEach<std::uint8_t>(data, count, out, [&](std::uint8_t code) { return table[code]; });
  };
  switch (dtype) {
    case DType::kBool:
    case DType::kU8: CastEach<std::uint8_t>(data, count, out); return true;
    case DType::kI8: CastEach<std::int8_t>(data, count, out); return true;
    case DType::kU16: CastEach<std::uint16_t>(data, count, out); return true;
    case DType::kI16: CastEach<std::int16_t>(data, count, out); return true;
    case DType::kF8E4M3: from_table(E4M3Table()); return true;
    case DType::kF8E5M2: from_table(E5M2Table()); return true;
    case DType::kF16: DecodeEach<std::uint16_t>(data, count, out, Float16ToFloat); return true;
    case DType::kBF16: DecodeEach<std::uint16_t>(data, count, out, BFloat16ToFloat); return true;
    case DType::kF32: CastEach<float>(data, count, out); return true;
    default: return false;
  }
}

}  // namespace

float Float16ToFloat(std::uint16_t bits) { return DecodeNarrow({5, 10, true}, bits); }
float Float8E4M3ToFloat(std::uint8_t bits) { return E4M3Table()[bits]; }
float Float8E5M2ToFloat(std::uint8_t bits) { return E5M2Table()[bits]; }

std::uint16_t FloatToBFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

std::uint16_t FloatToFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return sign | 0x7E00;
  if (magnitude >= 0x477FF000U) return sign | 0x7C00;  // rounds to 2^16 or more
  if (magnitude < 0x38800000U) {                       // below 2^-14: subnormal, in units of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) + 0.5F;  // the sum's ulp is 2^-24
    return sign | static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(scaled) - 0x3F000000U);
  }
  const std::uint32_t rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1);
  return sign | static_cast<std::uint16_t>((rounded - 0x38000000U) >> 13);
}

void DecodeToFloat(DType dtype, const std::byte* data, std::size_t count, float* out) {
  if (dtype == DType::kF32) {
    if (count > 0) std::memcpy(out, data, count * sizeof(float));
  } else if (!DecodeCommon(dtype, data, count, out)) {
    std::abort();  // our own bug: a precondition of this function
  }
}

void DecodeToDouble(DType dtype, const std::byte* data, std::size_t count, double* out) {
  if (DecodeCommon(dtype, data, count, out)) return;
  switch (dtype) {
    case DType::kU32: CastEach<std::uint32_t>(data, count, out); return;
    case DType::kI32: CastEach<std::int32_t>(data, count, out); return;
    case DType::kU64: CastEach<std::uint64_t>(data, count, out); return;
    case DType::kI64: CastEach<std::int64_t>(data, count, out); return;
    case DType::kF64: CastEach<double>(data, count, out); return;
    default: std::abort();  // our own bug: a precondition of this function
  }
}

}  // namespace modelkin
