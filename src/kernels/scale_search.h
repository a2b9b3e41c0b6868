// Scales and codes of groups of values, as ggml's quantisers search for them: the one with the
// least squares of several that are tried. All values of a group are summed one after the other, as
// in ggml's code in C, and several groups side by side, so that results have the same bits on each
// instruction set.
//
// Source: ggml-quants.c of llama.cpp (make_qx_quants, make_q3_quants, make_qkx2_quants,
// quantize_row_iq4_nl_impl).
#ifndef MODELKIN_KERNELS_SCALE_SEARCH_H_
#define MODELKIN_KERNELS_SCALE_SEARCH_H_

#include <cstddef>
#include <cstdint>

namespace modelkin {

// What a compiler made of a product that is added to something: both rounded, or the sum alone
// (fused). Builds of ggml differ in it.
enum class Contraction : std::uint8_t { kNone, kFused };

// Groups of values that lie one after the other. Each of `length` values, 16 or 32.
struct ValueGroups {
  const float* values = nullptr;
  std::size_t length = 0;
  std::size_t count = 0;
};

// Scales and codes that are found, for all groups. Points into somebody's memory.
struct FoundScales {
  float* scales = nullptr;
  float* minima = nullptr;  // what is subtracted, not negative; of affine searches alone
  std::int8_t* codes = nullptr;
};

// What values count for in an affine search.
enum class AffineWeights : std::uint8_t {
  kMagnitude,         // |x|
  kMagnitudePlusRms,  // |x| + root of the mean square of the group
};

struct AffineSearch {
  int largest_code = 0;  // codes are 0 to this
  AffineWeights weights = AffineWeights::kMagnitude;
  float first = 0, step = 0;  // added to the largest code: first, first + step, ...
  int steps = 0;              // after the first
  bool absolute_errors = false;
};

// value = scale * code - minimum.
void SearchAffineScales(const AffineSearch& search, const ValueGroups& groups,
                        Contraction contraction, const FoundScales& found);

// value = scale * (code - half), codes from 0 to 2 half - 1; those of a group of zeros are 0.
void SearchScales(int half, const ValueGroups& groups, Contraction contraction,
                  const FoundScales& found);

// The same by changing one code after the other, five times through all.
void ImproveScales(int half, const ValueGroups& groups, Contraction contraction,
                   const FoundScales& found);

// The 16 values that codes of IQ4_NL and IQ4_XS stand for.
inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

// value = scale * kIq4Values[code]. Codes are not written.
void SearchTableScales(const ValueGroups& groups, Contraction contraction, float* scales);

// Writes the code of the nearest of kIq4Values to factors[group] * value, for each value.
void NearestTableCodes(const ValueGroups& groups, const float* factors, std::int8_t* codes);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_SCALE_SEARCH_H_
