// Whether the roundings of a kernel that adds in short float runs cancelled out.
#ifndef MODELKIN_SCAN_ROUNDING_CHECK_H_
#define MODELKIN_SCAN_ROUNDING_CHECK_H_

#include <cstdint>

#include "kernels/pair_sums.h"

namespace modelkin {

// Of a chunk's deviation sums, the most that rounding may have moved each, relative to the standard
// deviations of the sides. Cosine and Pearson then move by less than twice as much.
inline constexpr double kRoundingTolerance = 3e-8;

// Runs at unforeseeable places of a chunk, each summed in float and in double. Roundings of unlike
// numbers go up as often as down and their mean vanishes; those of a few numbers that repeat, as in
// quantised or constant parts, all go one way. Over a chunk's 32 runs of ordinary weights the
// differences stay below 1e-8.
class RoundingCheck {
 public:
  void Add(const SampledRun& run);

  // False if the sampled runs' sums differ by more than the tolerance, or vary too little to tell.
  bool RoundingsCancel() const;

 private:
  double elements_ = 0;
  DeviationSums in_runs_, in_double_;
};

// A different run of each block, the same whichever thread asks.
std::size_t SampledRunOfBlock(std::uint64_t block);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_ROUNDING_CHECK_H_
