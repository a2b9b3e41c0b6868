// Whether the roundings of a kernel that adds in short float runs cancelled out.
#ifndef MODELKIN_SCAN_ROUNDING_CHECK_H_
#define MODELKIN_SCAN_ROUNDING_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernels/pair_sums.h"

namespace modelkin {

// Of a chunk's deviation sums, the most that rounding may have moved each, relative to the standard
// deviations of the sides. Cosine and Pearson then move by less than twice as much.
inline constexpr double kRoundingTolerance = 3e-8;

// Parts of a chunk at unforeseeable places, each summed in float runs and in double. Roundings of
// unlike numbers go up as often as down and their mean vanishes; those of a few numbers that
// repeat, as in quantised or constant parts, all go one way. Over the 16 parts of a chunk of
// ordinary weights the differences stay near 1e-8.
class RoundingCheck {
 public:
  void Add(const SampledRuns& part);

  // False if the sampled sums differ by more than the tolerance, or vary too little to tell.
  bool RoundingsCancel() const;

 private:
  double elements_ = 0;
  DeviationSums in_runs_, in_double_;
};

// Which part of a block to sample: of every second block another one, the same whichever thread
// asks.
std::optional<std::size_t> SampledPartOfBlock(std::uint64_t block);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_ROUNDING_CHECK_H_
