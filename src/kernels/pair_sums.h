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

// Sums over i of x = a[i] - pivot_a and y = b[i] - pivot_b: what cosine and Pearson are made of.
struct DeviationSums {
  double x = 0, y = 0;
  double xx = 0, yy = 0, xy = 0;
};

// And of higher powers, of |a[i] - b[i]| and its square.
struct PairSums : DeviationSums {
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

// How the deviation sums are added up. In runs: in float over at most 16 pairs of elements a lane
// (8 for F32) and in double from there. Relative to the sum of magnitudes the error is below 2^-18,
// and typically 2^-26, because roundings of unlike numbers cancel out; those of a few numbers that
// repeat need not. In double, deviations included: below 2^-38, in 1.5 to 1.8 times the time.
enum class Summation : std::uint8_t { kRuns, kDouble };

// `count` <= kMaxBlockElements elements at any alignment. Counts are exact. The sums that are not
// deviation sums are in float over at most 64 pair sums a lane: relative error below 2^-17,
// typically 2^-23. If any element is NaN or infinite, or a power of one overflows, at least one of
// xxxx, yyyy and squared_diff is NaN or infinite.
PairSums SumPairs(KernelFormat format, Summation summation, const std::byte* a, const std::byte* b,
                  std::size_t count, float pivot_a, float pivot_b);

// Runs are short on narrow SIMD targets, so several of them make a sample.
inline constexpr std::size_t kSampledElements = 512;

// Deviation sums over a few elements, both ways: their difference is what rounding did.
struct SampledRuns {
  std::size_t elements = 0;
  DeviationSums in_runs, in_double;
};

// Part number `which` of a block (modulo the number of parts of kSampledElements), summed as
// SumPairs does; of no elements if the block is shorter than that.
SampledRuns SampleRuns(KernelFormat format, const std::byte* a, const std::byte* b,
                       std::size_t count, std::size_t which, float pivot_a, float pivot_b);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_PAIR_SUMS_H_
