// What codes of quantised types stand for: bitsandbytes' NF4, FP4 and dynamic maps of 8 bits, and
// the values of FP8.
#include <algorithm>
#include <array>
#include <cmath>

#include "numeric/decode.h"
#include "tables/generators.h"

namespace modelkin {
namespace {

// Dettmers et al. (2023), appendix E.
constexpr std::array<double, 16> kNormalFloats = {-1.0,
                                                  -0.6961928009986877,
                                                  -0.5250730514526367,
                                                  -0.39491748809814453,
                                                  -0.28444138169288635,
                                                  -0.18477343022823334,
                                                  -0.09105003625154495,
                                                  0.0,
                                                  0.07958029955625534,
                                                  0.16093020141124725,
                                                  0.24611230194568634,
                                                  0.33791524171829224,
                                                  0.44070982933044434,
                                                  0.5626170039176941,
                                                  0.7229568362236023,
                                                  1.0};
// 0, 0.0625, 8, 12, 4, 6, 2, 3 over 12, with both signs.
constexpr std::array<double, 8> kFourBitFloats = {0, 0.0625, 8, 12, 4, 6, 2, 3};

// create_dynamic_map of bitsandbytes: the means of neighbours of 0.1 to 1, in 2^k parts, for seven
// powers of ten.
Series DynamicMap(bool with_sign, int bits) {
  const int exponents = bits - 1;
  Series map = {0, 1};
  for (int i = 0; i < exponents; ++i) {
    const int parts = 1 << (with_sign ? i : i + 1);
    for (int k = 0; k < parts; ++k) {
      const double mean = 0.1 + 0.9 * (k + 0.5) / parts;
      const double value = std::pow(10.0, i - exponents + 1) * mean;
      map.push_back(value);
      if (with_sign) map.push_back(-value);
    }
  }
  std::ranges::sort(map);
  return map;
}

Series AllOfType(float (*widen)(std::uint8_t)) {
  Series values;
  for (int code = 0; code < 256; ++code) {
    const double value = widen(static_cast<std::uint8_t>(code));
    if (std::isfinite(value)) values.push_back(value);
  }
  std::ranges::sort(values);
  return values;
}

std::vector<Series> Tables() {
  Series four(kFourBitFloats.begin(), kFourBitFloats.end());
  for (std::size_t i = 0; i < kFourBitFloats.size(); ++i) four.push_back(-four[i]);
  for (double& value : four) value /= 12;
  std::ranges::sort(four);
  return {Series(kNormalFloats.begin(), kNormalFloats.end()),
          four,
          DynamicMap(true, 8),
          DynamicMap(false, 8),
          AllOfType(Float8E4M3ToFloat),
          AllOfType(Float8E5M2ToFloat)};
}

}  // namespace

bool AreCodeValues(const StoredValues& stored) {
  constexpr std::size_t kMost = 256;
  if (stored.shape.size() != 1 || stored.values.size() > kMost) return false;
  static const std::vector<Series> kTables = Tables();
  Series values(stored.values.begin(), stored.values.end());
  std::ranges::sort(values);
  return std::ranges::any_of(kTables, [&](const Series& table) {
    if (table.size() != values.size()) return false;
    Series scaled = table;
    for (double& value : scaled) value *= values.back() / table.back();
    const Fit fit = Compare(stored, values, scaled, 1, stored.largest * 0x1p-22);
    return fit.follows && fit.bits >= kClearBits;
  });
}

}  // namespace modelkin
