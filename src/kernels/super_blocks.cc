// Blocks of 256 values whose scales are codes themselves ("K"), and ternary ones.
#include <array>

#include "kernels/block_bytes.h"

namespace modelkin {
namespace {

// Codes of `kBits` bits: those of 32 bytes' lowest bits come first, then those of the next bits.
template <unsigned kBits, std::size_t kBytes>
void UnpackPlanes(BlockBytes bytes, std::int8_t* codes) {
  constexpr unsigned kMask = (1U << kBits) - 1;
  for (std::size_t begin = 0; begin < kBytes; begin += 32) {
    for (unsigned shift = 0; shift < 8; shift += kBits) {
      for (std::size_t i = 0; i < 32; ++i) {
        *codes++ = static_cast<std::int8_t>(bytes[begin + i] >> shift & kMask);
      }
    }
  }
}

void UnpackQ2K(BlockBytes block, std::int8_t* codes, float* scales, float* minima) {
  const float d = HalfAt(block + 80), smallest = HalfAt(block + 82);
  for (std::size_t i = 0; i < 16; ++i) {
    scales[i] = d * static_cast<float>(block[i] & 0x0F);
    minima[i] = smallest * static_cast<float>(block[i] >> 4);
  }
  UnpackPlanes<2, 64>(block + 16, codes);
}

void UnpackQ3K(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const BlockBytes packed = block + 96;
  const float d = HalfAt(block + 108);
  for (unsigned i = 0; i < 16; ++i) {
    const int low = packed[i % 8] >> (i / 8 * 4) & 0x0F;
    const int high = packed[8 + i % 4] >> (i / 4 * 2) & 0x03;
    scales[i] = d * static_cast<float>((low | high << 4) - 32);
  }
  UnpackPlanes<2, 64>(block + 32, codes);
  for (std::size_t plane = 0; plane < 8; ++plane) {
    for (std::size_t i = 0; i < 32; ++i) {
      const int lower = (block[i] >> plane & 1) == 0 ? 4 : 0;
      std::int8_t& code = codes[32 * plane + i];
      code = static_cast<std::int8_t>(code - lower);
    }
  }
}

// Eight scales and minima of 6 bits in 12 bytes.
void UnpackSixBits(BlockBytes packed, float d, float smallest, float* scales, float* minima) {
  for (std::size_t i = 0; i < 4; ++i) {
    const int scale = packed[i], minimum = packed[i + 4], rest = packed[i + 8];
    scales[i] = d * static_cast<float>(scale & 0x3F);
    minima[i] = smallest * static_cast<float>(minimum & 0x3F);
    scales[i + 4] = d * static_cast<float>((rest & 0x0F) | (scale >> 2 & 0x30));
    minima[i + 4] = smallest * static_cast<float>((rest >> 4) | (minimum >> 2 & 0x30));
  }
}

void UnpackQ4K(BlockBytes block, std::int8_t* codes, float* scales, float* minima) {
  UnpackSixBits(block + 4, HalfAt(block), HalfAt(block + 2), scales, minima);
  UnpackPlanes<4, 128>(block + 16, codes);
}

void UnpackQ5K(BlockBytes block, std::int8_t* codes, float* scales, float* minima) {
  UnpackSixBits(block + 4, HalfAt(block), HalfAt(block + 2), scales, minima);
  UnpackPlanes<4, 128>(block + 48, codes);
  for (std::size_t plane = 0; plane < 8; ++plane) {
    for (std::size_t i = 0; i < 32; ++i) {
      std::int8_t& code = codes[32 * plane + i];
      code = static_cast<std::int8_t>(code | (block[16 + i] >> plane & 1) << 4);
    }
  }
}

void UnpackQ6K(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const float d = HalfAt(block + 208);
  for (std::size_t i = 0; i < 16; ++i) {
    scales[i] = d * static_cast<float>(static_cast<std::int8_t>(block[192 + i]));
  }
  for (std::size_t half = 0; half < 2; ++half) {
    const BlockBytes low = block + 64 * half, high = block + 128 + 32 * half;
    std::int8_t* const out = codes + 128 * half;
    for (std::size_t i = 0; i < 32; ++i) {
      const int bits = high[i];
      out[i] = static_cast<std::int8_t>(((low[i] & 0x0F) | (bits & 3) << 4) - 32);
      out[i + 32] = static_cast<std::int8_t>(((low[i + 32] & 0x0F) | (bits >> 2 & 3) << 4) - 32);
      out[i + 64] = static_cast<std::int8_t>((low[i] >> 4 | (bits >> 4 & 3) << 4) - 32);
      out[i + 96] = static_cast<std::int8_t>((low[i + 32] >> 4 | (bits >> 6) << 4) - 32);
    }
  }
}

// A byte holds digits of base 3 as a fraction of 256: the first is the whole part of 3 times it.
void UnpackTernary(BlockBytes bytes, std::size_t count, std::size_t digits, std::int8_t* codes) {
  unsigned power = 1;
  for (std::size_t digit = 0; digit < digits; ++digit, power *= 3) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto left = static_cast<std::uint8_t>(bytes[i] * power);
      *codes++ = static_cast<std::int8_t>((left * 3 >> 8) - 1);
    }
  }
}

void UnpackTQ10(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  UnpackTernary(block, 32, 5, codes);
  UnpackTernary(block + 32, 16, 5, codes + 160);
  UnpackTernary(block + 48, 4, 4, codes + 240);
  const float d = HalfAt(block + 52);
  for (std::size_t i = 0; i < 8; ++i) scales[i] = d;
}

void UnpackTQ20(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  UnpackPlanes<2, 64>(block, codes);
  for (std::size_t i = 0; i < 256; ++i) codes[i] = static_cast<std::int8_t>(codes[i] - 1);
  const float d = HalfAt(block + 64);
  for (std::size_t i = 0; i < 8; ++i) scales[i] = d;
}

constexpr std::array kSuperBlocks = {WithMinima(MakeBlockForm<UnpackQ2K, 256, 84, 16>("Q2_K")),
                                     MakeBlockForm<UnpackQ3K, 256, 110, 16>("Q3_K"),
                                     WithMinima(MakeBlockForm<UnpackQ4K, 256, 144, 32>("Q4_K")),
                                     WithMinima(MakeBlockForm<UnpackQ5K, 256, 176, 32>("Q5_K")),
                                     MakeBlockForm<UnpackQ6K, 256, 210, 16>("Q6_K"),
                                     MakeBlockForm<UnpackTQ10, 256, 54, 32>("TQ1_0"),
                                     MakeBlockForm<UnpackTQ20, 256, 66, 32>("TQ2_0")};

}  // namespace

std::span<const BlockForm> SuperBlockForms() { return kSuperBlocks; }

}  // namespace modelkin
