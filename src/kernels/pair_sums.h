// The hot loop of a comparison: all moment sums of two blocks of numbers in one pass.
#ifndef MODELKIN_KERNELS_PAIR_SUMS_H_
#define MODELKIN_KERNELS_PAIR_SUMS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace modelkin {

enum class KernelFormat : std::uint8_t { kBF16, kF16, kF32 };

// Longest block that one call takes: two BF16 blocks stay in a core's second-level cache.
inline constexpr std::size_t kMaxBlockElements = 16384;

// Sums over i of powers of x = a[i] - pivot_a and y = b[i] - pivot_b, of |a[i] - b[i]| and its
// square.
struct PairSums {
  double x = 0, y = 0;
  double xx = 0, yy = 0, xy = 0;
  double xxx = 0, xxxx = 0;
  double yyy = 0, yyyy = 0;
  double abs_diff = 0, squared_diff = 0;
  double max_abs_diff = 0;
  std::uint64_t bit_equal = 0;
  std::uint64_t zeros_a = 0, zeros_b = 0;  // +0 and -0
  std::uint64_t any_zero = 0;              // pairs with a zero on either side
  std::uint64_t opposite_signs = 0;        // among the other pairs

  // One pair more, without its bits: values a and b, deviations x and y, and a - b.
  void Add(double a, double b, double deviation_x, double deviation_y, double diff);
};

inline void PairSums::Add(double a, double b, double deviation_x, double deviation_y, double diff) {
  x += deviation_x;
  xx += deviation_x * deviation_x;
  xxx += deviation_x * deviation_x * deviation_x;
  xxxx += deviation_x * deviation_x * deviation_x * deviation_x;
  y += deviation_y;
  yy += deviation_y * deviation_y;
  yyy += deviation_y * deviation_y * deviation_y;
  yyyy += deviation_y * deviation_y * deviation_y * deviation_y;
  xy += deviation_x * deviation_y;
  abs_diff += std::abs(diff);
  squared_diff += diff * diff;
  max_abs_diff = std::max(max_abs_diff, std::abs(diff));
  const bool zero = a == 0 || b == 0;
  zeros_a += a == 0 ? 1 : 0;
  zeros_b += b == 0 ? 1 : 0;
  any_zero += zero ? 1 : 0;
  opposite_signs += !zero && std::signbit(a) != std::signbit(b) ? 1 : 0;
}

// `count` <= kMaxBlockElements elements at any alignment; pivots of at most kPivotBits
// (run_scales.h) significant bits.
//
// Counts are exact. Sums are in float over a run of at most 36 steps of two vectors, in double from
// there; in each run every lane is multiplied by a number of its own, so that roundings cancel out
// even where numbers repeat. Relative to the sum of magnitudes, x, y, xx, yy and xy are off by less
// than 2^-19, the others by less than 2^-17; over thousands of elements of like magnitude,
// typically by 2^-27 and 2^-23. If any element is NaN or infinite, or a power of one overflows, at
// least one of xxxx, yyyy and squared_diff is NaN or infinite.
PairSums SumPairs(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                  float pivot_a, float pivot_b);

// The same of two formats, of which one is kF32 where they differ. Equal bits are those of floats.
PairSums SumPairs(KernelFormat format_a, const std::byte* a, KernelFormat format_b,
                  const std::byte* b, std::size_t count, float pivot_a, float pivot_b);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_PAIR_SUMS_H_
