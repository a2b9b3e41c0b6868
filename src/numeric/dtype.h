// The element types that safetensors can store, and their decoding to numbers.
#ifndef MODELKIN_NUMERIC_DTYPE_H_
#define MODELKIN_NUMERIC_DTYPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modelkin {

// Element types, named as in the file format. F8_E4M3 is the "FN" variant (bias 7, no infinity,
// largest 448); F8_E5M2 is IEEE-like (bias 15, with infinities). Types that cannot be compared by
// value here are still known: their bytes can be located, digested and diffed.
enum class DType : std::uint8_t {
  kBool,
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kU64,
  kI64,
  kF8E4M3,
  kF8E5M2,
  kF16,
  kBF16,
  kF32,
  kF64,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kF8E8M0,
  kF8E4M3FNUZ,
  kF8E5M2FNUZ,
  kC64,
};

// Returns kBF16 for "BF16"; nullopt for a name that the format does not have (case matters).
std::optional<DType> ParseDType(std::string_view name);
// Returns "BF16" for kBF16.
std::string_view DTypeName(DType dtype);

// Returns the bits of an element: 4 to 64.
unsigned BitWidth(DType dtype);

// Returns the bytes of an element of a type of whole bytes.
inline std::size_t ByteWidth(DType dtype) { return BitWidth(dtype) / 8; }

// Returns whether values of this type can be decoded to a real number here.
bool IsComparable(DType dtype);

// Returns whether every value of this (comparable) type, NaN and infinity included, is exactly a
// float.
bool FitsFloat(DType dtype);

// Returns whether this is a type of floats, of any width.
bool IsFloatingPoint(DType dtype);

}  // namespace modelkin

#endif  // MODELKIN_NUMERIC_DTYPE_H_
