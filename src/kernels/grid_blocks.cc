// Blocks of 256 values whose codes are places in a grid of vectors of 4 or 8 values.
#include <array>

#include "kernels/block_bytes.h"
#include "kernels/block_grids_data.h"

namespace modelkin {
namespace {

using Vector8 = std::array<std::int8_t, 8>;
using Vector4 = std::array<std::int8_t, 4>;

constexpr std::array<std::int8_t, 3> kIq2Values = {8, 25, 43};
constexpr std::array<std::int8_t, 8> kIq3XxsValues = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr std::array<std::int8_t, 8> kIq3SValues = {1, 3, 5, 7, 9, 11, 13, 15};
// In eighths, as what is added to them is an eighth.
constexpr std::array<std::int8_t, 3> kIq1Values = {-8, 0, 8};

constexpr std::array<std::int8_t, 6> kIq2Levels = {-43, -25, -8, 8, 25, 43};
constexpr std::array<std::int8_t, 16> kIq3XxsLevels = {-62, -52, -44, -36, -28, -20, -12, -4,
                                                       4,   12,  20,  28,  36,  44,  52,  62};

// A grid unpacked from places of kBits bits.
template <std::size_t kCount, class Vector, unsigned kBits, class Values>
class Grid {
 public:
  explicit Grid(const std::uint64_t* packed, const Values& values) {
    constexpr unsigned kPlaces = 64 / kBits;
    constexpr std::uint64_t kMask = (1U << kBits) - 1;
    for (std::size_t i = 0; i < kCount * std::tuple_size_v<Vector>; ++i) {
      const auto place = packed[i / kPlaces] >> (i % kPlaces * kBits) & kMask;
      vectors_[i / std::tuple_size_v<Vector>][i % std::tuple_size_v<Vector>] = values[place];
    }
  }
  // Requires a place that the grid has.
  const Vector& operator[](std::size_t place) const { return vectors_[place]; }

 private:
  std::array<Vector, kCount> vectors_{};
};

template <std::size_t kCount>
using Grid2 = Grid<kCount, Vector8, 2, std::array<std::int8_t, 3>>;
template <std::size_t kCount>
using Grid4 = Grid<kCount, Vector4, 4, std::array<std::int8_t, 8>>;

struct Grids {
  Grid2<256> iq2_xxs{kPackedIq2Xxs, kIq2Values};
  Grid2<512> iq2_xs{kPackedIq2Xs, kIq2Values};
  Grid2<1024> iq2_s{kPackedIq2S, kIq2Values};
  Grid4<256> iq3_xxs{kPackedIq3Xxs, kIq3XxsValues};
  Grid4<512> iq3_s{kPackedIq3S, kIq3SValues};
  Grid2<2048> iq1{kPackedIq1, kIq1Values};
};

const Grids& AllGrids() {
  static const Grids grids;
  return grids;
}

// Writes the values of a vector, those negative whose bit is 1.
template <class Vector>
void WriteSigned(const Vector& vector, unsigned signs, std::int8_t* codes) {
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const int mask = -static_cast<int>(signs >> i & 1U);
    codes[i] = static_cast<std::int8_t>((vector[i] ^ mask) - mask);
  }
}

// Seven signs are stored; the eighth makes their number even.
unsigned EvenSigns(unsigned seven) {
  return seven | static_cast<unsigned>(std::popcount(seven) & 1) << 7;
}

void UnpackIq2Xxs(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq2_xxs;
  const float d = HalfAt(block);
  for (std::size_t i = 0; i < 8; ++i) {
    const BlockBytes places = block + 2 + 8 * i;
    const auto rest = NumberAt<std::uint32_t>(places + 4);
    scales[i] = d * (0.5F + static_cast<float>(rest >> 28)) * 0.25F;
    for (unsigned j = 0; j < 4; ++j, codes += 8) {
      WriteSigned(grid[places[j]], EvenSigns(rest >> (7 * j) & 0x7FU), codes);
    }
  }
}

// Of 4 bits, two a byte.
float QuarterScale(float d, BlockBytes packed, unsigned i) {
  return d * (0.5F + static_cast<float>(packed[i / 2] >> (i % 2 * 4) & 0x0F)) * 0.25F;
}

void UnpackIq2Xs(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq2_xs;
  const float d = HalfAt(block);
  for (unsigned i = 0; i < 16; ++i) scales[i] = QuarterScale(d, block + 66, i);
  for (std::size_t i = 0; i < 32; ++i, codes += 8) {
    const unsigned place = NumberAt<std::uint16_t>(block + 2 + 2 * i);
    WriteSigned(grid[place & 511U], EvenSigns(place >> 9), codes);
  }
}

void UnpackIq2S(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq2_s;
  const BlockBytes low = block + 2, signs = block + 34, high = block + 66;
  const float d = HalfAt(block);
  for (unsigned i = 0; i < 16; ++i) scales[i] = QuarterScale(d, block + 74, i);
  for (unsigned i = 0; i < 32; ++i, codes += 8) {
    const unsigned place = low[i] | (high[i / 4] >> (i % 4 * 2) & 3U) << 8;
    WriteSigned(grid[place], signs[i], codes);
  }
}

void UnpackIq3Xxs(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq3_xxs;
  const float d = HalfAt(block);
  BlockBytes places = block + 2;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto rest = NumberAt<std::uint32_t>(block + 66 + 4 * i);
    scales[i] = d * (0.5F + static_cast<float>(rest >> 28)) * 0.5F;
    for (unsigned j = 0; j < 4; ++j, codes += 8, places += 2) {
      const unsigned signs = EvenSigns(rest >> (7 * j) & 0x7FU);
      WriteSigned(grid[places[0]], signs, codes);
      WriteSigned(grid[places[1]], signs >> 4, codes + 4);
    }
  }
}

void UnpackIq3S(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq3_s;
  const BlockBytes low = block + 2, high = block + 66, signs = block + 74, packed = block + 106;
  const float d = HalfAt(block);
  for (unsigned i = 0; i < 8; ++i) {
    const int scale = packed[i / 2] >> (i % 2 * 4) & 0x0F;
    scales[i] = d * static_cast<float>(1 + 2 * scale);
  }
  for (unsigned i = 0; i < 64; ++i, codes += 4) {
    const unsigned place = low[i] | (high[i / 8] >> (i % 8) & 1U) << 8;
    WriteSigned(grid[place], static_cast<unsigned>(signs[i / 2]) >> (i % 2 * 4), codes);
  }
}

// Eighths of a vector's values, and one more or less.
void WriteShifted(const Vector8& eighths, bool less, std::int8_t* codes) {
  for (std::size_t i = 0; i < eighths.size(); ++i) {
    codes[i] = static_cast<std::int8_t>(eighths[i] + (less ? -1 : 1));
  }
}

// Of 3 bits, for codes in eighths.
float EighthScale(float d, unsigned bits) {
  return d * static_cast<float>(2 * (bits & 7U) + 1) * 0.125F;
}

void UnpackIq1S(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq1;
  const float d = HalfAt(block);
  for (std::size_t i = 0; i < 8; ++i) {
    const unsigned high = NumberAt<std::uint16_t>(block + 34 + 2 * i);
    scales[i] = EighthScale(d, high >> 12);
    for (unsigned j = 0; j < 4; ++j, codes += 8) {
      const unsigned place = block[2 + 4 * i + j] | (high >> (3 * j) & 7U) << 8;
      WriteShifted(grid[place], (high & 0x8000U) != 0, codes);
    }
  }
}

// The scale of all lies in the highest 4 bits of four numbers, whose others are scales.
void UnpackIq1M(BlockBytes block, std::int8_t* codes, float* scales, float*) {
  const auto& grid = AllGrids().iq1;
  std::array<unsigned, 4> packed{};
  unsigned bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    packed[i] = NumberAt<std::uint16_t>(block + 48 + 2 * i);
    bits |= packed[i] >> 12 << (4 * i);
  }
  const float d = HalfToFloat(static_cast<std::uint16_t>(bits));
  for (unsigned i = 0; i < 16; ++i) scales[i] = EighthScale(d, packed[i / 4] >> (i % 4 * 3));
  for (unsigned i = 0; i < 32; ++i, codes += 8) {
    const unsigned high = static_cast<unsigned>(block[32 + i / 2]) >> (i % 2 * 4);
    WriteShifted(grid[block[i] | (high & 7U) << 8], (high & 8U) != 0, codes);
  }
}

constexpr std::array kGridBlocks = {
    WithLevels(MakeBlockForm<UnpackIq2Xxs, 256, 66, 32>("IQ2_XXS"), kIq2Levels),
    WithLevels(MakeBlockForm<UnpackIq2Xs, 256, 74, 16>("IQ2_XS"), kIq2Levels),
    WithLevels(MakeBlockForm<UnpackIq2S, 256, 82, 16>("IQ2_S"), kIq2Levels),
    WithLevels(MakeBlockForm<UnpackIq3Xxs, 256, 98, 32>("IQ3_XXS"), kIq3XxsLevels),
    WithUnit(MakeBlockForm<UnpackIq3S, 256, 110, 32>("IQ3_S"), 2),
    WithUnit(MakeBlockForm<UnpackIq1S, 256, 50, 32>("IQ1_S"), 8),
    WithUnit(MakeBlockForm<UnpackIq1M, 256, 56, 16>("IQ1_M"), 8)};

}  // namespace

std::span<const BlockForm> GridBlockForms() { return kGridBlocks; }

}  // namespace modelkin
