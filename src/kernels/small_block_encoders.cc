// Blocks whose scales follow from their largest values, or the mean: nothing is searched for.
// Source: ggml-quants.c of llama.cpp (quantize_row_q4_0_ref to quantize_row_q8_0_ref, and those of
// mxfp4, nvfp4, tq1_0, tq2_0, q1_0).
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/block_encoder.h"
#include "kernels/encoded_bytes.h"
#include "kernels/nearest_codes.h"

namespace modelkin {
namespace {

constexpr std::size_t kShort = 32, kShortAtOnce = 16, kLong = 256;

struct ShortBlocks {
  std::array<float, kShortAtOnce> scales, smallest;
  std::array<std::int8_t, kShort * kShortAtOnce> codes;
};

// Calls make(blocks, made) for a few blocks at a time, and pack(made, i, bytes) for each.
template <std::size_t kBytes, class Make, class Pack>
void EncodeShort(const float* values, std::size_t count, std::byte* blocks, const Make& make,
                 const Pack& pack) {
  ShortBlocks made;
  while (count > 0) {
    const std::size_t now = std::min(count, kShortAtOnce);
    make(ValueGroups{.values = values, .length = kShort, .count = now}, made);
    for (std::size_t i = 0; i < now; ++i) {
      pack(made, i, made.codes.data() + i * kShort, blocks + i * kBytes);
    }
    values += now * kShort;
    blocks += now * kBytes;
    count -= now;
  }
}

// The fifth bits of 32 codes.
void StoreFifthBits(const std::int8_t* codes, std::byte* out) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < kShort; ++i) bits |= (codes[i] >> 4 & 1U) << i;
  std::memcpy(out, &bits, sizeof bits);
}

void EncodeQ40(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeShort<18>(
      values, count, blocks,
      [&](const ValueGroups& groups, ShortBlocks& made) {
        CodesOfLargest(8, groups, contraction, made.scales.data(), made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreHalf(made.scales[i], block);
        PackNibbles<16>(codes, block + 2);
      });
}

void EncodeQ50(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeShort<22>(
      values, count, blocks,
      [&](const ValueGroups& groups, ShortBlocks& made) {
        CodesOfLargest(16, groups, contraction, made.scales.data(), made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreHalf(made.scales[i], block);
        StoreFifthBits(codes, block + 2);
        PackNibbles<16>(codes, block + 6);
      });
}

void EncodeQ41(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeShort<20>(
      values, count, blocks,
      [&](const ValueGroups& groups, ShortBlocks& made) {
        CodesOfRange(15, groups, contraction, made.scales.data(), made.smallest.data(),
                     made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreHalf(made.scales[i], block);
        StoreHalf(made.smallest[i], block + 2);
        PackNibbles<16>(codes, block + 4);
      });
}

void EncodeQ51(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeShort<24>(
      values, count, blocks,
      [&](const ValueGroups& groups, ShortBlocks& made) {
        CodesOfRange(31, groups, contraction, made.scales.data(), made.smallest.data(),
                     made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreHalf(made.scales[i], block);
        StoreHalf(made.smallest[i], block + 2);
        StoreFifthBits(codes, block + 4);
        PackNibbles<16>(codes, block + 8);
      });
}

void EncodeQ80(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  EncodeShort<34>(
      values, count, blocks,
      [](const ValueGroups& groups, ShortBlocks& made) {
        CodesOfMagnitude(groups, made.scales.data(), made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreHalf(made.scales[i], block);
        std::memcpy(block + 2, codes, kShort);
      });
}

// The power of two for which 4-bit floats reach from 4 to 6 times it, as a byte.
std::uint8_t ExponentByte(float magnitude) {
  if (!(magnitude > 0)) return 0;
  return static_cast<std::uint8_t>(
      std::clamp(std::floor(std::log2(magnitude)) + 125, 0.0F, 254.0F));
}

void EncodeMxfp4(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  EncodeShort<17>(
      values, count, blocks,
      [](const ValueGroups& groups, ShortBlocks& made) {
        LargestMagnitudes(groups, made.smallest.data());
        for (std::size_t i = 0; i < groups.count; ++i) {
          made.scales[i] = std::ldexp(0.5F, ExponentByte(made.smallest[i]) - 127);
        }
        CodesOfSmallFloats(groups, made.scales.data(), made.codes.data());
      },
      [](const ShortBlocks& made, std::size_t i, const std::int8_t* codes, std::byte* block) {
        StoreByte(ExponentByte(made.smallest[i]), block);
        PackNibbles<16>(codes, block + 1);
      });
}

// Of a positive number the float of 4 exponent and 3 mantissa bits, halves going up; at most 448.
std::uint8_t UnsignedE4M3(float x) {
  if (!(x > 0)) return 0;
  const auto bits = std::bit_cast<std::uint32_t>(std::min(x, 448.0F));
  const int exponent = static_cast<int>(bits >> 23) - 120;
  if (exponent <= 0) {
    return static_cast<std::uint8_t>(std::min(7.0F, std::floor(x * 512 + 0.5F)));
  }
  const std::uint32_t rounded = (bits >> 19) - (120U << 4) + 1;  // a bit more than is kept
  return static_cast<std::uint8_t>(std::min<std::uint32_t>(rounded >> 1, 0x7E));
}

float HalfOfE4M3(std::uint8_t bits) { return Float8E4M3ToFloat(bits) * 0.5F; }

void EncodeNvfp4(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  constexpr std::size_t kGroups = 4, kLength = 16;
  for (std::size_t block = 0; block < count; ++block, values += kGroups * kLength, blocks += 36) {
    const ValueGroups groups{.values = values, .length = kLength, .count = kGroups};
    std::array<float, kGroups> magnitudes, scales;
    std::array<std::int8_t, kGroups * kLength> codes;
    LargestMagnitudes(groups, magnitudes.data());
    for (std::size_t i = 0; i < kGroups; ++i) {
      const std::uint8_t stored = UnsignedE4M3(magnitudes[i] / 6.0F);
      StoreByte(stored, blocks + i);
      scales[i] = HalfOfE4M3(stored);
    }
    CodesOfSmallFloats(groups, scales.data(), codes.data());
    for (std::size_t i = 0; i < kGroups; ++i) {
      PackNibbles<8>(codes.data() + i * kLength, blocks + kGroups + 8 * i);
    }
  }
}

// Whole numbers from -1 to 1, of the largest magnitude; halves go away from 0. Plus one.
void TernaryCodes(const float* values, float factor, std::int8_t* codes) {
  for (std::size_t i = 0; i < kLong; ++i) {
    codes[i] = static_cast<std::int8_t>(std::lround(values[i] * factor) + 1);
  }
}

// `count` bytes of `digits` digits of base 3: digit k of byte i is code k * count + i. As a
// fraction of 256, rounded up.
void PackTernary(const std::int8_t* codes, std::size_t count, std::size_t digits, std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) {
    int number = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      number = 3 * number + (k < digits ? codes[k * count + i] : 0);
    }
    StoreByte((number * 256 + 242) / 243, out + i);
  }
}

template <std::size_t kBytes, class Pack>
void EncodeTernary(const float* values, std::size_t count, std::byte* blocks, const Pack& pack) {
  std::array<std::int8_t, kLong> codes;
  for (std::size_t i = 0; i < count; ++i, values += kLong, blocks += kBytes) {
    float scale = 0;
    LargestMagnitudes({.values = values, .length = kLong, .count = 1}, &scale);
    TernaryCodes(values, scale != 0 ? 1.0F / scale : 0.0F, codes.data());
    StoreHalf(scale, blocks + kBytes - 2);
    pack(codes.data(), blocks);
  }
}

void EncodeTQ10(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  EncodeTernary<54>(values, count, blocks, [](const std::int8_t* codes, std::byte* block) {
    PackTernary(codes, 32, 5, block);
    PackTernary(codes + 160, 16, 5, block + 32);
    PackTernary(codes + 240, 4, 4, block + 48);
  });
}

void EncodeTQ20(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  EncodeTernary<66>(values, count, blocks, [](const std::int8_t* codes, std::byte* block) {
    for (std::size_t i = 0; i < 64; ++i) {
      const std::int8_t* const c = codes + i / 32 * 128 + i % 32;
      StoreByte(c[0] | c[32] << 2 | c[64] << 4 | c[96] << 6, block + i);
    }
  });
}

// Signs, and the mean magnitude.
void EncodeQ10(const float* values, std::size_t count, Contraction, std::byte* blocks) {
  constexpr std::size_t kValues = 128;
  for (std::size_t block = 0; block < count; ++block, values += kValues, blocks += 18) {
    float sum = 0;
    for (std::size_t i = 0; i < kValues; ++i) sum += std::fabs(values[i]);
    StoreHalf(sum / static_cast<float>(kValues), blocks);
    std::fill_n(blocks + 2, kValues / 8, std::byte{0});
    for (std::size_t i = 0; i < kValues; ++i) {
      if (values[i] >= 0) AddBits(1 << (i % 8), blocks + 2 + i / 8);
    }
  }
}

constexpr std::array kSmallBlockEncoders = std::to_array<BlockEncoder>({
    {"Q4_0", 32, 18, false, true, EncodeQ40},
    {"Q4_1", 32, 20, false, true, EncodeQ41},
    {"Q5_0", 32, 22, false, true, EncodeQ50},
    {"Q5_1", 32, 24, false, true, EncodeQ51},
    {"Q8_0", 32, 34, false, false, EncodeQ80},
    {"MXFP4", 32, 17, false, false, EncodeMxfp4},
    {"NVFP4", 64, 36, false, false, EncodeNvfp4},
    {"TQ1_0", 256, 54, false, false, EncodeTQ10},
    {"TQ2_0", 256, 66, false, false, EncodeTQ20},
    {"Q1_0", 128, 18, false, false, EncodeQ10},
});

}  // namespace

std::span<const BlockEncoder> SmallBlockEncoders() { return kSmallBlockEncoders; }

const BlockEncoder* FindBlockEncoder(std::string_view name) {
  for (const auto encoders : {SmallBlockEncoders(), SuperBlockEncoders()}) {
    const auto found = std::ranges::find(encoders, name, &BlockEncoder::name);
    if (found != encoders.end()) return &*found;
  }
  return nullptr;
}

}  // namespace modelkin
