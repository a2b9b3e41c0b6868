// What the ways to unpack blocks share.
#ifndef MODELKIN_KERNELS_BLOCK_BYTES_H_
#define MODELKIN_KERNELS_BLOCK_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/block_form.h"

namespace modelkin {

// One block, byte by byte.
using BlockBytes = const std::uint8_t*;

template <class Number>
Number NumberAt(BlockBytes at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

// Returns the value of an IEEE binary16, exactly. Does without subnormal floats, which are slow.
inline float HalfToFloat(std::uint16_t bits) {
  constexpr std::uint32_t kRebias = 112U << 23, kLeastNormal = 113U << 23;
  const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16;
  const std::uint32_t rest = std::uint32_t{bits & 0x7FFFU} << 13;
  const std::uint32_t exponent = bits & 0x7C00U;
  if (exponent == 0x7C00U) return std::bit_cast<float>(sign | 0x7F800000U | rest);
  if (exponent != 0) return std::bit_cast<float>(sign | (rest + kRebias));
  const float magnitude =
      std::bit_cast<float>(rest + kLeastNormal) - std::bit_cast<float>(kLeastNormal);
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

inline float HalfAt(BlockBytes at) { return HalfToFloat(NumberAt<std::uint16_t>(at)); }

// Makes of what unpacks one block what unpacks many.
template <auto kUnpackOne, std::size_t kValues, std::size_t kBytes, std::size_t kValuesAScale>
void UnpackBlocks(const std::byte* blocks, std::size_t count, std::int8_t* codes, float* scales,
                  float* minima) {
  for (std::size_t i = 0; i < count; ++i) {
    kUnpackOne(reinterpret_cast<BlockBytes>(blocks) + i * kBytes, codes + i * kValues,
               scales + i * (kValues / kValuesAScale), minima + i * (kValues / kValuesAScale));
  }
}

template <auto kUnpackOne, std::size_t kValues, std::size_t kBytes, std::size_t kValuesAScale>
constexpr BlockForm MakeBlockForm(std::string_view name) {
  return {.name = name,
          .values = kValues,
          .bytes = kBytes,
          .values_a_scale = kValuesAScale,
          .unpack = UnpackBlocks<kUnpackOne, kValues, kBytes, kValuesAScale>};
}

constexpr BlockForm WithMinima(BlockForm form) {
  form.has_minima = true;
  return form;
}

constexpr BlockForm WithUnit(BlockForm form, std::int8_t unit) {
  form.unit = unit;
  return form;
}

// Of what unpacks places in a table.
constexpr BlockForm WithTable(BlockForm form, const std::int8_t* table) {
  form.table = table;
  return form;
}

constexpr BlockForm WithLevels(BlockForm form, std::span<const std::int8_t> levels) {
  form.levels = levels;
  return form;
}

// The forms, a file for each sort.
std::span<const BlockForm> SmallBlockForms();  // 32 to 128 values
std::span<const BlockForm> SuperBlockForms();  // 256 values: "K", ternary
std::span<const BlockForm> TableBlockForms();  // codes are places in a table of 16
std::span<const BlockForm> GridBlockForms();   // codes are places in a grid of vectors

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_BLOCK_BYTES_H_
