// What a share is, by how many of those that were drawn.
#ifndef MODELKIN_STATISTICS_WILSON_INTERVAL_H_
#define MODELKIN_STATISTICS_WILSON_INTERVAL_H_

#include <cstdint>

namespace modelkin {

struct ShareInterval {
  double low = 0, high = 1;

  double half_width() const { return (high - low) / 2; }
};

// Returns the interval of Wilson (JASA 1927) at 95 % for a share of which `found` of `drawn`,
// without replacement, of `all` were found (half-width times the root of (all - drawn) / (all -
// 1)): [0, 1] where none was drawn, one point where all were.
ShareInterval WilsonInterval(std::uint64_t found, std::uint64_t drawn, std::uint64_t all);

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_WILSON_INTERVAL_H_
