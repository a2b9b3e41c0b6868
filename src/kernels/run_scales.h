// Factors by which the lanes of a float run are multiplied, so that no rounding repeats.
#ifndef MODELKIN_KERNELS_RUN_SCALES_H_
#define MODELKIN_KERNELS_RUN_SCALES_H_

#include <array>
#include <cstddef>

namespace modelkin {

inline constexpr std::size_t kRunScaleCount = 128;

// Significant bits of a pivot, so that its product with a scale, which has 12, is exact in float.
inline constexpr int kPivotBits = 12;

// In [1, sqrt(2)), multiples of 1/2048: spread evenly by the golden ratio, in any stretch of
// them. Squares then lie anywhere between two powers of two, and how a number rounds in one lane
// says nothing of how the same number rounds in another.
constexpr std::array<float, kRunScaleCount> MakeRunScales() {
  std::array<float, kRunScaleCount> scales{};
  double fraction = 0;
  for (float& scale : scales) {
    scale = static_cast<float>(2048 + static_cast<int>(848 * fraction)) / 2048;
    fraction += 0.6180339887498949;
    if (fraction >= 1) fraction -= 1;
  }
  return scales;
}

inline constexpr std::array<float, kRunScaleCount> kRunScales = MakeRunScales();

constexpr std::array<double, kRunScaleCount> MakeInverseRunScales() {
  std::array<double, kRunScaleCount> inverses{};
  for (std::size_t i = 0; i < kRunScaleCount; ++i) inverses[i] = 1.0 / kRunScales[i];
  return inverses;
}

inline constexpr std::array<double, kRunScaleCount> kInverseRunScales = MakeInverseRunScales();

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_RUN_SCALES_H_
