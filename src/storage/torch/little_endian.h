// Whole numbers out of bytes, lowest byte first.
#ifndef MODELKIN_STORAGE_TORCH_LITTLE_ENDIAN_H_
#define MODELKIN_STORAGE_TORCH_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace modelkin {

// Returns the number in bytes [at, at + sizeof(Number)). Requires that they are there.
template <class Number>
Number LittleEndian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    number = number << 8 | static_cast<std::uint64_t>(bytes[at + i]);
  }
  return static_cast<Number>(number);
}

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_LITTLE_ENDIAN_H_
