// What happened in the calibration, as sentences cite it: docs/calibration.md.
#ifndef MODELKIN_WORDING_CALIBRATION_H_
#define MODELKIN_WORDING_CALIBRATION_H_

#include <cstdint>

namespace modelkin {

// Pairs of independent text models, all small, and how many of them were called related.
inline constexpr std::uint64_t kUnrelatedPairs = 1045;
inline constexpr std::uint64_t kUnrelatedAccused = 0;

// Pairs that began from the same random numbers and learned the same language ("One start, by
// length of training"), and how many of them were told from models that are built on one another.
inline constexpr std::uint64_t kCommonStarts = 15;
inline constexpr std::uint64_t kCommonStartsToldApart = 11;

}  // namespace modelkin

#endif  // MODELKIN_WORDING_CALIBRATION_H_
