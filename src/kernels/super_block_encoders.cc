// Blocks of 256 values whose scales are codes themselves ("K"), and those of a table of 16. Source:
// ggml-quants.c of llama.cpp (quantize_row_q2_K_ref to quantize_row_q6_K_ref, quantize_iq4_nl,
// quantize_iq4_xs).
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/block_encoder.h"
#include "kernels/encoded_bytes.h"

namespace modelkin {
namespace {

constexpr std::size_t kSuperBlock = 256;
constexpr std::size_t kBlocksAtOnce = 4;  // whole vectors of groups, and all in the nearest cache

// Groups of one super-block, as a search found them.
template <std::size_t kGroups>
struct FoundBlock {
  const float* values;
  const float* scales;
  const float* minima;
  std::int8_t* codes;  // of the search; of groups whose scale becomes 0 they stay

  static constexpr std::size_t kLength = kSuperBlock / kGroups;
};

// Calls search(groups, found) for a few blocks at a time, and pack(block, bytes) for each.
template <std::size_t kGroups, std::size_t kBytes, class Search, class Pack>
void EncodeSuperBlocks(const float* values, std::size_t count, std::byte* blocks,
                       const Search& search, const Pack& pack) {
  std::array<float, kGroups * kBlocksAtOnce> scales, minima;
  std::array<std::int8_t, kSuperBlock * kBlocksAtOnce> codes;
  minima.fill(0);
  while (count > 0) {
    const std::size_t now = std::min(count, kBlocksAtOnce);
    search(ValueGroups{.values = values, .length = kSuperBlock / kGroups, .count = now * kGroups},
           FoundScales{.scales = scales.data(), .minima = minima.data(), .codes = codes.data()});
    for (std::size_t i = 0; i < now; ++i) {
      pack(FoundBlock<kGroups>{.values = values + i * kSuperBlock,
                               .scales = scales.data() + i * kGroups,
                               .minima = minima.data() + i * kGroups,
                               .codes = codes.data() + i * kSuperBlock},
           blocks + i * kBytes);
    }
    values += now * kSuperBlock;
    blocks += now * kBytes;
    count -= now;
  }
}

// Puts the nearest codes for a scale (and minimum) in place of those of the search; `least` is
// taken from them. Nothing changes where the scale is 0.
void RoundGroup(const float* values, std::size_t length, float scale, float minimum, int least,
                int most, std::int8_t* codes) {
  if (scale == 0) return;
  for (std::size_t i = 0; i < length; ++i) {
    const int code = NearestInt((values[i] + minimum) / scale);
    codes[i] = static_cast<std::int8_t>(std::clamp(code, least, most) - least);
  }
}

// The scale of largest magnitude, with its sign: of several the first.
template <std::size_t kGroups>
float LargestScale(const float* scales) {
  float largest = 0;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (std::fabs(scales[i]) > std::fabs(largest)) largest = scales[i];
  }
  return largest;
}

template <std::size_t kGroups>
float LargestOf(const float* numbers) {
  float largest = 0;
  for (std::size_t i = 0; i < kGroups; ++i) largest = numbers[i] > largest ? numbers[i] : largest;
  return largest;
}

// Codes of 2 bits: the first 32 of 128 in the lowest bits of 32 bytes.
void PackPairs(const std::int8_t* codes, std::byte* out) {
  for (std::size_t begin = 0; begin < kSuperBlock; begin += 128) {
    for (std::size_t i = 0; i < 32; ++i) {
      const std::int8_t* const c = codes + begin + i;
      StoreByte(c[0] | c[32] << 2 | c[64] << 4 | c[96] << 6, out + begin / 4 + i);
    }
  }
}

void PackQ2K(const FoundBlock<16>& found, std::byte* block) {
  const float scale = LargestOf<16>(found.scales), minimum = LargestOf<16>(found.minima);
  const float of_scale = 15.0F / scale, of_minimum = 15.0F / minimum;
  const float d = StoreHalf(scale > 0 ? scale / 15.0F : 0.0F, block + 80);
  const float smallest = StoreHalf(minimum > 0 ? minimum / 15.0F : 0.0F, block + 82);
  for (std::size_t i = 0; i < 16; ++i) {
    int packed = scale > 0 ? NearestInt(of_scale * found.scales[i]) : 0;
    if (minimum > 0) packed |= NearestInt(of_minimum * found.minima[i]) << 4;
    StoreByte(packed, block + i);
    packed = static_cast<std::uint8_t>(packed);
    RoundGroup(found.values + 16 * i, 16, d * static_cast<float>(packed & 0x0F),
               smallest * static_cast<float>(packed >> 4), 0, 3, found.codes + 16 * i);
  }
  PackPairs(found.codes, block + 16);
}

void PackQ3K(const FoundBlock<16>& found, std::byte* block) {
  std::fill_n(block, 110, std::byte{0});
  const float largest = LargestScale<16>(found.scales);
  const float factor = -32.0F / largest;
  const float d = StoreHalf(largest != 0 ? 1 / factor : 0.0F, block + 108);
  for (std::size_t i = 0; i < 16; ++i) {
    // Without a scale all bits are 0, which stand for -32.
    int code = -32;
    if (largest != 0) code = std::clamp(NearestInt(factor * found.scales[i]), -32, 31);
    const int stored = code + 32;
    AddBits((stored & 0x0F) << (i / 8 * 4), block + 96 + i % 8);
    AddBits(stored >> 4 << (i / 4 * 2), block + 104 + i % 4);
    RoundGroup(found.values + 16 * i, 16, d * static_cast<float>(code), 0, -4, 3,
               found.codes + 16 * i);
  }
  for (std::size_t i = 0; i < kSuperBlock; ++i) {
    if (found.codes[i] <= 3) continue;
    AddBits(1 << (i / 32), block + i % 32);
    found.codes[i] = static_cast<std::int8_t>(found.codes[i] - 4);
  }
  PackPairs(found.codes, block + 32);
}

// Scales and minima of 6 bits, in 12 bytes; and the codes by them.
void PackSixBits(const FoundBlock<8>& found, int most, std::byte* block) {
  const float scale = LargestOf<8>(found.scales), minimum = LargestOf<8>(found.minima);
  const float of_scale = scale > 0 ? 63.0F / scale : 0.0F;
  const float of_minimum = minimum > 0 ? 63.0F / minimum : 0.0F;
  const float d = StoreHalf(scale / 63.0F, block), smallest = StoreHalf(minimum / 63.0F, block + 2);
  std::byte* const packed = block + 4;
  std::fill_n(packed, 12, std::byte{0});
  const auto code_of = [](float x) {
    return std::min<int>(63, static_cast<std::uint8_t>(NearestInt(x)));
  };
  for (std::size_t i = 0; i < 8; ++i) {
    const int s = code_of(of_scale * found.scales[i]), m = code_of(of_minimum * found.minima[i]);
    if (i < 4) {
      AddBits(s, packed + i);
      AddBits(m, packed + i + 4);
    } else {
      AddBits((s & 0x0F) | (m & 0x0F) << 4, packed + i + 4);
      AddBits(s >> 4 << 6, packed + i - 4);
      AddBits(m >> 4 << 6, packed + i);
    }
    RoundGroup(found.values + 32 * i, 32, d * static_cast<float>(s),
               smallest * static_cast<float>(m), 0, most, found.codes + 32 * i);
  }
}

void PackQ4K(const FoundBlock<8>& found, std::byte* block) {
  PackSixBits(found, 15, block);
  for (std::size_t i = 0; i < 4; ++i) PackNibbles<32>(found.codes + 64 * i, block + 16 + 32 * i);
}

void PackQ5K(const FoundBlock<8>& found, std::byte* block) {
  PackSixBits(found, 31, block);
  std::fill_n(block + 16, 32, std::byte{0});
  for (std::size_t i = 0; i < kSuperBlock; ++i) {
    AddBits(found.codes[i] >> 4 << (i / 32), block + 16 + i % 32);
  }
  for (std::size_t i = 0; i < 4; ++i) PackNibbles<32>(found.codes + 64 * i, block + 48 + 32 * i);
}

void PackQ6K(const FoundBlock<16>& found, std::byte* block) {
  std::fill_n(block, 210, std::byte{0});
  const float largest = LargestScale<16>(found.scales);
  if (std::fabs(largest) < 1e-15F) return;
  const float factor = -128.0F / largest;
  const float d = StoreHalf(1 / factor, block + 208);
  for (std::size_t i = 0; i < 16; ++i) {
    const int stored = std::min(127, NearestInt(factor * found.scales[i]));
    StoreByte(stored, block + 192 + i);
    RoundGroup(found.values + 16 * i, 16, d * static_cast<float>(static_cast<std::int8_t>(stored)),
               0, -32, 31, found.codes + 16 * i);
  }
  for (std::size_t half = 0; half < 2; ++half) {
    const std::int8_t* const c = found.codes + 128 * half;
    for (std::size_t i = 0; i < 32; ++i) {
      StoreByte((c[i] & 0x0F) | (c[i + 64] & 0x0F) << 4, block + 64 * half + i);
      StoreByte((c[i + 32] & 0x0F) | (c[i + 96] & 0x0F) << 4, block + 64 * half + 32 + i);
      StoreByte(c[i] >> 4 | c[i + 32] >> 4 << 2 | c[i + 64] >> 4 << 4 | c[i + 96] >> 4 << 6,
                block + 128 + 32 * half + i);
    }
  }
}

template <std::size_t kGroups, std::size_t kBytes, auto kPack>
void EncodeAffine(const AffineSearch& search, const float* values, std::size_t count,
                  Contraction contraction, std::byte* blocks) {
  EncodeSuperBlocks<kGroups, kBytes>(
      values, count, blocks,
      [&](const ValueGroups& groups, const FoundScales& found) {
        SearchAffineScales(search, groups, contraction, found);
      },
      kPack);
}

void EncodeQ2K(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  constexpr AffineSearch kSearch = {.largest_code = 3,
                                    .weights = AffineWeights::kMagnitude,
                                    .first = -0.5F,
                                    .step = 0.1F,
                                    .steps = 15,
                                    .absolute_errors = true};
  EncodeAffine<16, 84, PackQ2K>(kSearch, values, count, contraction, blocks);
}

void EncodeQ4K(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  constexpr AffineSearch kSearch = {.largest_code = 15,
                                    .weights = AffineWeights::kMagnitudePlusRms,
                                    .first = -1,
                                    .step = 0.1F,
                                    .steps = 20};
  EncodeAffine<8, 144, PackQ4K>(kSearch, values, count, contraction, blocks);
}

void EncodeQ5K(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  constexpr AffineSearch kSearch = {.largest_code = 31,
                                    .weights = AffineWeights::kMagnitudePlusRms,
                                    .first = -0.5F,
                                    .step = 0.1F,
                                    .steps = 15};
  EncodeAffine<8, 176, PackQ5K>(kSearch, values, count, contraction, blocks);
}

void EncodeQ3K(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeSuperBlocks<16, 110>(
      values, count, blocks,
      [&](const ValueGroups& groups, const FoundScales& found) {
        ImproveScales(4, groups, contraction, found);
      },
      PackQ3K);
}

void EncodeQ6K(const float* values, std::size_t count, Contraction contraction, std::byte* blocks) {
  EncodeSuperBlocks<16, 210>(
      values, count, blocks,
      [&](const ValueGroups& groups, const FoundScales& found) {
        SearchScales(32, groups, contraction, found);
      },
      PackQ6K);
}

// Blocks of 32 alone.
void EncodeIq4Nl(const float* values, std::size_t count, Contraction contraction,
                 std::byte* blocks) {
  constexpr std::size_t kValues = 32, kBytes = 18, kAtOnce = 16;
  std::array<float, kAtOnce> scales, factors;
  std::array<std::int8_t, kAtOnce * kValues> codes;
  while (count > 0) {
    const std::size_t now = std::min(count, kAtOnce);
    const ValueGroups groups{.values = values, .length = kValues, .count = now};
    SearchTableScales(groups, contraction, scales.data());
    for (std::size_t i = 0; i < now; ++i) factors[i] = scales[i] != 0 ? 1 / scales[i] : 0;
    NearestTableCodes(groups, factors.data(), codes.data());
    for (std::size_t i = 0; i < now; ++i) {
      StoreHalf(scales[i], blocks + i * kBytes);
      PackNibbles<16>(codes.data() + i * kValues, blocks + i * kBytes + 2);
    }
    values += now * kValues;
    blocks += now * kBytes;
    count -= now;
  }
}

void PackIq4Xs(const FoundBlock<8>& found, std::byte* block) {
  std::fill_n(block, 8, std::byte{0});
  const float d = -LargestScale<8>(found.scales) / 32;
  StoreHalf(d, block);
  const float factor = d != 0 ? 1 / d : 0;
  std::array<float, 8> factors;
  for (std::size_t i = 0; i < 8; ++i) {
    const int code = std::clamp(NearestInt(factor * found.scales[i]), -32, 31);
    const float scale = d * static_cast<float>(code);
    factors[i] = scale != 0 ? 1 / scale : 0;
    const int stored = code + 32;
    AddBits((stored & 0x0F) << (i % 2 * 4), block + 4 + i / 2);
    AddBits(stored >> 4 << (i % 4 * 2), block + 2 + i / 4);
  }
  NearestTableCodes({.values = found.values, .length = 32, .count = 8}, factors.data(),
                    found.codes);
  for (std::size_t i = 0; i < 8; ++i) PackNibbles<16>(found.codes + 32 * i, block + 8 + 16 * i);
}

void EncodeIq4Xs(const float* values, std::size_t count, Contraction contraction,
                 std::byte* blocks) {
  EncodeSuperBlocks<8, 136>(
      values, count, blocks,
      [&](const ValueGroups& groups, const FoundScales& found) {
        SearchTableScales(groups, contraction, found.scales);
      },
      PackIq4Xs);
}

constexpr std::array kSuperBlockEncoders = std::to_array<BlockEncoder>({
    {"Q2_K", 256, 84, true, true, EncodeQ2K},
    {"Q3_K", 256, 110, true, true, EncodeQ3K},
    {"Q4_K", 256, 144, true, true, EncodeQ4K},
    {"Q5_K", 256, 176, true, true, EncodeQ5K},
    {"Q6_K", 256, 210, true, true, EncodeQ6K},
    {"IQ4_NL", 32, 18, true, true, EncodeIq4Nl},
    {"IQ4_XS", 256, 136, true, true, EncodeIq4Xs},
});

}  // namespace

std::span<const BlockEncoder> SuperBlockEncoders() { return kSuperBlockEncoders; }

}  // namespace modelkin
