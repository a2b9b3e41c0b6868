// The types that values of a GGUF file's keys have.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_VALUE_TYPE_H_
#define MODELKIN_STORAGE_GGUF_GGUF_VALUE_TYPE_H_

#include <cstdint>

namespace modelkin {

// As a file numbers them.
enum class GgufValueType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};

// Returns the bytes of a value; 0 of strings and arrays, whose bytes differ, and of no type.
constexpr std::uint64_t WidthOf(GgufValueType type) {
  switch (type) {
    case GgufValueType::kU8:
    case GgufValueType::kI8:
    case GgufValueType::kBool: return 1;
    case GgufValueType::kU16:
    case GgufValueType::kI16: return 2;
    case GgufValueType::kU32:
    case GgufValueType::kI32:
    case GgufValueType::kF32: return 4;
    case GgufValueType::kU64:
    case GgufValueType::kI64:
    case GgufValueType::kF64: return 8;
    default: return 0;
  }
}

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_VALUE_TYPE_H_
