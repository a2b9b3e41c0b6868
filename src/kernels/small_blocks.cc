// Blocks of 32 values with a scale, and of 128 signs.
#include <array>

#include "kernels/block_bytes.h"

namespace modelkin {
namespace {

constexpr std::size_t kHalf = 16;  // of a block: low nibbles, then high ones

// 16 bytes hold the first 16 codes in their low nibbles, and the others in their high ones.
template <int kShift>
void UnpackNibbles(BlockBytes stored, std::int8_t* codes) {
  std::array<std::uint8_t, kHalf> nibbles;  // a copy, which `codes` can't be a part of
  std::memcpy(nibbles.data(), stored, kHalf);
  for (std::size_t i = 0; i < kHalf; ++i) {
    codes[i] = static_cast<std::int8_t>((nibbles[i] & 0x0F) - kShift);
    codes[i + kHalf] = static_cast<std::int8_t>((nibbles[i] >> 4) - kShift);
  }
}

void UnpackQ40(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfAt(block);
  UnpackNibbles<8>(block + 2, codes);
}

void UnpackQ41(BlockBytes block, std::int8_t* codes, float* scales, float* minima) {
  scales[0] = HalfAt(block);
  minima[0] = -HalfAt(block + 2);
  UnpackNibbles<0>(block + 4, codes);
}

// The same with a fifth bit of each, in the order of codes.
template <int kShift>
void UnpackFiveBits(std::uint32_t high, BlockBytes nibbles, std::int8_t* codes) {
  for (std::size_t i = 0; i < kHalf; ++i) {
    const std::uint32_t low_code = (high >> i & 1U) << 4, high_code = (high >> (i + kHalf) & 1U)
                                                                      << 4;
    codes[i] = static_cast<std::int8_t>(static_cast<int>((nibbles[i] & 0x0FU) | low_code) - kShift);
    codes[i + kHalf] =
        static_cast<std::int8_t>(static_cast<int>((nibbles[i] >> 4U) | high_code) - kShift);
  }
}

void UnpackQ50(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfAt(block);
  UnpackFiveBits<16>(NumberAt<std::uint32_t>(block + 2), block + 6, codes);
}

void UnpackQ51(BlockBytes block, std::int8_t* codes, float* scales, float* minima) {
  scales[0] = HalfAt(block);
  minima[0] = -HalfAt(block + 2);
  UnpackFiveBits<0>(NumberAt<std::uint32_t>(block + 4), block + 8, codes);
}

void UnpackQ80(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfAt(block);
  std::memcpy(codes, block + 2, 2 * kHalf);
}

// A bit for a sign: 1 is +d, 0 is -d.
void UnpackQ10(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfAt(block);
  for (std::size_t i = 0; i < 128; ++i) {
    codes[i] = static_cast<std::int8_t>(2 * (block[2 + i / 8] >> (i % 8) & 1) - 1);
  }
}

constexpr std::array<std::int8_t, 2> kSigns = {-1, 1};

constexpr std::array kSmallBlocks = {
    MakeBlockForm<UnpackQ40, 32, 18, 32>("Q4_0"),
    WithMinima(MakeBlockForm<UnpackQ41, 32, 20, 32>("Q4_1")),
    MakeBlockForm<UnpackQ50, 32, 22, 32>("Q5_0"),
    WithMinima(MakeBlockForm<UnpackQ51, 32, 24, 32>("Q5_1")),
    MakeBlockForm<UnpackQ80, 32, 34, 32>("Q8_0"),
    WithLevels(MakeBlockForm<UnpackQ10, 128, 18, 128>("Q1_0"), kSigns)};

}  // namespace

std::span<const BlockForm> SmallBlockForms() { return kSmallBlocks; }

}  // namespace modelkin
