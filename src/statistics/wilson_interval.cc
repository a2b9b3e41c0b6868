#include "statistics/wilson_interval.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

constexpr double kDeviations95 = 1.959963984540054;

}  // namespace

ShareInterval WilsonInterval(std::uint64_t found, std::uint64_t drawn, std::uint64_t all) {
  if (drawn == 0) return {};
  const double n = static_cast<double>(drawn), share = static_cast<double>(found) / n;
  if (drawn >= all) return {.low = share, .high = share};
  const double left =
      static_cast<double>(all - drawn) / static_cast<double>(std::max<std::uint64_t>(all - 1, 1));
  const double z2 = kDeviations95 * kDeviations95 * left;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = std::sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return {.low = std::max(0.0, centre - half), .high = std::min(1.0, centre + half)};
}

}  // namespace modelkin
