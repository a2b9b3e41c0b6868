// Blocks whose codes of 4 bits are places in a table.
#include <array>

#include "kernels/block_bytes.h"

namespace modelkin {
namespace {

using Table16 = std::array<std::int8_t, 16>;

// E2M1 (Open Compute's Microscaling formats 1.0), doubled; scales are halved for it.
constexpr Table16 kE2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
constexpr std::array<std::int8_t, 15> kE2M1Levels = {-12, -8, -6, -4, -3, -2, -1, 0,
                                                     1,   2,  3,  4,  6,  8,  12};
// Of IQ4_NL and IQ4_XS.
constexpr Table16 kIq4 = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// kCount bytes hold as many places in their low nibbles, and then as many in their high ones.
template <std::size_t kCount>
void SplitNibbles(BlockBytes stored, std::int8_t* places) {
  std::array<std::uint8_t, kCount> nibbles;  // a copy, which `places` can't be a part of
  std::memcpy(nibbles.data(), stored, kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    places[i] = static_cast<std::int8_t>(nibbles[i] & 0x0F);
    places[i + kCount] = static_cast<std::int8_t>(nibbles[i] >> 4);
  }
}

void UnpackIq4Nl(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfAt(block);
  SplitNibbles<16>(block + 2, codes);
}

void UnpackIq4Xs(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const float d = HalfAt(block);
  const unsigned high = NumberAt<std::uint16_t>(block + 2);
  for (std::size_t i = 0; i < 8; ++i) {
    const unsigned low = block[4 + i / 2] >> (i % 2 * 4) & 0x0FU;
    const int scale = static_cast<int>(low | (high >> (2 * i) & 3U) << 4) - 32;
    scales[i] = d * static_cast<float>(scale);
    SplitNibbles<16>(block + 8 + 16 * i, codes + 32 * i);
  }
}

// 2^(exponent - 128), exactly: half of what the byte says, for a table of doubled values.
float HalfOfPower(std::uint8_t exponent) {
  const std::uint32_t bits =
      exponent < 2 ? 0x00200000U << exponent : (exponent - std::uint32_t{1}) << 23;
  return std::bit_cast<float>(bits);
}

void UnpackMxfp4(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  scales[0] = HalfOfPower(block[0]);
  SplitNibbles<16>(block + 1, codes);
}

// Half of a float of 4 exponent and 3 mantissa bits. The highest bit is not looked at; 0x7F is 0.
float HalfOfUnsignedE4M3(std::uint8_t bits) {
  if (bits == 0x7F) return 0;
  const unsigned exponent = bits >> 3 & 0x0FU, mantissa = bits & 0x07U;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10F;
  return std::bit_cast<float>((exponent + 127 - 8) << 23 | mantissa << 20);
}

void UnpackNvfp4(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  for (std::size_t i = 0; i < 4; ++i) {
    scales[i] = HalfOfUnsignedE4M3(block[i]);
    SplitNibbles<8>(block + 4 + 8 * i, codes + 16 * i);
  }
}

constexpr std::array kTableBlocks = {
    WithTable(WithLevels(MakeBlockForm<UnpackIq4Nl, 32, 18, 32>("IQ4_NL"), kIq4), kIq4.data()),
    WithTable(WithLevels(MakeBlockForm<UnpackIq4Xs, 256, 136, 32>("IQ4_XS"), kIq4), kIq4.data()),
    WithTable(WithLevels(MakeBlockForm<UnpackMxfp4, 32, 17, 32>("MXFP4"), kE2M1Levels),
              kE2M1.data()),
    WithTable(WithLevels(MakeBlockForm<UnpackNvfp4, 64, 36, 16>("NVFP4"), kE2M1Levels),
              kE2M1.data())};

}  // namespace

std::span<const BlockForm> TableBlockForms() { return kTableBlocks; }

}  // namespace modelkin
