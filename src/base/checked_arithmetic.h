// Arithmetic on sizes that come from a file.
#ifndef MODELKIN_BASE_CHECKED_ARITHMETIC_H_
#define MODELKIN_BASE_CHECKED_ARITHMETIC_H_

#include <cstdint>
#include <optional>

namespace modelkin {

// Returns a + b; nullopt where that exceeds 64 bits.
inline std::optional<std::uint64_t> CheckedAdd(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

// Returns a b; nullopt where that exceeds 64 bits.
inline std::optional<std::uint64_t> CheckedMultiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace modelkin

#endif  // MODELKIN_BASE_CHECKED_ARITHMETIC_H_
